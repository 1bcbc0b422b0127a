"""Row: one delivery as the dashboard knows it, from the records of its steps."""

from typing import NamedTuple

from emulator.domain.delivery import DeliveryState, FaultNote
from emulator.domain.record import Record, RecordKind
from tui.model.arrival import Arrival, arrival_of


class Row(NamedTuple):
    """One event on its way to one integration. Times are microseconds since the epoch, `latency` is wall seconds.

    `attempt` is the highest attempt that was planned. `arrivals` are the requests that have ended; `status`,
    `succeeded`, `latency` and `error` are those of the newest of them. `arrived_at` is when the first one left that
    the receiver took (one whose acknowledgement was lost counts: the receiver has it). `faults` are what rules did,
    planned and on the way, each once. `seq` is the number of the newest record that is in it.
    """

    number: int
    event: str
    event_key: str
    resource: str
    integration: str
    job: int
    job_id: str
    created_at: int
    state: DeliveryState
    due: int | None = None
    attempt: int = 1
    arrivals: tuple[Arrival, ...] = ()
    arrived_at: int | None = None
    status: int | None = None
    succeeded: bool | None = None
    latency: float | None = None
    error: str | None = None
    faults: tuple[FaultNote, ...] = ()
    seq: int = 0

    @property
    def lateness(self) -> int | None:
        """How long after the event the receiver first had it; None while it has not."""
        return None if self.arrived_at is None else max(0, self.arrived_at - self.created_at)


def planned_row(record: Record) -> Row:
    """The row that a delivery's first record begins."""
    data = record.data
    notes = list(data.get("faults", ()))
    for send in data.get("sends", ()):
        notes += send.get("faults", ())
    return Row(
        number=record.delivery,
        event=data["event"],
        event_key=data["event_key"],
        resource=data["resource"],
        integration=data["integration"],
        job=data["job"],
        job_id=data["job_id"],
        created_at=record.at,
        state=record.state or DeliveryState.PLANNED,
        due=record.due,
        attempt=max(1, record.attempt),
        faults=_each_once((), notes) if notes else (),
        seq=record.seq,
    )


def stepped(row: Row, record: Record) -> Row:
    """The row after this step of its delivery."""
    arrivals, arrived_at, status, succeeded = row.arrivals, row.arrived_at, row.status, row.succeeded
    latency, error, faults = row.latency, row.error, row.faults
    kind = record.kind
    if kind is RecordKind.ATTEMPTED:
        data = record.data
        arrival = arrival_of(record)
        arrivals = (*arrivals, arrival)
        if arrived_at is None and arrival.heard:
            arrived_at = arrival.at
        status, succeeded, latency, error = arrival.status, arrival.succeeded, arrival.latency, data["error"]
        if noted := data.get("faults"):
            faults = _each_once(faults, noted)
    elif kind is RecordKind.ADDED:
        noted = [note for send in record.data.get("sends", ()) for note in send.get("faults", ())]
        faults = _each_once(faults, noted) if noted else faults
    return Row(  # by position, since thousands are made in a second
        row.number,
        row.event,
        row.event_key,
        row.resource,
        row.integration,
        row.job,
        row.job_id,
        row.created_at,
        record.state or row.state,
        record.due,
        max(row.attempt, record.attempt),
        arrivals,
        arrived_at,
        status,
        succeeded,
        latency,
        error,
        faults,
        record.seq,
    )


def _each_once(known: tuple[FaultNote, ...], notes: object) -> tuple[FaultNote, ...]:
    """These, and what is new among the notes of a record."""
    found = dict.fromkeys(known)
    for note in notes if isinstance(notes, list | tuple) else ():
        found[FaultNote(rule=note["rule"], fault=note["fault"], detail=note["detail"])] = None
    return tuple(found)
