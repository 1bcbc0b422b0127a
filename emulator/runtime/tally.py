"""Tally: what traffic has done so far."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from emulator.core.rate_limit import RateLimit
from emulator.store.mix import Mix


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRequest:
    """`rate` is events in a window of emulated time. It goes on for so many microseconds, or until so many events have
    happened, or until it is stopped."""

    rate: RateLimit
    mix: Mix = field(default_factory=Mix)
    duration: int | None = None
    count: int | None = None


class Ending(StrEnum):
    """Why traffic is over."""

    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts that grow while traffic goes on; `keys` are the events, by key. `refusal` says what was wrong when a story
    was last cut short. Times are microseconds since the epoch."""

    started: int
    ended: int | None = None
    ending: Ending | None = None
    commands: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    refusal: str | None = None

    @property
    def events(self) -> int:
        return self.keys.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficState:
    """One look at it. `reached` is events per emulated second; `latest` (microseconds) and `missed` (events) say how it
    kept up. Stories are counted by name."""

    request: TrafficRequest
    started: int
    ended: int | None
    ending: Ending | None
    now: int
    commands: int
    keys: Mapping[str, int]
    reached: float
    latest: int
    missed: int
    open: int
    begun: Mapping[str, int]
    finished: Mapping[str, int]
    cut_short: Mapping[str, int]
    refusal: str | None
