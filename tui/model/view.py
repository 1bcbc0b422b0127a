"""View: the numbers of the deliveries that a filter lets through, in order, kept up as rows change."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator

from tui.model.row import Row
from tui.model.window import Window

Matches = Callable[[Row], bool]
_SLICE = 4_000  # rows looked at between two breaths


class View:
    """Newest last. A row that a filter no longer fits leaves; one that now fits takes its place by number.

    Another filter is worked through from the newest row to the oldest, a slice at a time (`work`), so that the newest
    are there at once and a key press is not kept waiting by a hundred thousand rows.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._matches: Matches | None = None
        self._left: Iterator[int] | None = None
        self.numbers: list[int] = []
        self.version = 0

    @property
    def working(self) -> bool:
        """Whether older rows are still to be looked at."""
        return self._left is not None

    def look_for(self, matches: Matches | None) -> None:
        """Another filter; None lets everything through."""
        self._matches = matches
        self.version += 1
        self.numbers = []
        self._left = None
        if matches is None:
            self.numbers = sorted(self._window.rows)
        else:
            self._left = iter(sorted(self._window.rows, reverse=True))
            self.work()

    def work(self) -> bool:
        """Looks at the next slice of older rows; whether there is more to look at."""
        if self._left is None or self._matches is None:
            return False
        rows, matches = self._window.rows, self._matches
        found: list[int] = []
        looked = 0
        for looked, number in enumerate(self._left, start=1):
            row = rows.get(number)
            if row is not None and matches(row):
                found.append(number)
            if looked == _SLICE:
                break
        if looked < _SLICE:
            self._left = None
        if found:
            # What changed meanwhile may be in its place already.
            self.numbers = (
                sorted({*self.numbers, *found}) if self._overlap(found) else [*reversed(found), *self.numbers]
            )
            self.version += 1
        return self.working

    def update(self, changed: Collection[int]) -> bool:
        """Looks again at these rows; whether anything that is shown may be different now."""
        rows, matches, numbers = self._window.rows, self._matches, self.numbers
        touched = self._let_go()
        joining: list[int] = []
        leaving: set[int] = set()
        for number in changed:
            row = rows.get(number)
            fits = row is not None and (matches is None or matches(row))
            there = self.place_of(number) is not None
            touched = touched or fits or there
            if fits and not there:
                joining.append(number)
            elif there and not fits:
                leaving.add(number)
        if leaving:
            numbers[:] = [number for number in numbers if number not in leaving]
        if joining:
            joining.sort()
            in_order = not numbers or joining[0] > numbers[-1]
            numbers.extend(joining)
            if not in_order:
                numbers.sort()  # of two runs, which takes one pass
        if touched:
            self.version += 1
        return touched

    def _let_go(self) -> bool:
        """Leaves out what the window has forgotten; whether there was any."""
        gone = bisect_right(self.numbers, self._window.forgotten)
        del self.numbers[:gone]
        return gone > 0

    def place_of(self, number: int) -> int | None:
        """Where this delivery stands; None where it is not shown."""
        place = bisect_left(self.numbers, number)
        return place if place < len(self.numbers) and self.numbers[place] == number else None

    def nearest(self, number: int) -> int | None:
        """The place of this delivery, or of the next one that is shown; None where nothing is."""
        if not self.numbers:
            return None
        return min(bisect_left(self.numbers, number), len(self.numbers) - 1)

    def _overlap(self, found: list[int]) -> bool:
        return bool(self.numbers) and found[0] >= self.numbers[0]
