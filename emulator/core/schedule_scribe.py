"""ScheduleScribe: writes down the schedule that a dispatcher keeps to, in place of records."""

from collections.abc import Sequence

from emulator.core.job import Job
from emulator.core.schedule import Dropped, PlannedSend
from emulator.core.scribe import Scribe
from emulator.domain.delivery import FaultNote, Send
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind

_UNWRITTEN = Record(0, 0, RecordKind.NOTICE)


class ScheduleScribe(Scribe):
    """Nobody reads a rehearsal's records, and making them would take a quarter of its time."""

    __slots__ = ("dropped", "sends")

    def __init__(self) -> None:
        super().__init__()
        self.sends: list[PlannedSend] = []
        self.dropped: list[Dropped] = []

    def planned(self, job: Job, sends: Sequence[Send], faults: tuple[FaultNote, ...], at: int) -> Record:
        if not sends:
            self.dropped.append(Dropped(job.key.event, job.key.integration, faults))
        return _UNWRITTEN

    def added(self, job: Job, sends: Sequence[Send], at: int) -> Record:
        return _UNWRITTEN

    def released(self, job: Job, send: Send, why: str, at: int) -> Record:
        return _UNWRITTEN

    def sent(self, job: Job, send: Send, at: int) -> Record:
        return _UNWRITTEN

    def attempted(
        self, job: Job, send: Send, outcome: Outcome, *, started_at: int, lost: bool, due: int | None, at: int
    ) -> Record:
        """All that befell it is known now."""
        event, integration, number = send.delivery
        self.sends.append(
            PlannedSend(
                started_at,
                event,
                integration,
                number,
                send.attempt,
                send.copy,
                send.faults,
                send.treatments,
                send.barrier,
            )
        )
        return _UNWRITTEN

    def settled(self, job: Job, why: str, at: int) -> Record:
        return _UNWRITTEN
