"""Dashboard: the application; it keeps the session told and the screens up to date."""

import asyncio
import gc
import signal
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.client import Client, Refused, Unreachable
from tui.desk import Desk
from tui.feed import Feed
from tui.keys import keys_of
from tui.screens.choice import Choice
from tui.screens.deliveries import Deliveries
from tui.screens.help import Help
from tui.screens.page import Page
from tui.screens.progress import Progress
from tui.screens.question import Question
from tui.screens.reading import Reading
from tui.session import Session
from tui.themes import DARK, THEMES
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.detail.find_bar import FindBar
from tui.widgets.detail.pane import DetailPane
from tui.widgets.detail.sheet_view import SheetView
from tui.widgets.filter_bar import FilterBar

_TICK = 0.1
"""Wall seconds between two looks at what is new: what arrives in floods is drawn ten times a second."""
_TIDY = 5.0
"""Wall seconds between two searches for garbage, so that none has much to look at; see `_tidy`."""
_LOOK = 1.0
"""Wall seconds between two looks at the server's clock and counts."""


class Dashboard(App[None]):
    """A view over one server, or over a saved journal. Runs until it is quit, also when the server goes away."""

    TITLE = "epcc-emulator"
    CSS_PATH = "dashboard.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "page('deliveries')", "Deliveries", show=False, id="page.deliveries"),
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
    ) -> None:
        # Without this Textual would answer NO_COLOR with shades of grey.
        super().__init__(ansi_color=True if no_color else None)
        for known in THEMES.values():
            self.register_theme(known)
        self.theme = theme
        self.desk = Desk(client=client, session=Session(), ascii_only=ascii_only)
        self._follow = follow
        if keys:
            self.set_keymap(dict(keys))
        pages: dict[str, Callable[[Desk], Screen[None]]] = {"deliveries": Deliveries}
        for name, page in pages.items():
            self.add_mode(name, partial(page, self.desk))

    async def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit)  # which gives the terminal back as it was
        await self.switch_mode("deliveries")
        self.set_interval(_TICK, self._tick)
        self.set_interval(_TIDY, _tidy)
        if self._follow:
            self.run_worker(Feed(self.desk.client, self.desk.session).run(), group="feed", exit_on_error=True)
            self.run_worker(self._look(), group="status", exit_on_error=True)

    async def on_unmount(self) -> None:
        await self.desk.client.aclose()

    async def action_page(self, name: str) -> None:
        """Another of the main screens."""
        await self.switch_mode(name)

    def action_help(self) -> None:
        """Every key, the filter language and the signs."""
        self.push_screen(Help(self.screen, ascii_only=self.desk.ascii_only))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What Textual offers itself, but for what is here in another way."""
        for known in super().get_system_commands(screen):
            if known.title not in ("Keys", "Screenshot", "Maximize", "Minimize"):
                yield known

    def _tick(self) -> None:
        session = self.desk.session
        window, view = session.window, session.view
        changed, window.changed = window.changed, set()
        if changed:
            view.update(changed)
        if view.working:
            view.work()
        while session.unread:
            notice = session.unread.popleft()
            self.notify(notice.text, severity="warning" if notice.trouble else "information", markup=False)
        if isinstance(self.screen, Page):
            self.screen.tick()

    async def _look(self) -> None:
        """The server's state, once a second, and at once when a record said that it has changed."""
        session = self.desk.session
        waited = _LOOK
        while True:
            if waited >= _LOOK or session.stale:
                waited = 0.0
                try:
                    await self.desk.look()
                except (Unreachable, Refused):
                    waited = 0.0  # the feed says so
            await asyncio.sleep(_TICK)
            waited += _TICK


def _tidy() -> None:
    """Searches what is new for garbage, and never again what has outlived that.

    A hundred thousand rows that are searched again and again would hold up a key press for a third of a second.
    """
    gc.collect()
    gc.freeze()


KEYS = tuple(
    keys_of(
        (
            *(Dashboard, Deliveries, DeliveryTable, FilterBar, DetailPane, SheetView, FindBar),
            *(Choice, Question, Reading, Progress, Help),
        )
    )
)
"""Everything that a key does, by its name in a file of keys."""
