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
    notes = [*data.get("faults", ()), *(note for send in data.get("sends", ()) for note in send.get("faults", ()))]
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
        faults=_each_once((), notes),
        seq=record.seq,
    )


def stepped(row: Row, record: Record) -> Row:
    """The row after this step of its delivery."""
    row = row._replace(
        state=record.state or row.state,
        due=record.due,
        attempt=max(row.attempt, record.attempt),
        seq=record.seq,
    )
    match record.kind:
        case RecordKind.ATTEMPTED:
            return _attempted(row, record)
        case RecordKind.ADDED:
            notes = [note for send in record.data.get("sends", ()) for note in send.get("faults", ())]
            return row._replace(faults=_each_once(row.faults, notes)) if notes else row
        case _:
            return row


def _attempted(row: Row, record: Record) -> Row:
    data = record.data
    arrival = arrival_of(record)
    return row._replace(
        arrivals=(*row.arrivals, arrival),
        arrived_at=arrival.at if arrival.heard and row.arrived_at is None else row.arrived_at,
        status=arrival.status,
        succeeded=arrival.succeeded,
        latency=arrival.latency,
        error=data["error"],
        faults=_each_once(row.faults, data["faults"]) if data.get("faults") else row.faults,
    )


def _each_once(known: tuple[FaultNote, ...], notes: object) -> tuple[FaultNote, ...]:
    """These, and what is new among the notes of a record."""
    found = dict.fromkeys(known)
    for note in notes if isinstance(notes, list | tuple) else ():
        found[FaultNote(rule=note["rule"], fault=note["fault"], detail=note["detail"])] = None
    return tuple(found)
