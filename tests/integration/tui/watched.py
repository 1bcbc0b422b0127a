"""Watched: a dashboard in a terminal that nobody sees; keys are pressed, and what they do is waited for."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from textual.dom import DOMNode
from textual.pilot import Pilot

from tui.app import Dashboard
from tui.link import Link
from tui.model.resources import Resources
from tui.model.timeline_look import TimelineLook
from tui.pace import Pace
from tui.screens.deliveries import Deliveries
from tui.screens.page import Page
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.detail.pane import DetailPane
from tui.widgets.detail.sheet_view import SheetView
from tui.widgets.lanes import Lanes
from tui.widgets.listing import Listing
from tui.widgets.resource_list import ResourceList

PATIENCE = 90.0
"""Wall seconds after which a condition will not be so any more."""
BRISK = Pace(tick=0.02, look=0.2)
"""Nobody looks on, so nobody has to be spared."""
_NAP = 0.005
_QUIET = 3  # turns of the loop in a row
_SIGNS = {
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


class Watched:
    """`pressed` is told of every key that does something: the name of what it does, and the key."""

    def __init__(self, app: Dashboard, pilot: Pilot[None], pressed: Callable[[str, str], None]) -> None:
        self.app = app
        self.pilot = pilot
        self.desk = app.desk
        self._key = ""
        self._told: dict[str, None] = {}
        acted = app.run_action

        async def run_action(action: Any, default_namespace: DOMNode | None = None, *rest: Any) -> bool:
            key = self._key
            named = list(_named(default_namespace, key, action)) if key and default_namespace is not None else ()
            done = await acted(action, default_namespace, *rest)
            if done and named:
                self._key = ""  # what it leads to has other keys
                for name in named:
                    pressed(name, key)
            return done

        app.run_action = run_action  # type: ignore[method-assign]

    @property
    def session(self) -> Any:
        return self.desk.session

    # Keys

    async def press(self, *keys: str) -> None:
        """One after another, each when the one before has done what it does."""
        for key in keys:
            self._key = key
            await self.pilot.press(key)
            self._key = ""
        if not self.app._exit:
            await self._drawn()

    async def press_at_once(self, *keys: str) -> None:
        """All of them before any of them is looked at, as a quick hand or a paste does."""
        send = self.app._driver.send_message  # type: ignore[union-attr]
        events: list[Any] = []
        self.app._driver.send_message = events.append  # type: ignore[method-assign,union-attr]
        try:
            await self.pilot.press(*keys)
        finally:
            self.app._driver.send_message = send  # type: ignore[method-assign,union-attr]
        for event in events:
            send(event)
        await self._drawn()

    async def type(self, text: str, *, anew: bool = False) -> None:
        """Into the line that is being edited; `anew` takes away what is in it."""
        if anew:
            await self.press("ctrl+u")
        await self.pilot.press(*(_SIGNS.get(character, character) for character in text))
        await self._drawn()

    # Waiting

    async def until(self, condition: Callable[[], Any]) -> None:
        """Comes back when it is so."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun > PATIENCE:
                self.said("")
                pytest.fail(f"it never was so; said was {list(self._told)}, and on the screen\n{self.screen()}")
            await self.pilot.pause(_NAP)

    async def ready(self, link: Link = Link.LIVE, deliveries: int = 1) -> None:
        """Until the dashboard knows as many deliveries, and how its server is."""
        session = self.session
        await self.until(lambda: session.link is link and session.status and session.chaos)
        await self.until(lambda: len(session.view.numbers) >= deliveries)

    async def live(self, deliveries: int = 1) -> None:
        """Until it knows as many deliveries of a server that goes on, who is sent to, and what the cursor is on."""
        session = self.session
        await self.until(lambda: session.link is Link.LIVE and session.status and session.integrations)
        await self.until(lambda: len(session.view.numbers) >= deliveries and self.table.cursor is not None)

    async def page(self, key: str, name: str) -> None:
        """To another page, when the first look at the server is over."""
        await self.until(lambda: self.session.status and self.session.link in (Link.LIVE, Link.SAVED))
        await self.press(key)
        await self.until(lambda: isinstance(self.app.screen, Page) and self.app.screen.title == name)

    async def timeline(self) -> None:
        """To the timeline, when it has counted everything and shows it."""
        await self.page("2", "Timeline")
        await self.until(lambda: self.resources.sorted and not self.resources.working and self.look.mark)

    async def sees(self, part: str) -> None:
        """Until the terminal shows these words."""
        await self.until(lambda: part in self.screen())

    async def reads(self, part: str) -> None:
        """Until a line of the details holds these words, in sight or not."""
        await self.until(lambda: any(part in line for line in self.shown()))

    async def told(self, part: str) -> None:
        """Until the dashboard has said something with these words in it."""
        await self.until(lambda: self.said(part))

    # What there is

    def said(self, part: str) -> bool:
        """Whether the dashboard has said something with these words in it, as far as it was looked at meanwhile."""
        told = (notice.text for notice in self.session.notices)
        self._told.update(dict.fromkeys((*told, *(str(toast.message) for toast in self.app._notifications))))
        return any(part in text for text in self._told)

    def screen(self) -> str:
        """What the terminal shows."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def shown(self) -> list[str]:
        """Every line of the details, in sight or not."""
        sheet = self.view.sheet
        return ["".join(piece.text for piece in line) for line in sheet.lines(0, len(sheet))]

    def lines(self, listing: Listing) -> list[str]:
        """What stands in a list, a line each."""
        return [" ".join(text for text, _ in item.cells) for item in listing.items]

    @property
    def deliveries(self) -> Deliveries:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Deliveries))

    @property
    def table(self) -> DeliveryTable:
        return self.deliveries.query_one(DeliveryTable)

    @property
    def pane(self) -> DetailPane:
        return self.deliveries.query_one(DetailPane)

    @property
    def view(self) -> SheetView:
        return self.app.screen.query_one(SheetView)

    @property
    def resources(self) -> Resources:
        return self.session.resources

    @property
    def look(self) -> TimelineLook:
        return self.app.screen.query_one(Lanes)._look

    @property
    def list(self) -> ResourceList:
        return self.app.screen.query_one(ResourceList)

    async def _drawn(self) -> None:
        """What was done is drawn, and so is what drawing it has changed."""
        await self.pilot.pause()
        await self.pilot.pause()


def _named(node: DOMNode, key: str, action: object) -> Iterable[str]:
    """The names of what this key does there."""
    for binding in node._bindings.key_to_bindings.get(key, ()):
        if binding.id and binding.action == action:
            yield binding.id


async def idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Comes back when the loop has nothing to do but wait.

    Textual's own waits until the process is idle, for 20 ms at least, three times a key. With a server in the same
    process that is up to three seconds.
    """
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    until = time.monotonic() + max_sleep
    quiet = 0
    while quiet < _QUIET and time.monotonic() < until:
        await asyncio.sleep(0)
        quiet = 0 if ready else quiet + 1
