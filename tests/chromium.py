"""Chromium: one page of a headless browser, driven over its own protocol."""

import asyncio
import base64
import itertools
import os
import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 90.0


class Page:
    """`heard` is what it told of by itself."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._session: str | None = None
        self.heard: list[dict[str, Any]] = []

    async def call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        await self._socket.send_json(message | ({"sessionId": self._session} if self._session else {}))
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self.heard.append(answer)

    async def attach(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")

    async def open(self, url: str) -> None:
        """Comes back when everything is loaded."""
        self.heard.clear()
        await self.call("Page.navigate", url=url)
        async with asyncio.timeout(PATIENCE):
            while not any(said.get("method") == "Page.loadEventFired" for said in self.heard):
                self.heard.append(await self._socket.receive_json())

    async def value(self, expression: str) -> Any:
        found = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def media(self, scheme: str = "light", kind: str = "screen") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", media=kind, features=features)

    async def width(self, pixels: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=pixels < 700
        )

    async def click(self) -> None:
        """Into the page, which has the keys from then on."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=600, y=400, button="left", clickCount=1)

    async def press(self, key: str) -> None:
        text = {"Enter": "\r"}.get(key, key)
        code = {"Enter": 13}.get(key, 0)
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text, windowsVirtualKeyCode=code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    async def picture(self, name: str | None = None) -> bytes:
        """One with a name is kept where EPCC_EMULATOR_TEST_PICTURES says, to be looked at."""
        drawn = base64.b64decode((await self.call("Page.captureScreenshot"))["data"])
        folder = os.environ.get("EPCC_EMULATOR_TEST_PICTURES")
        if name is not None and folder:
            (Path(folder) / f"{name}.png").write_bytes(drawn)
        return drawn

    @property
    def complaints(self) -> list[str]:
        """What went wrong in it: exceptions, and what its policy has stopped."""
        said = [each for each in self.heard if each.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]
        return [str(each["params"]) for each in said]

    @property
    def asked_for(self) -> set[str]:
        """What it has loaded."""
        sent = [each for each in self.heard if each.get("method") == "Network.requestWillBeSent"]
        return {str(each["params"]["request"]["url"]).partition("#")[0] for each in sent}


def browsing(program: str, profile: Path, body: Callable[[Page], Awaitable[None]]) -> None:
    """A browser of its own, which keeps what it keeps in `profile`; `body` is given a page of it, by day."""
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    command += [f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    async def work(address: str) -> None:
        async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as socket:
            page = Page(socket)
            await page.attach()
            await page.width(1200)
            await page.media()
            await body(page)

    try:
        assert process.stderr is not None
        said = iter(process.stderr.readline, "")
        address = next(found[1] for line in said if (found := re.search(r"DevTools listening on (ws://\S+)", line)))
        asyncio.run(work(address))
    finally:
        process.terminate()
        process.communicate()
