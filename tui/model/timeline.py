"""Timeline: the order in which events happened against the order in which they arrived, for each integration."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from emulator.core.arrivals import passed_by
from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import SECOND
from tui.model.arrival import Arrival
from tui.model.event_row import EventRow
from tui.model.row import Row


class MarkKind(StrEnum):
    """What a mark says; of several that are true, the last one here is said.

    Overtaken is what came after a newer event of its own resource. Out of order is all that somebody passed.
    """

    HAPPENED = "happened"
    UNSENT = "sent to nobody"
    IN_ORDER = "in order"
    PENDING = "pending"
    HELD = "held"
    PASSED = "passed by another resource's"
    LATE = "late"
    DUPLICATE = "came again"
    OVERTAKEN = "overtaken"
    FAILED = "failed"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


LATE_AFTER = 5 * SECOND
"""How long after the event an arrival is late: what needed no second attempt, 5 s later, is in time."""
_AT = attrgetter("at")
_THERE = (DeliveryState.SUCCEEDED, DeliveryState.EXHAUSTED)
SEVERITY: Mapping[MarkKind, int] = {kind: place for place, kind in enumerate(MarkKind)}


class Mark(NamedTuple):
    """One thing on a lane. Times are microseconds.

    `number` is which event it is on its resource, from 1. `delivery` is 0 on the lane of what happened. `passed_by` is
    the number of the event that came before and had happened later, one of the same resource if there was one, and
    `passed_by_resource` whose event that is.
    """

    at: int
    number: int
    kind: MarkKind
    event: str
    event_key: str
    resource: str
    delivery: int = 0
    attempt: int = 0
    copy: int = 0
    lateness: int | None = None
    passed_by: int | None = None
    passed_by_resource: str = ""


class Lane(NamedTuple):
    """`name` is the integration's key, empty for what happened. Marks are in the order of their times."""

    name: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened, and what arrived at each integration."""

    happened: Lane
    arrived: tuple[Lane, ...]

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return (self.happened, *self.arrived)

    @property
    def span(self) -> tuple[int, int]:
        """From the first mark to the last; both 0 where there is none."""
        ends = [(lane.marks[0].at, lane.marks[-1].at) for lane in self.lanes if lane.marks]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else (0, 0)


def timeline(
    rows: Iterable[Row],
    unsent: Iterable[EventRow] = (),
    *,
    late_after: int,
    now: int,
    resource: str | None = None,
) -> Timeline:
    """Of these deliveries, in the order of their numbers, and of the events that nobody is sent (of one resource, or of
    all).

    An event has arrived when the receiver first took it: a refused request is a failed attempt, and comes again. What
    came after the first arrival is a duplicate. Late is more than `late_after` microseconds. What is held or open is
    shown at `now`.
    """
    chosen = [row for row in rows if resource is None or row.resource == resource]
    happened = happened_of(chosen, (event for event in unsent if resource is None or event.resource == resource))
    by_integration: dict[str, list[Row]] = defaultdict(list)
    for row in chosen:
        by_integration[row.integration].append(row)
    return Timeline(
        happened=Lane("", tuple(happened.values())),
        arrived=tuple(
            Lane(name, _arrived(by_integration[name], happened, late_after, now)) for name in sorted(by_integration)
        ),
    )


def happened_of(rows: Iterable[Row], unsent: Iterable[EventRow] = ()) -> dict[str, Mark]:
    """Each event that these deliveries are of, and each that nobody is sent, by its identity. They are in the order in
    which they happened, and numbered."""
    first: dict[str, Mark] = {}
    for row in rows:
        known = first.get(row.event)
        if known is None or row.created_at < known.at:
            first[row.event] = Mark(row.created_at, 0, MarkKind.HAPPENED, row.event, row.event_key, row.resource)
    for event in unsent:
        known = Mark(event.at, 0, MarkKind.UNSENT, event.identity, event.key, event.resource)
        first.setdefault(event.identity, known)
    numbers: dict[str, int] = defaultdict(int)
    marks = {}
    for mark in sorted(first.values(), key=_AT):
        numbers[mark.resource] = number = numbers[mark.resource] + 1
        marks[mark.event] = mark._replace(number=number)
    return marks


def _arrived(
    rows: list[Row],
    happened: Mapping[str, Mark],
    late_after: int,
    now: int,
) -> tuple[Mark, ...]:
    """The marks of one integration."""
    first: list[tuple[Mark, Row, Arrival]] = []
    marks: list[Mark] = []
    known: set[str] = set()
    requests = [(arrival, row) for row in rows for arrival in row.arrivals]
    requests.sort(key=lambda request: request[0].at)
    for arrival, row in requests:
        event = happened[row.event]
        if not (arrival.succeeded or arrival.lost):
            marks.append(_mark(event, MarkKind.FAILED, arrival.at, row, arrival))
        elif row.event in known:
            marks.append(_mark(event, MarkKind.DUPLICATE, arrival.at, row, arrival))
        else:
            known.add(row.event)
            first.append((event, row, arrival))
    passing = _passing([event for event, _, _ in first])
    for place, (event, row, arrival) in enumerate(first):
        lateness = max(0, arrival.at - event.at)
        other = passing.get(place)
        if other is not None and other.resource == event.resource:
            kind = MarkKind.OVERTAKEN
        elif lateness > late_after:
            kind = MarkKind.LATE
        else:
            kind = MarkKind.IN_ORDER if other is None else MarkKind.PASSED
        marks.append(_mark(event, kind, arrival.at, row, arrival, lateness, other))
    marks += (_not_there(happened[row.event], row, now) for row in rows if row.state not in _THERE)
    marks.sort(key=_AT)
    return tuple(marks)


def _not_there(event: Mark, row: Row, now: int) -> Mark:
    """What is still to come of a delivery, or never will."""
    match row.state:
        case DeliveryState.PLANNED | DeliveryState.WAITING:
            return _mark(event, MarkKind.PENDING, now if row.due is None else row.due, row)
        case DeliveryState.SENDING:
            return _mark(event, MarkKind.PENDING, now, row)
        case DeliveryState.HELD:
            return _mark(event, MarkKind.HELD, now, row)
        case DeliveryState.DROPPED:
            return _mark(event, MarkKind.DROPPED, row.created_at, row)
        case _:
            return _mark(event, MarkKind.CANCELLED, row.created_at, row)


def _mark(
    event: Mark,
    kind: MarkKind,
    at: int,
    row: Row,
    arrival: Arrival | None = None,
    lateness: int | None = None,
    other: Mark | None = None,
) -> Mark:
    return Mark(
        at,
        event.number,
        kind,
        event.event,
        event.event_key,
        event.resource,
        row.number,
        row.attempt if arrival is None else arrival.attempt,
        0 if arrival is None else arrival.copy,
        lateness,
        None if other is None else other.number,
        "" if other is None else other.resource,
    )


def _passing(first: list[Mark]) -> dict[int, Mark]:
    """Of events in the order in which they first arrived: who passed which, one of the same resource before others."""
    passing = {place: first[by] for place, by in enumerate(passed_by(map(_AT, first))) if by is not None}
    of_resource: dict[str, list[int]] = {first[place].resource: [] for place in passing}
    for place, event in enumerate(first):
        if event.resource in of_resource:
            of_resource[event.resource].append(place)
    for places in of_resource.values():
        own = passed_by(first[place].at for place in places)
        passing |= {places[at]: first[places[by]] for at, by in enumerate(own) if by is not None}
    return passing
