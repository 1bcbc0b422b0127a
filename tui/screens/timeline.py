"""TimelinePage: the order in which events happened against the order in which they arrived."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from time import perf_counter
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.desk import Desk
from tui.model.event_row import EventRow
from tui.model.harmless import harmless
from tui.model.mark_told import Told, legend, mark_told
from tui.model.row import Row
from tui.model.timeline import LATE_AFTER, Timeline, timeline
from tui.model.timeline_look import TimelineLook
from tui.screens.page import Page
from tui.widgets.lanes import Lanes
from tui.widgets.resource_list import ResourceList

_PAUSE = 0.5
"""Wall seconds between two times that the same time line is put together."""
_IDLE = 4
"""For how many times as long as that took nothing is put together again, so that floods leave the machine alone."""
_COUNTING = 0.02
"""Wall seconds of a tick for counting the resources' trouble."""
_AT_ONCE = 1_000
"""Deliveries of a time line that is put together at once; a greater one is in a thread of its own."""
_BESIDE_FROM = 110
"""Cells of the terminal's width from which the resources are beside the lanes."""
_LEGEND_FROM = 20
"""Lines of its height from which the signs are explained."""


class TimelinePage(Page):
    """Resources by the trouble that they have had; of the chosen one, or of all, what happened and what arrived."""

    TITLE = "Timeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "choose(-1)", "Resource above", show=False, id="timeline.up"),
        Binding("down,j", "choose(1)", "Resource below", show=False, id="timeline.down"),
        Binding("pageup,ctrl+b", "choose_page(-1)", "Page up", show=False, id="timeline.page-up"),
        Binding("pagedown,ctrl+f", "choose_page(1)", "Page down", show=False, id="timeline.page-down"),
        Binding("home,g", "choose_end(False)", "All of them", show=False, id="timeline.all-resources"),
        Binding("end,G", "choose_end(True)", "Last resource", show=False, id="timeline.last-resource"),
        Binding("left", "step(-1)", "Mark before", show=False, id="timeline.left"),
        Binding("right", "step(1)", "Next mark", key_display="← →", id="timeline.right"),
        Binding("tab", "lane(1)", "Other lane", show=False, id="timeline.lane"),
        Binding("shift+tab", "lane(-1)", "Lane before", show=False, id="timeline.lane-before"),
        Binding("shift+left,h", "pan(-0.25)", "Earlier", show=False, id="timeline.earlier"),
        Binding("shift+right,l", "pan(0.25)", "Later", show=False, id="timeline.later"),
        Binding("plus,equals_sign", "zoom(0.5)", "Zoom in", key_display="+", id="timeline.zoom-in"),
        Binding("minus", "zoom(2.0)", "Zoom out", show=False, key_display="-", id="timeline.zoom-out"),
        Binding("0", "see_all", "Whole", id="timeline.whole"),
        Binding("f", "follow", "Follow", id="timeline.follow"),
        Binding("enter", "delivery", "Delivery", id="timeline.delivery"),
    ]
    DEFAULT_CSS = """
    TimelinePage #timeline { layout: vertical; height: 1fr; }
    TimelinePage #timeline.-beside { layout: horizontal; }
    TimelinePage ResourceList { height: 25%; min-height: 2; max-height: 8; }
    TimelinePage .-beside ResourceList { width: 40; height: 1fr; max-height: 100%; }
    TimelinePage #lanes { height: 1fr; width: 1fr; }
    TimelinePage #told { height: auto; max-height: 3; padding: 0 1; background: $surface; }
    TimelinePage #legend { height: auto; max-height: 3; padding: 0 1; }
    TimelinePage .-low #legend { display: none; }
    """

    class Wanted(Message):
        """Somebody wants to see this delivery among all; or, where that is 0, this event that nobody is sent."""

        def __init__(self, number: int, event: str) -> None:
            super().__init__()
            self.number = number
            self.event = event

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._look = TimelineLook()
        self._list = ResourceList(ascii_only=desk.ascii_only)
        self._lanes = Lanes(desk, self._look)
        self._told = Static(id="told", markup=False)
        self._legend = Static(id="legend", markup=False)
        self._box = Container(self._list, Vertical(self._lanes, self._told, self._legend, id="lanes"), id="timeline")
        self._shown: tuple[object, ...] = ()
        self._another = True
        self._next_list = 0.0
        self._next_lanes = 0.0
        self._building = False
        self._explained = 0
        self._begun = desk.session.begun

    def body(self) -> Iterable[Widget]:
        yield self._box

    def on_resize(self, event: events.Resize) -> None:
        self._box.set_class(event.size.width >= _BESIDE_FROM, "-beside")
        self._box.set_class(event.size.height < _LEGEND_FROM, "-low")

    def model_changed(self) -> None:
        if not self._lanes.is_mounted:
            return
        self._explain()
        if self._begun != self.desk.session.begun:  # names mean something else now
            self._begun = self.desk.session.begun
            self._list.to_end(False)
        resources = self.desk.session.resources
        if resources.working:
            resources.work(_COUNTING)
        now = perf_counter()
        if resources.unsorted and now >= self._next_list:
            resources.sort()
            self._list.show(resources.sorted)
            self._next_list = perf_counter() + max(_PAUSE, _IDLE * (perf_counter() - now))
        if now >= self._next_lanes and not self._building:
            self._build()

    # What is shown

    def on_resource_list_chosen(self, message: ResourceList.Chosen) -> None:
        """Another resource's time line, at once."""
        self._another = True
        self._next_lanes = 0.0
        self._shown = ()
        if not self._building:
            self._build()

    def on_lanes_pointed(self) -> None:
        self._draw()

    def _build(self) -> None:
        """Puts the time line together, where anything is different."""
        session, chosen = self.desk.session, self._list.chosen
        shown = (chosen, session.begun, session.window.version)
        if shown == self._shown:
            return
        self._shown = shown
        rows = list(session.window.rows.values()) if chosen is None else session.resources.rows_of(chosen)
        unsent = [event for event in session.window.unsent.values() if chosen in (None, event.resource)]
        begun = perf_counter()
        if len(rows) + len(unsent) <= _AT_ONCE:
            self._take(_together(rows, unsent, session.window.now), begun)
        else:
            self._building = True
            build: Callable[[], Awaitable[None]] = partial(self._build_apart, rows, unsent, session.window.now, chosen)
            self.run_worker(build, group="timeline")

    async def _build_apart(self, rows: Sequence[Row], unsent: Sequence[EventRow], now: int, chosen: str | None) -> None:
        begun = perf_counter()
        try:
            line = await asyncio.to_thread(_together, rows, unsent, now)
        finally:
            self._building = False
        if chosen == self._list.chosen:
            self._take(line, begun)

    def _take(self, line: Timeline, begun: float) -> None:
        self._look.show(line, another=self._another)
        self._another = False
        self._draw()
        self._next_lanes = perf_counter() + max(_PAUSE, _IDLE * (perf_counter() - begun))

    def _draw(self) -> None:
        self._lanes.look()
        self._told.update(self._lanes.text(self._telling(), " · "))

    def _explain(self) -> None:
        """The signs, in lines as wide as there is room."""
        width = self._legend.content_size.width
        if width and width != self._explained:
            self._explained = width
            signs = legend(ascii_only=self.desk.ascii_only)
            self._legend.update(self._lanes.text(signs, "  ", width=width))

    def _telling(self) -> Iterable[Told]:
        """What the mark under the cursor says."""
        desk, mark = self.desk, self._look.mark
        if mark is None:
            chosen = self._list.chosen
            of = "" if chosen is None else f" with {harmless(chosen)}"
            return (Told(f"Nothing has happened{of} yet.", "quiet"),)
        window = desk.session.window
        row = window.rows.get(mark.delivery)
        return mark_told(mark, self._look.lane, row, now=window.now, zone=desk.zone, ascii_only=desk.ascii_only)

    # Keys

    def action_choose(self, by: int) -> None:
        """Another resource."""
        self._list.move(by)

    def action_choose_page(self, by: int) -> None:
        """Another resource, a page further."""
        self._list.move_page(by)

    def action_choose_end(self, last: bool) -> None:
        """All of them, or the resource with the least trouble."""
        self._list.to_end(last)

    def action_step(self, by: int) -> None:
        """To another mark, in time."""
        self._look.step(by)
        self._draw()

    def action_lane(self, by: int) -> None:
        """To the same event on another lane."""
        self._look.other_lane(by)
        self._draw()

    def action_pan(self, parts: float) -> None:
        """Looks at what was earlier or later."""
        self._look.pan(parts)
        self._draw()

    def action_zoom(self, factor: float) -> None:
        """Less or more time in view."""
        self._look.zoom(factor)
        self._draw()

    def action_see_all(self) -> None:
        """All of it in view."""
        self._look.see_all()
        self._draw()

    def action_follow(self) -> None:
        """To the newest mark, and on with those to come."""
        self._look.follow()
        self._draw()

    def action_delivery(self) -> None:
        """To the mark's delivery, among all of them; or to its event, where nobody is sent it."""
        mark = self._look.mark
        if mark is None:
            return
        event = self.desk.session.window.events.get(mark.event)
        number = mark.delivery or (event.deliveries[0] if event is not None and event.deliveries else 0)
        if number or event is not None:
            self.post_message(self.Wanted(number, mark.event))


def _together(rows: Sequence[Row], unsent: Sequence[EventRow], now: int) -> Timeline:
    return timeline(sorted(rows, key=attrgetter("number")), unsent, late_after=LATE_AFTER, now=now)
