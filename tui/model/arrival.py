"""Arrival: one request that has ended, as the receiver's side of a delivery's story."""

from typing import NamedTuple

from emulator.domain.record import Record


class Arrival(NamedTuple):
    """One send of one attempt. `at` is when it left, in microseconds since the epoch; `latency` is wall seconds.

    `succeeded` is what the receiver answered; `lost` that we behaved as if it had not (the receiver has it all the
    same).
    """

    delivery: int
    attempt: int
    copy: int
    at: int
    succeeded: bool
    lost: bool = False
    status: int | None = None
    latency: float = 0.0

    @property
    def heard(self) -> bool:
        """Whether the receiver has the message."""
        return self.succeeded or self.lost


def arrival_of(record: Record) -> Arrival:
    """What the record of an attempt says of it."""
    data = record.data
    return Arrival(
        record.delivery,
        record.attempt,
        record.copy,
        data["started_at"],
        data["succeeded"],
        bool(data.get("lost")),
        data["status"],
        data["processing_time"],
    )
