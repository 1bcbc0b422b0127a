"""The dashboard in front of a server of its own, with keys pressed and things waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings
from tui.app import Dashboard
from tui.client import Client
from tui.link import Link
from tui.widgets.listing import Listing

PATIENCE = 20.0


class Watched:
    """A dashboard in a terminal that nobody sees."""

    def __init__(self, app: Dashboard, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.desk = app.desk

    async def until(self, condition: Callable[[], Any]) -> None:
        """Comes back when it is so."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < PATIENCE, f"it never was so; on the screen was\n{self.screen()}"
            await self.pilot.pause(0.01)

    def screen(self) -> str:
        """What is on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*(_KEYS.get(character, character) for character in text))

    async def page(self, key: str, name: str) -> None:
        """To another page, when the first look at the server is over."""
        await self.until(lambda: self.desk.session.status and self.desk.session.link in (Link.LIVE, Link.SAVED))
        await self.press(key)
        await self.until(lambda: self.app.screen.title == name)

    def said(self, part: str) -> bool:
        """Whether the dashboard has told something with these words in it."""
        told = [notice.text for notice in self.desk.session.notices]
        shown = [str(toast.message) for toast in self.app._notifications]
        return any(part in text for text in (*told, *shown))

    def lines(self, listing: Listing) -> list[str]:
        """What stands in a list, a line each."""
        return [" ".join(text for text, _ in item.cells) for item in listing.items]


_KEYS = {
    " ": "space",
    ".": "full_stop",
    "-": "minus",
    "'": "apostrophe",
    "*": "asterisk",
    ":": "colon",
    "/": "slash",
    "=": "equals_sign",
    "_": "underscore",
}


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> ClockSettings:
    """The server's clock; a test may ask for another one by parametrizing it indirectly."""
    mode = getattr(request, "param", ClockMode.REAL)
    return ClockSettings(mode=mode, speed=60.0)


@pytest.fixture
def local(clock: ClockSettings) -> Iterator[LocalEmulator]:
    queues = QueueSettings(sqs=None, sqs_port=0, stomp_port=0)
    with LocalEmulator(Settings(seed=1, clock=clock, queues=queues)) as running:
        yield running


@pytest.fixture
def client(local: LocalEmulator) -> Iterator[ControlClient]:
    with ControlClient(local.url) as opened:
        yield opened


@pytest.fixture
def watch(local: LocalEmulator) -> Callable[..., None]:
    """`watch(steps)`: runs the dashboard, and these steps in front of it."""

    def run(
        steps: Callable[[Watched], Awaitable[None]], *, size: tuple[int, int] = (120, 36), url: str = local.url
    ) -> None:
        async def go() -> None:
            app = Dashboard(Client(url))
            async with app.run_test(size=size) as pilot:
                await steps(Watched(app, pilot))

        asyncio.run(go())

    return run


@pytest.fixture
def webhook(local: LocalEmulator) -> Callable[..., str]:
    """Registers a webhook whose receiver is not there; its key."""

    def register(name: str = "shop", **attributes: Any) -> str:
        values: dict[str, Any] = {
            "name": name,
            "integration_type": IntegrationType.WEBHOOK,
            "enabled": True,
            "observes": ("order.paid",),
            "configuration": WebhookConfiguration(url="http://127.0.0.1:9/hook"),
            **attributes,
        }
        return local.call(local.emulator.create_integration(**values)).key

    return register
