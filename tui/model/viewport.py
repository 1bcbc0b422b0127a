"""Viewport: which stretch of time is looked at, and how to move in it."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from emulator.domain.moment import LONGEST
from tui.model.timeline import Timeline

NARROWEST = 1_000
_MARGIN = 0.05


class Viewport(NamedTuple):
    """From `start` on, `span` long; microseconds. It covers `start` and not `start + span`."""

    start: int
    span: int

    @property
    def end(self) -> int:
        return self.start + self.span

    def column(self, at: int, width: int) -> int:
        """In which of so many columns a moment is; below 0 or beyond where it is not in view."""
        return (at - self.start) * width // self.span

    def moment(self, column: int, width: int) -> int:
        """When a column begins."""
        return self.start + -(-column * self.span // max(1, width))

    def zoomed(self, factor: float, around: int) -> "Viewport":
        """`factor` times as much in view; what is at `around` stays where it is. Between a millisecond and years."""
        span = max(NARROWEST, min(LONGEST, round(self.span * factor)))
        return Viewport(around - round((around - self.start) * span / self.span), span)

    def panned(self, parts: float) -> "Viewport":
        """Moved by so many of its own spans, to the right where that is more than 0."""
        return Viewport(self.start + round(self.span * parts), self.span)

    def showing(self, at: int) -> "Viewport":
        """The same where the moment is in view, else moved so that it is in the middle."""
        return self if self.start <= at < self.end else Viewport(at - self.span // 2, self.span)


def whole(timeline: Timeline) -> Viewport:
    """All of it, with a little room on both sides."""
    first, last = timeline.span
    room = max(NARROWEST, round((last - first) * _MARGIN))
    return Viewport(first - room, last - first + 2 * room)


def next_mark(times: list[int], at: int) -> int | None:
    """The first of these sorted times after this one; None where there is none."""
    place = bisect_right(times, at)
    return times[place] if place < len(times) else None


def previous_mark(times: list[int], at: int) -> int | None:
    """The last of these sorted times before this one; None where there is none."""
    place = bisect_left(times, at)
    return times[place - 1] if place else None


def times_of(timeline: Timeline, lane: int | None = None) -> list[int]:
    """When the marks of one lane are, or of all lanes; sorted, each once."""
    lanes = timeline.lanes if lane is None else timeline.lanes[lane : lane + 1]
    return sorted({mark.at for one in lanes for mark in one.marks})
