"""Buckets: how many there were in each of the last stretches of time."""


class Buckets:
    """A ring of counts, each of a stretch `width` (microseconds) long. What is older than the ring is forgotten."""

    __slots__ = ("_counts", "_first", "_indexes", "_size", "width")

    def __init__(self, *, width: int, size: int) -> None:
        self.width = width
        self._size = size
        self._counts = [0] * size
        self._indexes = [-1] * size
        self._first: int | None = None

    def add(self, at: int, count: int = 1) -> None:
        """So many more at this moment; what is older than the ring does not count."""
        index = at // self.width
        slot = index % self._size
        if self._indexes[slot] == index:
            self._counts[slot] += count
        elif self._indexes[slot] < index:
            self._indexes[slot] = index
            self._counts[slot] = count
        if self._first is None or index < self._first:
            self._first = index

    def series(self, now: int) -> list[int]:
        """The counts up to the stretch that is not over yet, the oldest first."""
        newest = now // self.width
        return [self._at(index) for index in range(newest - self._size + 1, newest + 1)]

    def recent(self, now: int, stretches: int) -> int:
        """How many there were in the last stretches that are over, and in the one that is not."""
        newest = now // self.width
        return sum(self._at(index) for index in range(newest - min(stretches, self._size - 1), newest + 1))

    def rate(self, now: int, stretches: int) -> float:
        """How many a second, over the last stretches that are over, or as many as there are since the first count."""
        newest = now // self.width
        if self._first is None:
            return 0.0
        length = min(stretches, self._size - 1, newest - self._first)
        if length < 1:
            return 0.0
        counted = sum(self._at(index) for index in range(newest - length, newest))
        return counted * 1_000_000 / (length * self.width)

    def _at(self, index: int) -> int:
        slot = index % self._size
        return self._counts[slot] if self._indexes[slot] == index else 0
