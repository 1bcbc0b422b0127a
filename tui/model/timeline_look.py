"""TimelineLook: which part of a time line is looked at, and which of its marks the cursor is on."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from emulator.domain.moment import SECOND
from tui.model.timeline import Lane, Mark, MarkKind, Timeline
from tui.model.viewport import Viewport, whole

_AT = attrgetter("at")
_TO_COME = (MarkKind.PENDING, MarkKind.HELD)
_NEWEST_AT = 0.9  # of the view's width, where the newest mark stands while it is followed
NOTHING = Timeline(happened=Lane("", ()), arrived=())


class Spot(NamedTuple):
    """A mark by its lane's and its own place; it means nothing in another time line."""

    lane: int
    place: int


class TimelineLook:
    """Follows the newest mark with all of the time line in view, until told otherwise.

    `cursor` is None where there are no marks. While it follows, it shows what comes; else it stays with its mark, also
    when that has become another kind of mark since.
    """

    def __init__(self) -> None:
        self.timeline = NOTHING
        self.viewport = Viewport(0, SECOND)
        self.cursor: Spot | None = None
        self.following = True
        self.all_of_it = True

    @property
    def mark(self) -> Mark | None:
        """What the cursor is on."""
        return None if self.cursor is None else self._at(self.cursor)

    @property
    def lane(self) -> str:
        """The lane that it is on: an integration's key, empty for what happened."""
        return "" if self.cursor is None else self.timeline.lanes[self.cursor.lane].name

    def show(self, timeline: Timeline, *, another: bool = False) -> None:
        """The time line as it is now; or another one, which is looked at from the beginning."""
        mark, name = self.mark, self.lane
        self.timeline = timeline
        if another:
            self.following = self.all_of_it = True
        self.cursor = self._newest() if self.following or mark is None else self._found(mark, name)
        self._fit()

    def step(self, by: int) -> None:
        """To the next mark in time on whatever lane, or to the one before where `by` is less than 0."""
        if self.cursor is None:
            return
        spots = list(self._behind(self.cursor) if by > 0 else self._before(self.cursor))
        if spots:
            self._go((min if by > 0 else max)(spots, key=lambda spot: (self._at(spot).at, spot.lane)))

    def other_lane(self, by: int) -> None:
        """To the same event on the next lane that has it; what happened comes first."""
        mark = self.mark
        if self.cursor is None or mark is None:
            return
        lanes = self.timeline.lanes
        for away in range(1, len(lanes)):
            lane = (self.cursor.lane + by * away) % len(lanes)
            place = next((at for at, other in enumerate(lanes[lane].marks) if other.event == mark.event), None)
            if place is not None:
                self._go(Spot(lane, place))
                return

    def stand_on(self, lane: int, mark: Mark) -> None:
        """Puts the cursor on this mark of a lane."""
        place = bisect_left(self.timeline.lanes[lane].marks, mark.at, key=_AT)
        marks = self.timeline.lanes[lane].marks
        while place < len(marks) and marks[place] != mark:
            place += 1
        if place < len(marks):
            self._go(Spot(lane, place))

    def zoom(self, factor: float, around: int | None = None) -> None:
        """So many times as much in view; the cursor stays where it is, if it is in view, else the middle does."""
        view, mark = self.viewport, self.mark
        if around is None:
            middle = view.start + view.span // 2
            around = mark.at if mark is not None and view.start <= mark.at < view.end else middle
        self.all_of_it = False
        self.viewport = view.zoomed(factor, around)

    def pan(self, parts: float) -> None:
        """Looks at what is earlier, or later, by so many times of what is in view."""
        self.all_of_it = self.following = False
        self.viewport = self.viewport.panned(parts)

    def see_all(self) -> None:
        """All of it in view, also what is to come."""
        self.all_of_it = True
        self._fit()

    def follow(self) -> None:
        """To the newest mark, and on with those to come."""
        self.following = True
        self.cursor = self._newest()
        self._fit()

    def _fit(self) -> None:
        mark = self.mark
        if self.all_of_it:
            self.viewport = whole(self.timeline)
            if self.viewport.span < SECOND:
                middle = self.viewport.start + self.viewport.span // 2
                self.viewport = Viewport(middle - SECOND // 2, SECOND)
        elif self.following and mark is not None:
            span = self.viewport.span
            self.viewport = Viewport(mark.at - round(span * _NEWEST_AT), span)

    def _go(self, spot: Spot) -> None:
        self.cursor, self.following = spot, False
        if not self.all_of_it:
            self.viewport = self.viewport.showing(self._at(spot).at)

    def _at(self, spot: Spot) -> Mark:
        return self.timeline.lanes[spot.lane].marks[spot.place]

    def _newest(self) -> Spot | None:
        """The last that is there already; where nothing is, the last of all."""
        ends = [Spot(lane, place) for lane, marks in self._lanes() if (place := _last(marks)) is not None] or [
            Spot(lane, len(marks) - 1) for lane, marks in self._lanes() if marks
        ]
        return max(ends, key=lambda spot: (self._at(spot).at, spot.lane), default=None)

    def _found(self, mark: Mark, name: str) -> Spot | None:
        """The mark of an earlier time line, what has become of it, or what is nearest to it."""
        lanes = self.timeline.lanes
        lane = next((at for at, lane in enumerate(lanes) if lane.name == name), 0)
        marks = lanes[lane].marks
        place = bisect_left(marks, mark.at, key=_AT)
        near = next((at for at in range(place, min(place + 50, len(marks))) if _same(marks[at], mark)), None)
        if near is None:
            near = next((at for at, other in enumerate(marks) if _same(other, mark)), None)
        if near is None:
            near = next((at for at, other in enumerate(marks) if other.delivery == mark.delivery), None)
        if near is None and marks:
            near = min(place, len(marks) - 1)
        return self._newest() if near is None else Spot(lane, near)

    def _behind(self, spot: Spot) -> Iterator[Spot]:
        at = self._at(spot).at
        for lane, marks in self._lanes():
            if lane == spot.lane:
                place = spot.place + 1
            else:
                place = (bisect_right if lane < spot.lane else bisect_left)(marks, at, key=_AT)
            if place < len(marks):
                yield Spot(lane, place)

    def _before(self, spot: Spot) -> Iterator[Spot]:
        at = self._at(spot).at
        for lane, marks in self._lanes():
            if lane == spot.lane:
                place = spot.place
            else:
                place = (bisect_right if lane < spot.lane else bisect_left)(marks, at, key=_AT)
            if place > 0:
                yield Spot(lane, place - 1)

    def _lanes(self) -> Iterator[tuple[int, Sequence[Mark]]]:
        return ((number, lane.marks) for number, lane in enumerate(self.timeline.lanes))


def _last(marks: Sequence[Mark]) -> int | None:
    """The place of the last one that is not to come."""
    return next((at for at in range(len(marks) - 1, -1, -1) if marks[at].kind not in _TO_COME), None)


def _same(one: Mark, other: Mark) -> bool:
    """Whether they are of the same request, or of the same event on the lane of what happened."""
    return one[_NAME:_END] == other[_NAME:_END] and one.event == other.event


_NAME, _END = Mark._fields.index("delivery"), Mark._fields.index("lateness")
