"""The dashboard in a browser: a page of this machine, which refuses others."""

import asyncio
import base64
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import httpx
import pytest
from chromium import Page, browsing

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


class Serving(NamedTuple):
    url: str
    process: "subprocess.Popen[str]"


@pytest.fixture
def serving(emulator: LocalEmulator, tmp_path: Path) -> Iterator[Serving]:
    command = [*EMULATOR, "tui", "--url", emulator.url, "--web", "--web-port", "0"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+(?=;)", process.stdout.readline())
        assert found, "it says where it is"
        yield Serving(found[0], process)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
        assert (process.returncode, said) == (0, "Stopped.\n")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def page(serving: Serving) -> str:
    """Its address."""
    return serving.url


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

    async def body(browser: Page) -> None:
        await browser.open(page)
        await browser.call("Emulation.setFocusEmulationEnabled", enabled=True)

        async def shows(condition: str) -> bool:
            return bool(await browser.value(condition))

        async def drawn() -> bool:
            begun = await shows("document.body.classList.contains('-first-byte')")
            return begun and len(await browser.picture()) > STILL_DARK

        await until(drawn)
        assert not await shows(FROM_ELSEWHERE), "everything comes from this machine"
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
            return await shows("document.body.classList.contains('-closed')")

        await until(ended)

    browsing(require("chromium"), tmp_path / "profile", body)


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


def test_a_page_that_is_open_does_not_keep_it(serving: Serving) -> None:
    """Its dashboard is ended with it."""

    async def steps() -> None:
        async with (
            asyncio.timeout(PATIENCE),
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{serving.url}/ws") as page,
        ):
            assert (await page.receive()).type is aiohttp.WSMsgType.BINARY
            serving.process.send_signal(signal.SIGINT)
            async for _ in page:
                """What the dashboard still draws."""
            assert page.close_code == aiohttp.WSCloseCode.GOING_AWAY

    asyncio.run(steps())
    assert serving.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("garbage", ["{", "7", "[]", '["resize", 7]', '["stdin", null]'])
def test_a_page_that_says_nonsense_is_closed(serving: Serving, garbage: str) -> None:
    """In silence, as its fixture sees; others can be opened."""

    async def steps() -> None:
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{serving.url}/ws") as page:
                await page.receive()
                await page.send_str(garbage)
                async for _ in page:
                    """What the dashboard still draws."""
                assert page.close_code == aiohttp.WSCloseCode.UNSUPPORTED_DATA
            async with session.get(serving.url) as answer:
                assert answer.status == 200

    asyncio.run(steps())


def test_a_port_that_is_taken_is_said_in_a_sentence(emulator: LocalEmulator, tmp_path: Path) -> None:
    port = emulator.url.rpartition(":")[2]
    command = [*EMULATOR, "tui", "--url", emulator.url, "--web", "--web-port", port]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 3
    sentence = f"port {port} cannot be had for the page: Address already in use; choose --web-port"
    assert done.stderr == f"epcc-emulator: {sentence}\n"
