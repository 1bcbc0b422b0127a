"""Arrivals: what reached a receiver, beside what happened. Says what came out of order, more than once, and late."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emulator.core.arrivals import passed_by
from emulator.domain.moment import parse_instant
from emulator.domain.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One message at the receiver: when its event happened and when it came, in microseconds."""

    event: str
    event_key: str
    resource: str
    job_id: str
    attempt: int
    happened_at: int
    arrived_at: int

    @property
    def lateness(self) -> int:
        return self.arrived_at - self.happened_at


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """Messages in the order in which they arrived. `late_after` is microseconds."""

    arrived: Sequence[Arrival]
    late_after: int

    @cached_property
    def first(self) -> list[Arrival]:
        """The first arrival of every event."""
        seen: dict[str, Arrival] = {}
        for arrival in self.arrived:
            seen.setdefault(arrival.event, arrival)
        return list(seen.values())

    @cached_property
    def out_of_order(self) -> list[tuple[Arrival, Arrival]]:
        """Every event that came after one that happened later, with the one that passed it; within a resource first."""
        of_resource: dict[str, list[Arrival]] = defaultdict(list)
        for arrival in self.first:
            of_resource[arrival.resource].append(arrival)
        passing = {id(late): other for late, other in _overtaken(self.first)}
        passing |= {id(late): other for own in of_resource.values() for late, other in _overtaken(own)}
        found = [(arrival, passing[id(arrival)]) for arrival in self.first if id(arrival) in passing]
        return sorted(found, key=lambda pair: pair[0].resource != pair[1].resource)

    @cached_property
    def repeated(self) -> list[list[Arrival]]:
        """All arrivals of each event that came more than once."""
        return [arrivals for arrivals in self._by_event() if len(arrivals) > 1]

    @cached_property
    def late(self) -> list[Arrival]:
        """First arrivals that took longer than `late_after`, the latest first."""
        late = [arrival for arrival in self.first if arrival.lateness > self.late_after]
        return sorted(late, key=lambda arrival: -arrival.lateness)

    @cached_property
    def misled(self) -> list[tuple[Arrival, Arrival]]:
        """For every resource whose last message is not its newest event: that message, and the newest."""
        last = {arrival.resource: arrival for arrival in self.arrived}
        newest: dict[str, Arrival] = {}
        for arrival in self.first:
            known = newest.setdefault(arrival.resource, arrival)
            if arrival.happened_at > known.happened_at:
                newest[arrival.resource] = arrival
        return [(heard, newest[key]) for key, heard in last.items() if heard.event != newest[key].event]

    def _by_event(self) -> Iterator[list[Arrival]]:
        found: dict[str, list[Arrival]] = defaultdict(list)
        for arrival in self.arrived:
            found[arrival.event].append(arrival)
        yield from found.values()


def _overtaken(arrivals: Sequence[Arrival]) -> Iterator[tuple[Arrival, Arrival]]:
    """Each that came after one that happened later, with the first of these."""
    for arrival, place in zip(arrivals, passed_by(arrival.happened_at for arrival in arrivals), strict=True):
        if place is not None:
            yield arrival, arrivals[place]


def arrivals_of(
    seen: Sequence[Mapping[str, Any]],
    deliveries: Sequence[Mapping[str, Any]],
    attempts: Sequence[Record],
    *,
    late_after: int,
) -> Arrivals:
    """What a receiver says that it was sent (each with its `job`), with what we know of each.

    A queue's message does not say which attempt it is: the n-th of a job that came is the n-th that reached it.
    """
    known = {row["job_id"]: row for row in deliveries}
    made: dict[int, list[Record]] = defaultdict(list)
    for record in attempts:
        if reached(record):
            made[record.delivery].append(record)
    arrived = []
    for message in seen:
        row = known[message["job"]]
        if not made[row["number"]]:
            continue
        record = made[row["number"]].pop(0)
        arrived.append(
            Arrival(
                event=row["event"],
                event_key=row["event_key"],
                resource=row["resource"],
                job_id=row["job_id"],
                attempt=record.attempt,
                happened_at=parse_instant(row["created_at"]),
                arrived_at=record.data["started_at"],
            )
        )
    return Arrivals(arrived=arrived, late_after=late_after)


def reached(attempt: Record) -> bool:
    """Whether the receiver got what this attempt sent, whatever it answered, or was taken to have answered."""
    data = attempt.data
    return bool(data["succeeded"] or data.get("lost") or data["status"] is not None)
