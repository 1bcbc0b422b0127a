"""EventRow: one event as the dashboard knows it, and the deliveries that it has."""

from typing import NamedTuple

from emulator.domain.record import Record


class EventRow(NamedTuple):
    """`at` is microseconds since the epoch; `deliveries` are their numbers, in the order in which they were planned."""

    identity: str
    key: str
    resource: str
    resource_id: str
    at: int
    deliveries: tuple[int, ...] = ()


def event_row(record: Record) -> EventRow:
    """The row of an event that was accepted."""
    data = record.data
    return EventRow(data["identity"], data["key"], data["resource"], data["resource_id"], record.at)
