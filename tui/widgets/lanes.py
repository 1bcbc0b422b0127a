"""Lanes: the time line as lines of signs over a common axis."""

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.desk import Desk
from tui.model.cut import cut
from tui.model.mark_told import STYLES, Told
from tui.model.sign import Style as Meaning
from tui.model.timeline import Timeline
from tui.model.timeline_grid import SIGNS, Cell, Grid, GridLane, cell_at, grid
from tui.model.timeline_look import TimelineLook
from tui.widgets.delivery_table import fitted

_HAPPENED = "happened"
_NAME, _NARROW_NAME = 14, 9  # cells for the lanes' names, and where there is little room
_NARROW = 70
_OUTSIDE = 6  # cells on each side for how many marks are out of view
_LEAST = 8
_COUNTABLE = 200  # marks in one place, in which it is worth looking for one of them


class Lanes(Widget, can_focus=False):
    """Draws a look at a time line: what happened above, what arrived below, each event with its number on every lane.

    The cursor's mark is shown in reverse, and the same event on other lanes underlined.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"lanes--{name}" for name in ("axis", "name", "rule", "cursor", "linked", "text", *Meaning)
    }
    DEFAULT_CSS = """
    Lanes { height: 1fr; background: $background; color: $foreground; }
    Lanes > .lanes--axis { color: $text-muted; background: $surface; }
    Lanes > .lanes--name { color: $foreground; text-style: bold; }
    Lanes > .lanes--rule { color: $text-muted; text-style: dim; }
    Lanes > .lanes--cursor { text-style: bold reverse; }
    Lanes > .lanes--linked { text-style: bold underline; }
    Lanes > .lanes--text { color: $foreground; }
    Lanes > .lanes--good { color: $text-success; }
    Lanes > .lanes--bad { color: $text-error; text-style: bold; }
    Lanes > .lanes--warn { color: $text-warning; }
    Lanes > .lanes--wait { color: $text-primary; }
    Lanes > .lanes--quiet { color: $text-muted; }
    Lanes > .lanes--fault { color: $text-accent; }
    """

    class Pointed(Message):
        """A mark was clicked, or the wheel was turned over the lanes; the look has changed already."""

    def __init__(self, desk: Desk, look: TimelineLook) -> None:
        super().__init__()
        self._desk = desk
        self._look = look
        self._grid = Grid(0, (), ())
        self._timeline: Timeline | None = None
        self._laid_out: tuple[object, ...] = ()
        self._styles: dict[tuple[str, str], Style] = {}
        self._top = 0  # the first lane of an integration that is in sight

    def look(self) -> None:
        """Draws what there is to see now."""
        look, width, zone = self._look, self._width, self._desk.zone
        laid_out = (look.viewport, width, zone)
        if look.timeline is not self._timeline or laid_out != self._laid_out:  # else only the cursor has moved
            self._timeline, self._laid_out = look.timeline, laid_out
            self._grid = grid(look.timeline, look.viewport, width, zone=zone, ascii_only=self._desk.ascii_only)
        self._see_cursor()
        self.refresh()

    def text(self, parts: Iterable[Told], between: str, *, width: int | None = None) -> Text:
        """These in their colours, one after the other; with a width, none is broken where a line ends."""
        line = Text()
        column = 0
        for part in parts:
            length = cell_len(between) + cell_len(part.text)
            if line and width is not None and column + length > width:
                line.append("\n")
                column = 0
            elif line:
                line.append(between)
            line.append(part.text, self.get_component_rich_style(f"lanes--{part.style}", partial=True))
            column += length
        return line

    @property
    def _gutter(self) -> int:
        return _NAME if self.size.width >= _NARROW else _NARROW_NAME

    @property
    def _width(self) -> int:
        return max(_LEAST, self.size.width - self._gutter - 2 * _OUTSIDE)

    @property
    def _apart(self) -> int:
        """Lines for a lane: two where there is room."""
        return 2 if (len(self._grid.lanes) + 1) * 2 <= self.size.height else 1

    def on_resize(self, event: events.Resize) -> None:
        self.look()

    def on_click(self, event: events.Click) -> None:
        lane = self._lane_in(event.y)
        cell = None if lane is None else cell_at(self._grid.lanes[lane], event.x - self._gutter - _OUTSIDE)
        if lane is not None and cell is not None:
            self._look.stand_on(lane, cell.marks[0])
            self.post_message(self.Pointed())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._zoom(0.5, event.x)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._zoom(2.0, event.x)

    def _zoom(self, factor: float, x: int) -> None:
        column = min(max(0, x - self._gutter - _OUTSIDE), self._width)
        self._look.zoom(factor, self._look.viewport.moment(column, self._width))
        self.post_message(self.Pointed())

    # Where things are

    def _lane_in(self, y: int) -> int | None:
        """Which lane is drawn in this line; None between lanes, and in the axis."""
        apart = self._apart
        if y < 1 or not self._grid.lanes:
            return None
        if y <= apart:
            return 0 if y == 1 else None
        lane, between = divmod(y - 1 - apart, apart)
        lane += 1 + self._top
        return lane if not between and lane < len(self._grid.lanes) else None

    def _see_cursor(self) -> None:
        in_sight = max(1, (self.size.height - 1) // self._apart - 1)
        cursor = self._look.cursor
        lane = 0 if cursor is None else cursor.lane - 1
        self._top = min(self._top, max(0, len(self._grid.lanes) - 1 - in_sight))
        if lane >= 0:
            self._top = min(max(self._top, lane - in_sight + 1), lane)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if not self._grid.lanes or width < 1:
            return Strip.blank(width, self._styled())
        if y == 0:
            return self._axis().crop_extend(0, width, self.get_component_rich_style("lanes--axis"))
        lane = self._lane_in(y)
        above = self._lane_in(y - 1)
        if lane is not None:
            parts = self._lane(lane)
        elif above is not None and self._grid.lanes[above].dense:
            parts = self._signs(self._grid.lanes[above])
        else:
            parts = self._between(y)
        return Strip(list(parts)).crop_extend(0, width, self._styled())

    def _axis(self) -> Strip:
        style = self.get_component_rich_style("lanes--axis")
        line = " " * (self._gutter + _OUTSIDE)
        for tick in self._grid.ticks:
            line = line.ljust(self._gutter + _OUTSIDE + tick.column) + tick.label
        return Strip([Segment(line, style)])

    def _between(self, y: int) -> Iterable[Segment]:
        if y >= 1 + self._apart * (len(self._grid.lanes) - self._top):
            return [Segment(" ", self._styled())]
        return [Segment(" " * (self._gutter + _OUTSIDE), self._styled()), *self._empty(0, self._grid.width)]

    def _lane(self, number: int) -> Iterable[Segment]:
        lane = self._grid.lanes[number]
        cursor = self._look.cursor
        name = fitted(lane.name or _HAPPENED, self._gutter - 1) + " "
        style = self._styled("name")
        yield Segment(name, style)
        rule = self._styled("rule")
        left, right = ("<", ">") if self._desk.ascii_only else ("◂", "▸")
        yield Segment(_outside(lane.before, left, "").ljust(_OUTSIDE), rule)
        yield from self._cells(lane, on_cursor_lane=cursor is not None and cursor.lane == number)
        yield Segment(_outside(lane.after, "", right).rjust(_OUTSIDE), rule)

    def _cells(self, lane: GridLane, *, on_cursor_lane: bool) -> Iterable[Segment]:
        mark = self._look.mark
        column = 0
        for cell in lane.cells:
            yield from self._empty(column, cell.column)
            look = ""
            if mark is not None and on_cursor_lane and mark in cell.marks:
                look = "cursor"
            elif mark is not None and _has(cell, mark.event):
                look = "linked"
            yield Segment(cell.text, self._styled(STYLES[cell.kind], look))
            column = cell.column + len(cell.text)
        yield from self._empty(column, self._grid.width)

    def _signs(self, lane: GridLane) -> Iterable[Segment]:
        """Under bars: the sign of the worst in each column."""
        yield Segment(" " * (self._gutter + _OUTSIDE), self._styled())
        column = 0
        for cell in lane.cells:
            if sign := SIGNS[cell.kind][self._desk.ascii_only]:
                yield from self._empty(column, cell.column)
                yield Segment(sign, self._styled(STYLES[cell.kind]))
                column = cell.column + 1
        yield from self._empty(column, self._grid.width)

    def _empty(self, begin: int, end: int) -> Iterable[Segment]:
        """Nothing but the axis' lines."""
        bar = "|" if self._desk.ascii_only else "│"
        line = [" "] * max(0, end - begin)
        for tick in self._grid.ticks:
            if begin <= tick.column < end:
                line[tick.column - begin] = bar
        yield Segment("".join(line), self._styled("rule"))

    def _styled(self, name: str = "", look: str = "") -> Style:
        """Of a sign, and of what the cursor makes of it; put together once."""
        style = self._styles.get((name, look))
        if style is None:
            style = self.rich_style
            for part in filter(None, (name, look)):
                style += self.get_component_rich_style(f"lanes--{part}", partial=True)
            self._styles[name, look] = style
        return style

    def notify_style_update(self) -> None:
        """Another theme, or another state."""
        super().notify_style_update()
        self._styles.clear()


def _has(cell: Cell, event: str) -> bool:
    return len(cell.marks) <= _COUNTABLE and any(mark.event == event for mark in cell.marks)


def _outside(count: int, left: str, right: str) -> str:
    """`◂12 `: so many marks are out of view."""
    return cut(f"{left}{count}{right}", _OUTSIDE - 1) if count else ""
