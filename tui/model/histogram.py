"""Histogram: how values are spread, in memory that does not grow with them."""

from typing import NamedTuple

_PARTS = 5  # of the digits of a value, how many count: 32 parts of each doubling, so 3 % off at most
_SPLIT = 1 << _PARTS
_LARGEST = (1 << 53) - 1


class Quantiles(NamedTuple):
    """What half, nine tenths, and all but a hundredth of the values do not exceed; and the largest. Microseconds."""

    p50: int
    p90: int
    p99: int
    most: int


class Histogram:
    """Of whole numbers from 0 on. Small ones are exact, quantiles of others are at most 3 % too large."""

    __slots__ = ("_counts", "count", "most")

    def __init__(self) -> None:
        self._counts = [0] * _slot(_LARGEST + 1)
        self.count = 0
        self.most = 0

    def add(self, value: int) -> None:
        """One more value."""
        if not 0 <= value <= _LARGEST:
            value = 0 if value < 0 else _LARGEST
        if value > self.most:
            self.most = value
        self._counts[_slot(value)] += 1
        self.count += 1

    def merged(self, other: "Histogram") -> "Histogram":
        """The values of both."""
        if not other.count:
            return self
        both = Histogram()
        both._counts = [one + two for one, two in zip(self._counts, other._counts, strict=True)]
        both.count = self.count + other.count
        both.most = max(self.most, other.most)
        return both

    def quantiles(self) -> Quantiles | None:
        """None without values."""
        if not self.count:
            return None
        wanted = [-(-self.count * share // 100) for share in (50, 90, 99)]
        found: list[int] = []
        passed = 0
        for slot, count in enumerate(self._counts):
            passed += count
            while len(found) < len(wanted) and passed >= wanted[len(found)]:
                found.append(min(_top(slot), self.most))
            if len(found) == len(wanted):
                break
        return Quantiles(found[0], found[1], found[2], self.most)


class RollingHistogram:
    """Of the values of the last one to two windows. Times are microseconds and may stand still."""

    __slots__ = ("_before", "_begun", "_now", "_window")

    def __init__(self, window: int) -> None:
        self._window = window
        self._begun: int | None = None
        self._now = Histogram()
        self._before = Histogram()

    def add(self, value: int, at: int) -> None:
        """One more value, come at this moment."""
        if self._begun is None or at - self._begun >= self._window:
            self._turn(at)
        self._now.add(value)

    def quantiles(self, at: int) -> Quantiles | None:
        """Of what is not too old at this moment; None where nothing is."""
        self._turn(at)
        return self._now.merged(self._before).quantiles()

    def _turn(self, at: int) -> None:
        if self._begun is None:
            self._begun = at
        passed = (at - self._begun) // self._window
        if passed < 1:
            return
        self._before = self._now if passed == 1 else Histogram()
        self._now = Histogram()
        self._begun += passed * self._window


def _slot(value: int) -> int:
    """Where a value is counted: by its highest digit and the few after it."""
    shift = value.bit_length() - _PARTS - 1
    return value if shift <= 0 else (shift << _PARTS) + (value >> shift)


def _top(slot: int) -> int:
    """The largest value that is counted there."""
    if slot < 2 * _SPLIT:
        return slot
    shift = (slot >> _PARTS) - 1
    return (((slot & (_SPLIT - 1)) + _SPLIT + 1) << shift) - 1
