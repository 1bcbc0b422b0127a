"""Projection: a delivery's records folded into where it stands, for recovery and for views."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emulator.core.job import Job
from emulator.core.record_data import read_faults, read_send
from emulator.domain.delivery import Attempt, DeliveryKey, DeliveryState, FaultNote, Send, Treatment
from emulator.domain.event import Event
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One delivery with all that came of it. `pending` are the sends without an outcome, to be made again.

    `treatments` are what was planned to be done to the messages, by attempt, where anything was. `follows` is the job
    that it waits for, as long as nothing came of it.
    """

    number: int
    key: DeliveryKey
    job_id: str
    resource: str
    state: DeliveryState
    attempt: int
    lost: int
    faults: tuple[FaultNote, ...]
    attempts: tuple[Attempt, ...]
    pending: tuple[Send, ...]
    treatments: Mapping[int, tuple[Treatment, ...]]
    follows: int | None = None

    @property
    def unmade(self) -> bool:
        """Whether its latest attempt never left and is not to leave any more: dropped, or cancelled before."""
        latest = (self.attempt, 0)
        made = any((each.attempt, each.copy) == latest for each in self.attempts)
        return not made and all((send.attempt, send.copy) != latest for send in self.pending)

    def job(self, event: Event) -> Job:
        """The dispatcher's view of it, with every send yet to be made: what was open waits to be made again."""
        state = self.state
        if state is DeliveryState.SENDING:
            state = DeliveryState.WAITING
        return Job(
            number=self.number,
            key=self.key,
            job_id=self.job_id,
            event=event,
            state=state,
            attempt=self.attempt - self.unmade,
            lost=self.lost,
            follows=self.follows,
        )


def fold(records: Iterable[Record]) -> DeliveryView | None:
    """All records of one delivery, in order; None where the first is not its plan."""
    steps = iter(records)
    first = next(steps, None)
    if first is None or first.kind is not RecordKind.PLANNED:
        return None
    data = first.data
    key = DeliveryKey(data["event"], data["integration"], data["job"])
    resource = data["resource"]
    pending: dict[tuple[int, int], Send] = {}
    attempts: list[Attempt] = []
    treatments: dict[int, tuple[Treatment, ...]] = {}
    state = first.state or DeliveryState.PLANNED
    attempt = first.attempt
    lost = 0
    follows = data.get("follows")

    def plan(record: Record) -> None:
        for planned in record.data["sends"]:
            send = read_send(planned, key, resource)
            pending[send.attempt, send.copy] = send
            if send.treatments:
                treatments[send.attempt] = send.treatments

    plan(first)
    for record in steps:
        state = record.state or state
        follows = None
        place = (record.attempt, record.copy)
        match record.kind:
            case RecordKind.ADDED:
                plan(record)
                attempt = record.attempt
            case RecordKind.RELEASED:
                if place in pending and record.due is not None:
                    pending[place] = pending[place]._replace(due=record.due, hold=None)
            case RecordKind.ATTEMPTED:
                pending.pop(place, None)
                lost += bool(record.data.get("lost"))
                attempts.append(_attempt(record, key))
            case RecordKind.SETTLED:
                pending.clear()
            case _:
                pass
    return DeliveryView(
        number=first.delivery,
        key=key,
        job_id=data["job_id"],
        resource=resource,
        state=state,
        attempt=attempt,
        lost=lost,
        faults=read_faults(data["faults"]),
        attempts=tuple(attempts),
        pending=tuple(pending.values()),
        treatments=treatments,
        follows=follows,
    )


def _attempt(record: Record, key: DeliveryKey) -> Attempt:
    data = record.data
    return Attempt(
        delivery=key,
        attempt=record.attempt,
        copy=record.copy,
        started_at=data["started_at"],
        ended_at=record.at,
        outcome=Outcome(
            succeeded=data["succeeded"],
            status=data["status"],
            body=data["body"],
            error=data["error"],
            processing_time=data["processing_time"],
        ),
        faults=read_faults(data["faults"]),
    )
