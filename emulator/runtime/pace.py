"""Pace: when the next event is due at a rate, and how far events are behind."""

from emulator.core.rate_limit import RateLimit

HARDLY_LATE = 1.0
"""Wall seconds of arrears that are made up for; what is beyond is let go, or a pause would end in a flood."""


class Pace:
    """Times are microseconds of emulated time.

    `latest` is the most that an event was behind, `missed` how many were let go.
    """

    def __init__(self, rate: RateLimit, start: int) -> None:
        self._rate = rate
        self._start = start
        self._done = 0
        self.latest = 0
        self.missed = 0

    @property
    def due(self) -> int:
        """When the next one is due."""
        return self.due_after(0)

    def due_after(self, more: int) -> int:
        """When the next one is due once so many more have happened."""
        return self._start + (self._done + more) * self._rate.window // self._rate.limit

    def spend(self, events: int) -> None:
        """So many have happened."""
        self._done += events

    def behind(self, now: int, most: int) -> None:
        """It is now, and at most so much will be made up for."""
        late = now - self.due
        self.latest = max(self.latest, late)
        if late > most:
            missed = (late - most) * self._rate.limit // self._rate.window
            self.missed += missed
            self._done += missed
