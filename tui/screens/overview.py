"""Overview: how much, how well and how fast; the clock, the seed, and what is in force."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from time import perf_counter
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.desk import Desk
from tui.model.reel import Reel
from tui.model.statistics import MEMORY, Clocks, Statistics
from tui.screens.page import Page
from tui.widgets.figures import FiguresView

_PAUSE = 0.5
"""Wall seconds between two times that it is drawn."""
_SLICE = 2_000
"""Changes of a saved journal that are counted between two breaths."""


class Overview(Page):
    """Figures of everything and of each integration. Of a saved journal, as they were at the moment that it shows."""

    TITLE = "Overview"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "go(-1)", "Up", show=False, id="overview.up"),
        Binding("down,j", "go(1)", "Down", show=False, id="overview.down"),
        Binding("pageup,ctrl+b", "go_page(-1)", "Page up", show=False, id="overview.page-up"),
        Binding("pagedown,ctrl+f", "go_page(1)", "Page down", show=False, id="overview.page-down"),
        Binding("home,g", "to_end(False)", "First", show=False, id="overview.first"),
        Binding("end,G", "to_end(True)", "Last", show=False, id="overview.last"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._figures = FiguresView(desk)
        self._scroll = VerticalScroll(self._figures, can_focus=False)
        self._next = 0.0
        self._width = 0
        self._counted: tuple[object, ...] = ()
        self._counting = False

    def body(self) -> Iterable[Widget]:
        yield self._scroll

    def model_changed(self) -> None:
        if not self._figures.is_mounted:
            return
        session = self.desk.session
        width = self._figures.content_size.width
        if session.reel is not None:
            if not self._counting and self._moment(session.reel) != self._counted:
                self._counting = True
                # Called by the worker that runs it, so that one that does not come to run is not left behind.
                count: Callable[[], Awaitable[None]] = partial(self._count, session.reel)
                self.run_worker(count, group="count")
        elif perf_counter() >= self._next or width != self._width:
            self._width = width
            self._next = perf_counter() + _PAUSE
            self._figures.show(session.statistics, session.clocks())

    async def _count(self, reel: Reel) -> None:
        """Of what happened in the minutes before the moment that is shown; left where that is another meanwhile."""
        statistics, moment = Statistics(), self._moment(reel)
        now = Clocks(emulated=reel.at, wall=reel.at)
        try:
            for number, change in enumerate(reel.before(MEMORY), start=1):
                statistics.tell_change(change)
                if not number % _SLICE:
                    await asyncio.sleep(0)
                    if self._moment(reel) != moment:
                        return
            self._figures.show(statistics, now)
            self._counted = moment
        finally:
            self._counting = False

    def _moment(self, reel: Reel) -> tuple[object, ...]:
        """What the figures of a saved journal depend on."""
        session = self.desk.session
        return session.begun, reel.place, reel.at, len(reel), session.chaos, self._figures.content_size.width

    def action_go(self, by: int) -> None:
        """A line on, or back."""
        self._scroll.scroll_relative(y=by, animate=False)

    def action_go_page(self, by: int) -> None:
        """A page on, or back."""
        self._scroll.scroll_relative(y=by * max(1, self._scroll.size.height - 1), animate=False)

    def action_to_end(self, last: bool) -> None:
        """To the beginning, or to the end."""
        self._scroll.scroll_to(y=self._scroll.max_scroll_y if last else 0, animate=False)
