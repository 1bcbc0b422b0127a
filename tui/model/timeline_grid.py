"""The time line on a grid of characters: lanes over a common axis, in which what falls together is counted."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from tui.model.sparkline import sparkline
from tui.model.ticks import Tick, ticks
from tui.model.timeline import SEVERITY, Lane, Mark, MarkKind, Timeline
from tui.model.viewport import Viewport

_AT = attrgetter("at")
_ROOM = 2  # columns a mark, below which a lane is dense: most numbers would be counts of several
SIGNS: Mapping[MarkKind, tuple[str, str]] = {
    MarkKind.HAPPENED: ("", ""),
    MarkKind.UNSENT: ("¬", "!"),
    MarkKind.IN_ORDER: ("", ""),
    MarkKind.PENDING: ("…", "."),
    MarkKind.HELD: ("=", "="),
    MarkKind.PASSED: ("‹", "("),
    MarkKind.LATE: ("»", ">"),
    MarkKind.DUPLICATE: ("+", "+"),
    MarkKind.OVERTAKEN: ("«", "<"),
    MarkKind.FAILED: ("×", "x"),
    MarkKind.DROPPED: ("∅", "-"),
    MarkKind.CANCELLED: ("⊘", "/"),
}
"""What stands before an event's number, and the same in ASCII."""


class Cell(NamedTuple):
    """`text` begins in `column`: an event's number with its sign, `[4]` for that many marks, or a bar where there are
    bars. `kind` is the worst."""

    column: int
    text: str
    kind: MarkKind
    marks: tuple[Mark, ...]

    @property
    def how_many(self) -> int:
        return len(self.marks)


class GridLane(NamedTuple):
    """`before` and `after` count the marks that are out of view on the left and on the right. `dense` is a lane with so
    many marks that each column has a bar, the highest where there are most."""

    name: str
    cells: tuple[Cell, ...]
    before: int
    after: int
    dense: bool = False


class Grid(NamedTuple):
    """The lane of what happened, then those of the integrations. The numbers are the same on all of them."""

    width: int
    lanes: tuple[GridLane, ...]
    ticks: tuple[Tick, ...]


def grid(
    timeline: Timeline,
    viewport: Viewport,
    width: int,
    *,
    zone: tzinfo | None = UTC,
    since: int | None = None,
    ascii_only: bool = False,
) -> Grid:
    """So many columns of what is in view; labels are clock times in `zone`, or the time after `since`."""
    return Grid(
        width,
        tuple(_laid_out(lane, viewport, width, ascii_only) for lane in timeline.lanes),
        tuple(ticks(viewport, width, zone=zone, since=since)) if width > 0 else (),
    )


def cell_at(lane: GridLane, column: int) -> Cell | None:
    """What stands in this column of a lane."""
    return next((cell for cell in lane.cells if cell.column <= column < cell.column + len(cell.text)), None)


def text_of(lane: GridLane, width: int) -> str:
    """The lane as a line of text, without colours."""
    line = ""
    for cell in lane.cells:
        line = line.ljust(cell.column) + cell.text
    return line.ljust(width)


def _laid_out(lane: Lane, viewport: Viewport, width: int, ascii_only: bool) -> GridLane:
    marks = lane.marks
    begins = [bisect_left(marks, viewport.moment(column, width), key=_AT) for column in range(width)]
    end = bisect_left(marks, viewport.end, key=_AT)
    if begins and end - begins[0] > width // _ROOM:
        return GridLane(lane.name, _bars(marks, [*begins, end], ascii_only), begins[0], len(marks) - end, True)
    places: list[_Place] = []
    for begin, behind in pairwise([*begins, end]):
        if begin == behind:
            continue
        place = _placed(marks, begin, behind, viewport, width, ascii_only)
        while places and place.column <= places[-1].column + len(places[-1].text):
            place = _placed(marks, places.pop().begin, behind, viewport, width, ascii_only)
        places.append(place)
    cells = tuple(
        Cell(place.column, place.text, _worst(marks[place.begin : place.end]), marks[place.begin : place.end])
        for place in places
    )
    return GridLane(lane.name, cells, begins[0] if begins else 0, len(marks) - end)


def _bars(marks: Sequence[Mark], ends: Sequence[int], ascii_only: bool) -> tuple[Cell, ...]:
    """A column each for the marks from one of these places to the next."""
    bars = sparkline([end - begin for begin, end in pairwise(ends)], len(ends) - 1, ascii_only=ascii_only)
    return tuple(
        Cell(column, bars[column], _worst(marks[begin:end]), tuple(marks[begin:end]))
        for column, (begin, end) in enumerate(pairwise(ends))
        if end > begin
    )


class _Place(NamedTuple):
    """Which of a lane's marks stand together, and where."""

    column: int
    text: str
    begin: int
    end: int


def _placed(marks: Sequence[Mark], begin: int, end: int, viewport: Viewport, width: int, ascii_only: bool) -> _Place:
    """Never beyond the edge."""
    first = marks[begin]
    text = f"{SIGNS[first.kind][ascii_only]}{first.number}" if end - begin == 1 else f"[{end - begin}]"
    text = text[:width]
    return _Place(min(viewport.column(first.at, width), width - len(text)), text, begin, end)


def _worst(marks: Sequence[Mark]) -> MarkKind:
    return max({mark.kind for mark in marks}, key=SEVERITY.__getitem__)
