"""The dashboard in a browser: a page of this machine, which refuses others."""

import asyncio
import base64
import itertools
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import Settings

PATIENCE = 90.0
EMULATOR = [sys.executable, "-m", "emulator"]
FROM_ELSEWHERE = "performance.getEntriesByType('resource').some(one => new URL(one.name).hostname != '127.0.0.1')"
STILL_DARK = 12_000  # bytes of a picture with nothing but the words that it is starting


@pytest.fixture
def emulator() -> Iterator[LocalEmulator]:
    with LocalEmulator(Settings(seed=1)) as running:
        yield running


@pytest.fixture
def page(emulator: LocalEmulator, tmp_path: Path) -> Iterator[str]:
    """The page's address."""
    command = [*EMULATOR, "tui", "--url", emulator.url, "--web", "--web-port", "0"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+(?=;)", process.stdout.readline())
        assert found, "it says where it is"
        yield found[0]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
        assert (process.returncode, said) == (0, "Stopped.\n")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class Browser:
    """One page of Chromium, driven over its own protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.session: str | None = None

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        await self._socket.send_json(message | ({"sessionId": self.session} if self.session else {}))
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                found: dict[str, Any] = answer["result"]
                return found

    async def open(self, url: str) -> None:
        target = await self.call("Target.createTarget", url=url)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self.session = attached["sessionId"]
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    async def shows(self, condition: str) -> bool:
        """Whether this is so in the page, in JavaScript."""
        found = await self.call("Runtime.evaluate", expression=condition, returnByValue=True)
        return bool(found["result"].get("value"))

    async def click(self) -> None:
        """Into the page, which has the keys from then on."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=600, y=400, button="left", clickCount=1)

    async def press(self, key: str) -> None:
        text = {"Enter": "\r"}.get(key, key)
        code = {"Enter": 13}.get(key, 0)
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def picture(self) -> bytes:
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])


async def until(condition: Callable[[], Awaitable[Any]]) -> None:
    """Comes back when it is so."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110  (another process's state)
            await asyncio.sleep(0.5)


@pytest.mark.slow
def test_it_is_worked_with_in_a_browser(
    require: Callable[[str], str], page: str, emulator: LocalEmulator, tmp_path: Path
) -> None:
    """Drawn, an event triggered by keys, and quit."""
    command = [require("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,700"]
    command += ["--remote-debugging-port=0", f"--user-data-dir={tmp_path}/profile", "about:blank"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    async def work(address: str) -> None:
        async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as socket:
            browser = Browser(socket)
            await browser.open(page)

            async def drawn() -> bool:
                begun = await browser.shows("document.body.classList.contains('-first-byte')")
                return begun and len(await browser.picture()) > STILL_DARK

            await until(drawn)
            assert not await browser.shows(FROM_ELSEWHERE), "everything comes from this machine"
            await browser.click()
            for key in ("T", *"order.created"):
                await browser.press(key)
            with ControlClient(emulator.url) as client:

                async def raised() -> bool:
                    await browser.press("Enter")
                    events = await asyncio.to_thread(client.events)
                    return any(event["key"] == "order.created" for event in events["data"])

                await until(raised)

            async def ended() -> bool:
                await browser.press("q")
                return await browser.shows("document.body.classList.contains('-closed')")

            await until(ended)

    try:
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        address = next(found[1] for line in said if (found := re.search(r"DevTools listening on (ws://\S+)", line)))
        asyncio.run(work(address))
    finally:
        process.terminate()
        process.communicate()


def upgrade(page: str, **headers: str) -> int:
    """What opening the web socket is answered with."""
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", **headers}
    asked["Sec-WebSocket-Key"] = base64.b64encode(b"sixteen letters.").decode()
    with httpx.stream("GET", f"{page}/ws", headers=asked, trust_env=False) as answer:
        return answer.status_code


def test_pages_of_elsewhere_are_refused(page: str) -> None:
    assert upgrade(page) == 101
    assert upgrade(page, Origin=page) == 101
    assert upgrade(page, Origin="https://example.com") == 403
    assert upgrade(page, Host="rebound.example.com") == 403
    refused = httpx.get(page, headers={"Origin": "https://example.com"})
    assert refused.status_code == 403
    assert "The dashboard refuses calls from web pages of another origin" in refused.text


def test_a_port_that_is_taken_is_said_in_a_sentence(emulator: LocalEmulator, tmp_path: Path) -> None:
    port = emulator.url.rpartition(":")[2]
    command = [*EMULATOR, "tui", "--url", emulator.url, "--web", "--web-port", port]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 3
    sentence = f"port {port} cannot be had for the page: Address already in use; choose --web-port"
    assert done.stderr == f"epcc-emulator: {sentence}\n"
