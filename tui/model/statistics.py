"""Statistics: how much, how well and how fast, told of every record once and never growing."""

from dataclasses import dataclass
from typing import NamedTuple

from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.record import Record, RecordKind
from tui.model.buckets import Buckets
from tui.model.histogram import Quantiles, RollingHistogram
from tui.model.row import Row
from tui.model.window import Change

BUCKETS = 60
MOST_INTEGRATIONS = 200
_WINDOW = 5 * MINUTE
MEMORY = 2 * _WINDOW
"""Microseconds: what is older is in no figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The same moment on two clocks, microseconds: the emulated one, and the one on the wall. For a saved journal both
    are the emulated one."""

    emulated: int
    wall: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many a second, by each clock."""

    emulated: float = 0.0
    wall: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is to say of all integrations, or of one.

    `events` are those that happened, for one integration those that it is to get; `requests` have ended; `arrived` are
    deliveries that the receiver has for the first time. `recent` is how many requests ended in the last minute on the
    wall, `failed` how many of these did not succeed, lost acknowledgements included. `latency` is how long requests
    took, `lateness` how long after the event the receiver had it; both of the last five to ten minutes, None where
    nothing was.
    """

    events: Rate
    requests: Rate
    arrived: Rate
    recent: int
    failed: int
    latency: Quantiles | None
    lateness: Quantiles | None

    @property
    def success(self) -> float | None:
        """Which share of the last minute's requests succeeded, 0 to 1; None where there were none."""
        return 1 - self.failed / self.recent if self.recent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """How many there were in each of the last 60 stretches, the oldest first; for sparklines."""

    events: list[int]
    requests: list[int]
    failed: list[int]
    arrived: list[int]


class _Counted:
    """One thing that is counted, by both clocks."""

    __slots__ = ("emulated", "wall")

    def __init__(self, width: int) -> None:
        self.emulated = Buckets(width=width, size=BUCKETS)
        self.wall = Buckets(width=width, size=BUCKETS)

    def add(self, emulated: int, wall: int | None) -> None:
        self.emulated.add(emulated)
        if wall is not None:
            self.wall.add(wall)

    def rate(self, now: Clocks, seconds: int) -> Rate:
        stretches = max(1, seconds * SECOND // self.wall.width)
        return Rate(
            emulated=self.emulated.rate(now.emulated, stretches),
            wall=self.wall.rate(now.wall, stretches),
        )


class _Attempt(NamedTuple):
    """One request that has ended. `lateness` is None where it was not the first that arrived; microseconds."""

    succeeded: bool
    took: int
    lateness: int | None


class _Meter:
    """All that is measured of one integration, or of all."""

    __slots__ = ("arrived", "events", "failed", "latency", "lateness", "requests")

    def __init__(self, width: int) -> None:
        self.events = _Counted(width)
        self.requests = _Counted(width)
        self.failed = _Counted(width)
        self.arrived = _Counted(width)
        self.latency = RollingHistogram(_WINDOW)
        self.lateness = RollingHistogram(_WINDOW)

    def attempted(self, attempt: "_Attempt", at: int, wall: int | None, heard: int) -> None:
        """`wall` is when it counts in rates, None not at all; `heard` is when we were told."""
        self.requests.add(at, wall)
        if not attempt.succeeded:
            self.failed.add(at, wall)
        self.latency.add(attempt.took, heard)
        if attempt.lateness is not None:
            self.arrived.add(at, wall)
            self.lateness.add(attempt.lateness, heard)

    def figures(self, now: Clocks, seconds: int) -> Figures:
        return Figures(
            events=self.events.rate(now, seconds),
            requests=self.requests.rate(now, seconds),
            arrived=self.arrived.rate(now, seconds),
            recent=self.requests.wall.recent(now.wall, BUCKETS),
            failed=self.failed.wall.recent(now.wall, BUCKETS),
            latency=self.latency.quantiles(now.wall),
            lateness=self.lateness.quantiles(now.wall),
        )

    def series(self, at: int, *, wall: bool) -> Series:
        def of(counted: _Counted) -> list[int]:
            return (counted.wall if wall else counted.emulated).series(at)

        return Series(
            events=of(self.events), requests=of(self.requests), failed=of(self.failed), arrived=of(self.arrived)
        )


class Statistics:
    """`bucket` is how long a stretch of the sparklines is. Beyond 200 integrations, further ones count in the whole
    only."""

    def __init__(self, *, bucket: int = SECOND) -> None:
        self._bucket = bucket
        self._all = _Meter(bucket)
        self._each: dict[str, _Meter] = {}

    @property
    def integrations(self) -> list[str]:
        """Those of which something is known."""
        return sorted(self._each)

    def tell(self, record: Record, before: Row | None, after: Row | None, wall: int, *, past: bool = False) -> None:
        """Once for every record as it comes: the rows are its delivery's before and after this step, where it has one,
        `wall` is when it came. What is told of the `past` does not count as happening now in rates by the wall."""
        counted = None if past else wall
        match record.kind:
            case RecordKind.EVENT:
                self._all.events.add(record.at, counted)
            case RecordKind.PLANNED:
                self._planned(record.integration, record.at, counted)
            case RecordKind.ATTEMPTED:
                took = round(record.data["processing_time"] * SECOND)
                attempt = _Attempt(record.data["succeeded"], took, _lateness(before, after))
                self._attempted(record.integration, attempt, record.at, counted, wall)
            case _:
                pass

    def tell_change(self, change: Change) -> None:
        """The same of a saved journal, in which both clocks are the emulated one."""
        at, before, after = change.at, change.before, change.after
        match change.kind:
            case RecordKind.EVENT if change.event_before is None:
                self._all.events.add(at, at)
            case RecordKind.PLANNED if after is not None and before is None:
                self._planned(after.integration, at, at)
            case RecordKind.ATTEMPTED if after is not None:
                took = round((after.latency or 0.0) * SECOND)
                attempt = _Attempt(bool(after.succeeded), took, _lateness(before, after))
                self._attempted(after.integration, attempt, at, at, at)
            case _:
                pass

    def figures(self, now: Clocks, integration: str | None = None, *, seconds: int = 10) -> Figures:
        """Of one integration, or of all; rates are of the last `seconds` seconds that are over."""
        return self._of(integration).figures(now, seconds)

    def series(self, now: Clocks, integration: str | None = None, *, wall: bool = True) -> Series:
        """The last 60 stretches up to now, by the clock on the wall or the emulated one."""
        return self._of(integration).series(now.wall if wall else now.emulated, wall=wall)

    def _planned(self, integration: str | None, at: int, wall: int | None) -> None:
        meter = self._meter(integration)
        if meter is not None:
            meter.events.add(at, wall)

    def _attempted(self, integration: str | None, attempt: _Attempt, at: int, wall: int | None, heard: int) -> None:
        meter = self._meter(integration)
        for one in (self._all,) if meter is None else (self._all, meter):
            one.attempted(attempt, at, wall, heard)

    def _of(self, integration: str | None) -> _Meter:
        if integration is None:
            return self._all
        return self._each.get(integration) or _Meter(self._bucket)

    def _meter(self, integration: str | None) -> _Meter | None:
        if integration is None:
            return None
        meter = self._each.get(integration)
        if meter is None and len(self._each) < MOST_INTEGRATIONS:
            meter = self._each[integration] = _Meter(self._bucket)
        return meter


def _lateness(before: Row | None, after: Row | None) -> int | None:
    """How late the delivery has arrived with this step; None where it has not, or had before."""
    first = after is not None and (before is None or before.arrived_at is None)
    return after.lateness if after is not None and first else None
