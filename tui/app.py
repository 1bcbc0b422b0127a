"""Dashboard: the application; it keeps the session told and the screens up to date."""

import asyncio
import gc
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widgets import Input

from tui.client import Client, Refused, Unreachable
from tui.desk import Desk
from tui.feed import Feed
from tui.in_turn import InTurn
from tui.pace import Pace
from tui.palette import EVERYTHING, Events
from tui.palette.offers import Offers
from tui.screens.chaos import Chaos
from tui.screens.deliveries import OPENS, Deliveries
from tui.screens.help import Help
from tui.screens.integrations import Integrations
from tui.screens.overview import Overview
from tui.screens.page import Page
from tui.screens.timeline import TimelinePage
from tui.session import Session
from tui.style_sheet import StyleSheet
from tui.themes import DARK, THEMES

PACE = Pace()
_TIDY = 0.25
"""Wall seconds between two searches for garbage, so that none has much to look at; see `_tidy`."""
_MANY = 10_000
"""Rows beyond which all are looked at anew, which is quicker than finding each one's place."""
_PUT_OFF = 2
"""Ticks in a row that are left out because a key is in hand."""
_FLOOD = 100
"""Rows that change within a tick, beyond which what they look like is drawn every other time. Keys draw at once."""


class Dashboard(App[None]):
    """A view over one server, or over a saved journal. Runs until it is quit, also when the server goes away."""

    TITLE = "epcc-emulator"
    CSS_PATH = "dashboard.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "page('deliveries')", "Deliveries", show=False, id="page.deliveries"),
        Binding("2", "page('timeline')", "Timeline", show=False, id="page.timeline"),
        Binding("3", "page('overview')", "Overview", show=False, id="page.overview"),
        Binding("4", "page('integrations')", "Integrations", show=False, id="page.integrations"),
        Binding("5", "page('chaos')", "Chaos", show=False, id="page.chaos"),
        # Handled before what is typed next: letters that are meant for the palette do things on the page behind it.
        Binding(
            "ctrl+p,colon", "command_palette", "Palette", show=False, key_display="^p", priority=True, id="app.palette"
        ),
        Binding("T", "events", "Trigger", show=False, priority=True, id="app.events"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="app.help"),
        Binding("q", "quit", "Quit", id="app.quit"),
    ]

    def __init__(
        self,
        client: Client,
        *,
        theme: str = DARK,
        keys: Mapping[str, str] | None = None,
        ascii_only: bool = False,
        no_color: bool = False,
        follow: bool = True,
        pace: Pace = PACE,
    ) -> None:
        # Without this Textual would answer NO_COLOR with shades of grey.
        super().__init__(ansi_color=True if no_color else None)
        self.stylesheet = StyleSheet(variables=self.get_css_variables())
        for known in THEMES.values():
            self.register_theme(known)
        self.theme = theme
        self.desk = Desk(client=client, session=Session(), ascii_only=ascii_only)
        self._follow = follow
        self._pace = pace
        self._skipped = False
        self._put_off = 0
        self._keys = InTurn(self, super().on_event, self._is_opening)
        if keys:
            self.set_keymap(dict(keys))
        pages: dict[str, Callable[[Desk], Screen[None]]] = {
            "deliveries": Deliveries,
            "timeline": TimelinePage,
            "overview": Overview,
            "integrations": Integrations,
            "chaos": Chaos,
        }
        for name, page in pages.items():
            self.add_mode(name, partial(page, self.desk))

    async def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit)  # which gives the terminal back as it was
        await self.switch_mode("deliveries")
        self.set_interval(self._pace.tick, self._beat)
        self.set_interval(_TIDY, _tidy)
        self.run_worker(self._keys.run(), group="keys", exit_on_error=True)
        if self._follow:
            feed = Feed(self.desk.client, self.desk.session, give_way=self._keys.give_way)
            self.run_worker(feed.run(), group="feed", exit_on_error=True)
            self.run_worker(self._look(), group="status", exit_on_error=True)

    async def on_unmount(self) -> None:
        await self.desk.client.aclose()

    async def on_event(self, event: events.Event) -> None:
        """Keys have their turns; one that comes back was nobody else's."""
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not event.is_forwarded:
            self._keys.type(event)
        else:
            await super().on_event(event)
            self._keys.came_back()

    def _is_opening(self) -> bool:
        """Whether something is about to be in front, and to have the keys."""
        if not self.screen_stack:
            return False
        in_front = self.screen_stack[-1]
        if not in_front.is_mounted or not isinstance(in_front, Page):
            return not in_front.is_mounted
        return any(worker.group == OPENS and not worker.is_finished for worker in self.workers)

    async def action_page(self, name: str) -> None:
        """Another of the main screens."""
        await self.switch_mode(name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter that is typed into a line is a letter; in a saved journal nothing can be triggered any more."""
        if action not in ("events", "command_palette"):
            return True
        return not isinstance(self.focused, Input) and not (action == "events" and self.desk.saved)

    def on_page_moved(self) -> None:
        """Another moment of a saved journal: it is shown at once."""
        self._tick()

    async def on_timeline_page_wanted(self, message: TimelinePage.Wanted) -> None:
        """Shows the delivery among all of them, or the event that nobody is sent."""
        await self.switch_mode("deliveries")
        if isinstance(self.screen, Deliveries):
            if message.number:
                self.screen.show_delivery(message.number)
            else:
                self.screen.show_event(message.event)

    def action_help(self) -> None:
        """Every key, the filter language and the signs."""
        self.push_screen(Help(self.screen, ascii_only=self.desk.ascii_only))

    async def action_command_palette(self) -> None:  # type: ignore[override]  # Textual takes either
        """Everything there is to do, found by a few letters of its name."""
        await self._offer(EVERYTHING, "a key, an event, a scenario, a profile, a page or a theme")

    async def action_events(self) -> None:
        """The events alone, to be triggered."""
        await self._offer((Events,), "an event to trigger")

    async def _offer(self, what: Sequence[type[Offers]], placeholder: str) -> None:
        if isinstance(self.screen, Page):
            palette = CommandPalette(what, placeholder=placeholder, id="--command-palette")
            await self.push_screen(palette)
            palette.set_focus(palette.query_one(Input))

    def _beat(self) -> None:
        """Ten times a second, unless a key is in hand: that is painted first."""
        if self._keys.in_hand and self._put_off < _PUT_OFF:
            self._put_off += 1
            return
        self._put_off = 0
        self._tick()

    def _tick(self) -> None:
        if not self.screen_stack:  # a page is about to be shown for the first time
            return
        session = self.desk.session
        window, view = session.window, session.view
        changed, window.changed = window.changed, set()
        if changed:
            if len(changed) > _MANY:
                session.look_for(session.filter)
            else:
                view.update(changed)
            session.resources.heard(changed)
        if view.working:
            view.work()
        while session.unread:
            notice = session.unread.popleft()
            self.notify(notice.text, severity="warning" if notice.trouble else "information", markup=False)
        self._skipped = len(changed) > _FLOOD and not self._skipped
        if self._skipped:
            return
        in_front = self.screen_stack[-1:]  # empty while the application ends
        if in_front and isinstance(in_front[0], Page):
            in_front[0].tick()

    async def _look(self) -> None:
        """The server's state, once a second, and at once when a record said that it has changed."""
        session = self.desk.session
        tick, look = self._pace
        waited = look
        while True:
            if waited >= look or session.stale:
                waited = 0.0
                try:
                    await self.desk.look()
                except (Unreachable, Refused):
                    waited = 0.0  # the feed says so
            await asyncio.sleep(tick)
            waited += tick


def _tidy() -> None:
    """Searches what is new for garbage, and never again what has outlived that.

    A hundred thousand rows that are searched again and again would hold up a key press for a third of a second.
    """
    gc.collect()
    gc.freeze()
