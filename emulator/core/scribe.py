"""Scribe: writes down each step as a record, numbers the records and keeps their time from going back."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.core.job import Job
from emulator.core.record_data import attempted_data, planned_data, send_data, sent_data
from emulator.domain.delivery import FaultNote, Send
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind

_NOTHING: Mapping[str, Any] = {}
_PLANNED, _ADDED, _RELEASED = RecordKind.PLANNED, RecordKind.ADDED, RecordKind.RELEASED
_SENT, _ATTEMPTED, _SETTLED = RecordKind.SENT, RecordKind.ATTEMPTED, RecordKind.SETTLED


class Scribe:
    """`at` of a record is never before the one written last."""

    __slots__ = ("last_at", "next_seq")

    def __init__(self, *, next_seq: int = 1, last_at: int = 0) -> None:
        self.next_seq = next_seq
        self.last_at = last_at

    def write(self, kind: RecordKind, at: int, *, data: Mapping[str, Any] = _NOTHING) -> Record:
        """Something that is not about one delivery."""
        seq, at = self._next(at)
        return Record(seq, at, kind, data=data)

    # The steps of a delivery, which stands as its job says

    def planned(self, job: Job, sends: Sequence[Send], faults: tuple[FaultNote, ...], at: int) -> Record:
        """It came to be; without sends it is dropped."""
        due = sends[0].due if sends else None
        return self._step(_PLANNED, job, at, job.attempt, 0, due, planned_data(job, sends, faults))

    def added(self, job: Job, sends: Sequence[Send], at: int) -> Record:
        """Further sends of it."""
        data = {"sends": [send_data(send) for send in sends]}
        return self._step(_ADDED, job, at, job.attempt, 0, sends[0].due, data)

    def released(self, job: Job, send: Send, why: str, at: int) -> Record:
        """A hold ended; `send` is due now as it says."""
        return self._step(_RELEASED, job, at, send.attempt, send.copy, send.due, {"why": why})

    def sent(self, job: Job, send: Send, at: int) -> Record:
        """A send left."""
        return self._step(_SENT, job, at, send.attempt, send.copy, None, sent_data(send))

    def attempted(
        self, job: Job, send: Send, outcome: Outcome, *, started_at: int, lost: bool, due: int | None, at: int
    ) -> Record:
        """A send ended, `lost` is whether its acknowledgement was; `due` is when the next attempt is."""
        data = attempted_data(outcome, started_at, send.faults, lost=lost)
        return self._step(_ATTEMPTED, job, at, send.attempt, send.copy, due, data)

    def settled(self, job: Job, why: str, at: int) -> Record:
        """It is over without an attempt."""
        return self._step(_SETTLED, job, at, job.attempt, 0, None, {"why": why})

    def _step(
        self,
        kind: RecordKind,
        job: Job,
        at: int,
        attempt: int,
        copy: int,
        due: int | None,
        data: Mapping[str, Any],
    ) -> Record:
        seq, at = self._next(at)
        return Record(seq, at, kind, job.number, job.key.integration, attempt, copy, job.state, due, data)

    def _next(self, at: int) -> tuple[int, int]:
        if at > self.last_at:
            self.last_at = at
        seq = self.next_seq
        self.next_seq = seq + 1
        return seq, self.last_at
