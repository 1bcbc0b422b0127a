"""Arrival: one request to a receiver that has ended, as the time line and the statistics need it."""

from typing import NamedTuple

from emulator.domain.record import Record


class Arrival(NamedTuple):
    """`at` is when the request left, in microseconds since the epoch. `lost` is one that succeeded and whose answer was
    ignored."""

    delivery: int
    attempt: int
    copy: int
    at: int
    succeeded: bool
    lost: bool

    @property
    def heard(self) -> bool:
        """Whether the receiver has taken it, whatever we were told."""
        return self.succeeded or self.lost


def arrival_of(record: Record) -> Arrival:
    """What the record of an attempt that ended says of its arrival."""
    data = record.data
    return Arrival(
        delivery=record.delivery,
        attempt=record.attempt,
        copy=record.copy,
        at=data["started_at"],
        succeeded=bool(data["succeeded"]),
        lost=bool(data.get("lost")),
    )
