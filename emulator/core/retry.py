"""Retry: how long to wait before the next attempt, or that there is none."""

from dataclasses import dataclass

from emulator.core.dice import Stream
from emulator.domain.moment import MINUTE, SECOND

DOCUMENTED_WAITS = (5 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE)
"""Our assumption: the provider names a retry policy but publishes neither its length nor its waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`waits` in microseconds, one per retry; each is drawn within ±`jitter` of itself."""

    waits: tuple[int, ...] = DOCUMENTED_WAITS
    jitter: float = 0.2

    def after(self, failures: int, stream: Stream) -> int | None:
        """The wait after this many failures, in microseconds; None means stop: they are used up."""
        if failures > len(self.waits):
            return None
        waits = self.waits or DOCUMENTED_WAITS  # a lost acknowledgement comes again even where nothing is retried
        wait = waits[max(failures, 1) - 1]
        return round(wait * (1.0 + self.jitter * (2.0 * stream.uniform() - 1.0)))
