"""Reading what happened: events, deliveries, attempts and records, by the page."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from emulator.domain.delivery import DeliveryState
from emulator.domain.event import Event
from emulator.domain.integration import Scope
from emulator.domain.record import Record
from emulator.runtime.journal import codec
from emulator.runtime.journal.codec import Row
from emulator.runtime.journal.reading import Connection
from emulator.runtime.journal.rows import AttemptRow, DeliveryRow
from emulator.runtime.journal.sql import marks
from emulator.runtime.journal.tallies import Tally

_DELIVERY = (
    "SELECT d.number, d.job_id, e.identity, d.event_key, e.resource, e.resource_type, e.resource_id, "
    "d.integration, d.job, d.state, d.due, d.attempts, d.pending, d.created_at, d.last_at "
    "FROM deliveries d JOIN events e ON e.row = d.event"
)
_RECORD = f"SELECT {codec.RECORD_COLUMNS} FROM records"
_LAST = 2**63 - 1
_AT_ONCE = 200

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Where:
    """Conditions, with their values, joined by AND."""

    def __init__(self) -> None:
        self.terms: list[str] = []
        self.values: list[Any] = []

    def add(self, term: str, *values: Any) -> None:
        self.terms.append(term)
        self.values.extend(values)

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.terms)}" if self.terms else ""


Read = Callable[Concatenate["History", Given], Answer]


def _at_one_moment(read: Read[Given, Answer]) -> Read[Given, Answer]:
    """A page and its total agree, though the writer goes on beside."""

    @wraps(read)
    def reading(history: "History", /, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with history.db.snapshot():
            return read(history, *args, **kwargs)

    return reading


class History:
    """What the journal knows of the past. Pages answer with some rows and the number of all that match."""

    def __init__(self, connection: Connection) -> None:
        self.db = connection

    def event(self, identity: str) -> Event | None:
        row = self.db.one(f"SELECT {codec.EVENT_COLUMNS} FROM events WHERE identity = ?", (identity,))
        return None if row is None else codec.to_event(row)

    def payload_before(self, event: Event) -> str | None:
        """What was said of the same resource before it changed to this; None where nothing was, or it was pruned.

        A change may raise several events, all of which say the same.
        """
        query = (
            "SELECT payload FROM events WHERE resource = ? AND row < (SELECT row FROM events WHERE identity = ?) "
            "AND payload <> ? AND deletion = 0 AND recorded IS NULL ORDER BY row DESC LIMIT 1"
        )
        row = self.db.one(query, (event.resource, event.identity, event.payload))
        return None if row is None else str(row[0])

    @_at_one_moment
    def events(
        self,
        *,
        key_glob: str | None = None,
        resource: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = True,
    ) -> tuple[list[Event], int]:
        """`resource` is a resource's key or id."""
        where = Where()
        total: int | None = self.db.tally(Tally.EVENTS)
        if key_glob is not None:
            names = self.db.names(Tally.EVENTS, key_glob)
            where.add(f"key IN ({marks(len(names))})", *names)
            total = sum(names.values())
        if resource is not None:
            where.add(f"resource IN {_KEYS_OF_RESOURCE}", resource, resource)
            total = None
        if total is None:
            total = self.db.number(f"SELECT count(*) FROM events {where}", where.values)
        page = f"ORDER BY row {_order(newest_first)} LIMIT ? OFFSET ?"
        rows = self.db.all(
            f"SELECT {codec.EVENT_COLUMNS} FROM events {where} {page}",
            (*where.values, limit, offset),
        )
        return [codec.to_event(row) for row in rows], total

    def open_deliveries(self) -> Iterator[tuple[DeliveryRow, list[Record]]]:
        """Every delivery of which something is still to come, by number, with all its records in order."""
        last = 0
        while True:
            numbers = self._numbers("WHERE open = 1 AND number > ? ORDER BY number LIMIT ?", (last, _AT_ONCE))
            if not numbers:
                return
            records: dict[int, list[Record]] = {number: [] for number in numbers}
            for row in self.db.all(
                f"{_RECORD} WHERE delivery IN ({marks(len(numbers))}) AND delivery > 0 ORDER BY seq", numbers
            ):
                record = codec.to_record(row)
                records[record.delivery].append(record)
            for delivery in self._deliveries(numbers):
                yield delivery, records[delivery.number]
            last = numbers[-1]

    def delivery(self, which: int | str) -> DeliveryRow | None:
        """By its number, or by its job's id."""
        column = "number" if isinstance(which, int) else "job_id"
        row = self.db.one(f"{_DELIVERY} WHERE d.{column} = ? ORDER BY d.number DESC LIMIT 1", (which,))
        return None if row is None else _to_delivery(row)

    @_at_one_moment
    def deliveries(
        self,
        *,
        integration: str | None = None,
        event_glob: str | None = None,
        state: DeliveryState | None = None,
        resource: str | None = None,
        job_id: str | None = None,
        event: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = True,
    ) -> tuple[list[DeliveryRow], int]:
        """`integration` is its key, `resource` a resource's key or id, `event` an event's identity."""
        where = Where()
        total: int | None = self.db.tally(Tally.DELIVERIES)
        if integration is not None:
            where.add("integration = ?", integration)
            total = self.db.tally(Tally.DELIVERIES, integration)
        if event_glob is not None:
            names = self.db.names(Tally.DELIVERIES_OF, event_glob)
            where.add(f"event_key IN ({marks(len(names))})", *names)
            total = sum(names.values()) if integration is None else None
        if state is not None:
            where.add("state = ?", state._value_)
            if state is not DeliveryState.SUCCEEDED:
                where.add("state <> 'succeeded'")  # as the index says it
            total = None
        if resource is not None:
            where.add(f"event IN (SELECT row FROM events WHERE resource IN {_KEYS_OF_RESOURCE})", resource, resource)
            total = None
        if event is not None:
            where.add("event = (SELECT row FROM events WHERE identity = ?)", event)
            total = None
        if job_id is not None:
            where.add("job_id = ?", job_id)
            total = None
        if total is None:
            total = self.db.number(f"SELECT count(*) FROM deliveries {where}", where.values)
        numbers = self._numbers(
            f"{where} ORDER BY number {_order(newest_first)} LIMIT ? OFFSET ?", (*where.values, limit, offset)
        )
        return self._deliveries(numbers), total

    @_at_one_moment
    def attempts(
        self,
        *,
        scope: Scope | None = None,
        integration: str | None = None,
        delivery: int | None = None,
        offset: int = 0,
        limit: int = 25,
    ) -> tuple[list[AttemptRow], int]:
        """Newest first; of all, of a scope's integrations (gone ones too), of one (its key), or of a delivery."""
        where = Where()
        where.add("kind = 'attempted'")
        if delivery is not None:
            where.add("delivery = ? AND delivery > 0", delivery)
            total = self.db.number(f"SELECT count(*) FROM records {where}", where.values)
        elif integration is not None:
            where.add("integration = ?", integration)
            total = self.db.tally(Tally.ATTEMPTS, integration)
        elif scope is not None:
            keys = "(SELECT key FROM integrations WHERE scope = ?)"
            where.add(f"integration IN {keys}", scope._value_)
            counted = f"SELECT sum(n) FROM tallies WHERE what = ? AND name IN {keys}"
            total = self.db.number(counted, (Tally.ATTEMPTS._value_, scope._value_))
        else:
            total = self.db.tally(Tally.ATTEMPTS)
        rows = self.db.all(f"{_RECORD} {where} ORDER BY seq DESC LIMIT ? OFFSET ?", (*where.values, limit, offset))
        records = [codec.to_record(row) for row in rows]
        of = {row.number: row for row in self._deliveries(sorted({record.delivery for record in records}))}
        return [
            AttemptRow(record=record, delivery=of[record.delivery]) for record in records if record.delivery in of
        ], total

    def records(self, *, after: int, limit: int) -> list[Record]:
        """The records behind that number, oldest first."""
        rows = self.db.all(f"{_RECORD} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        return [codec.to_record(row) for row in rows]

    def records_of(self, number: int, *, until: int | None = None) -> list[Record]:
        """All of a delivery's records, oldest first; or those up to this one."""
        last = _LAST if until is None else until
        rows = self.db.all(f"{_RECORD} WHERE delivery = ? AND delivery > 0 AND seq <= ? ORDER BY seq", (number, last))
        return [codec.to_record(row) for row in rows]

    def integration_changes(self) -> list[Record]:
        """What was registered, changed and removed, oldest first. Reads all records: for a thread."""
        rows = self.db.all(f"{_RECORD} WHERE kind = 'integration' ORDER BY seq")
        return [codec.to_record(row) for row in rows]

    def _numbers(self, rest: str, values: Sequence[Any]) -> list[int]:
        return [number for (number,) in self.db.all(f"SELECT number FROM deliveries {rest}", values)]

    def _deliveries(self, numbers: Sequence[int]) -> list[DeliveryRow]:
        """These, in this order."""
        rows = self.db.all(f"{_DELIVERY} WHERE d.number IN ({marks(len(numbers))})", numbers)
        found = {row[0]: _to_delivery(row) for row in rows}
        return [found[number] for number in numbers if number in found]


_KEYS_OF_RESOURCE = "(SELECT key FROM resources WHERE id = ? UNION ALL SELECT ?)"


def _order(newest_first: bool) -> str:
    return "DESC" if newest_first else "ASC"


def _to_delivery(row: Row) -> DeliveryRow:
    (
        number,
        job_id,
        event,
        key,
        resource,
        type,
        id,
        integration,
        job,
        state,
        due,
        attempts,
        pending,
        made,
        last,
    ) = row
    return DeliveryRow(
        number=number,
        job_id=job_id,
        event=event,
        event_key=key,
        resource=resource,
        resource_type=type,
        resource_id=id,
        integration=integration,
        job=job,
        state=DeliveryState(state),
        due=due,
        attempts=attempts,
        pending=pending,
        created_at=made,
        last_at=last,
    )
