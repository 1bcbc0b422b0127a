"""Scribe: numbers the journal's records and keeps their time from going back."""

from collections.abc import Mapping
from typing import Any

from emulator.core.job import Job
from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind

_NOTHING: Mapping[str, Any] = {}


class Scribe:
    """`at` of a record is never before the one written last."""

    __slots__ = ("last_at", "next_seq")

    def __init__(self, *, next_seq: int = 1, last_at: int = 0) -> None:
        self.next_seq = next_seq
        self.last_at = last_at

    def write(
        self,
        kind: RecordKind,
        at: int,
        *,
        delivery: int = 0,
        integration: str | None = None,
        attempt: int = 0,
        copy: int = 0,
        state: DeliveryState | None = None,
        due: int | None = None,
        data: Mapping[str, Any] = _NOTHING,
    ) -> Record:
        if at > self.last_at:
            self.last_at = at
        seq = self.next_seq
        self.next_seq = seq + 1
        return Record(
            seq=seq,
            at=self.last_at,
            kind=kind,
            delivery=delivery,
            integration=integration,
            attempt=attempt,
            copy=copy,
            state=state,
            due=due,
            data=data,
        )

    def step(
        self,
        kind: RecordKind,
        job: Job,
        at: int,
        *,
        attempt: int,
        copy: int = 0,
        due: int | None = None,
        data: Mapping[str, Any] = _NOTHING,
    ) -> Record:
        """One step of a delivery, which stands as its job says."""
        return self.write(
            kind,
            at,
            delivery=job.number,
            integration=job.key.integration,
            attempt=attempt,
            copy=copy,
            state=job.state,
            due=due,
            data=data,
        )
