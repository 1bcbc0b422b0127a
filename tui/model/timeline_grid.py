"""The time line on a grid of characters: lanes over a common axis, in which what falls together is counted."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from tui.model.ticks import Tick, ticks
from tui.model.timeline import SEVERITY, Lane, Mark, MarkKind, Timeline
from tui.model.viewport import Viewport

SIGNS: Mapping[MarkKind, tuple[str, str]] = {
    MarkKind.HAPPENED: ("", ""),
    MarkKind.IN_ORDER: ("", ""),
    MarkKind.PENDING: ("…", "."),
    MarkKind.HELD: ("=", "="),
    MarkKind.LATE: ("»", ">"),
    MarkKind.DUPLICATE: ("+", "+"),
    MarkKind.OVERTAKEN: ("«", "<"),
    MarkKind.FAILED: ("×", "x"),
    MarkKind.DROPPED: ("∅", "-"),
    MarkKind.CANCELLED: ("⊘", "/"),
}
"""What stands before an event's number, and the same in ASCII."""


class Cell(NamedTuple):
    """`text` begins in `column`: an event's number with its sign, or `[4]` for that many marks. `kind` is the worst."""

    column: int
    text: str
    kind: MarkKind
    marks: tuple[Mark, ...]

    @property
    def how_many(self) -> int:
        return len(self.marks)


class GridLane(NamedTuple):
    """`before` and `after` count the marks that are out of view on the left and on the right."""

    name: str
    cells: tuple[Cell, ...]
    before: int
    after: int


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
    begin = bisect_left(lane.marks, viewport.start, key=lambda mark: mark.at)
    end = bisect_left(lane.marks, viewport.end, key=lambda mark: mark.at)
    groups: list[list[Mark]] = []
    places: list[tuple[int, str]] = []
    if width > 0:
        for mark in lane.marks[begin:end]:
            group = [mark]
            column, text = _placed(group, viewport, width, ascii_only)
            while places and column <= places[-1][0] + len(places[-1][1]):
                places.pop()
                groups[-1].extend(group)
                group = groups.pop()
                column, text = _placed(group, viewport, width, ascii_only)
            groups.append(group)
            places.append((column, text))
    cells = tuple(
        Cell(column, text, max((mark.kind for mark in group), key=SEVERITY.__getitem__), tuple(group))
        for group, (column, text) in zip(groups, places, strict=True)
    )
    return GridLane(lane.name, cells, begin, len(lane.marks) - end)


def _placed(group: Sequence[Mark], viewport: Viewport, width: int, ascii_only: bool) -> tuple[int, str]:
    """Where the text of these marks begins, and the text; never beyond the edge."""
    first = group[0]
    text = f"{SIGNS[first.kind][ascii_only]}{first.number}" if len(group) == 1 else f"[{len(group)}]"
    text = text[:width]
    return min(viewport.column(first.at, width), width - len(text)), text
