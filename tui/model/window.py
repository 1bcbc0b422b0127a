"""Window: the newest deliveries and events, folded from records as they come; bounded."""

from collections.abc import Iterable, Mapping
from heapq import nsmallest
from typing import NamedTuple

from emulator.domain.record import Record, RecordKind
from tui.model.event_row import EventRow, event_row
from tui.model.row import Row, planned_row, stepped

CAPACITY = 100_000
"""Deliveries (and, apart from them, events) that are remembered. Older ones are in the journal still."""
_AT_ONCE = 1_000  # how many are forgotten at a time, so that it is seldom


class Change(NamedTuple):
    """What one record changed: a delivery, an event, both, and what it was before (None: it was not there)."""

    seq: int
    at: int
    kind: RecordKind
    number: int = 0
    before: Row | None = None
    after: Row | None = None
    event: str | None = None
    event_before: EventRow | None = None
    event_after: EventRow | None = None


class Window:
    """Told records in any number, asked for rows.

    Records of a delivery have to come in their order, and its plan comes first; what belongs to a delivery that is not
    there is passed over. A snapshot may tell of deliveries that are there already: a plan begins its row anew.
    `version` grows with every change, and `changed` holds the numbers of rows that were since it was last cleared
    (those that were forgotten are up to `forgotten`).
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.rows: dict[int, Row] = {}
        self.events: dict[str, EventRow] = {}
        self.unsent: dict[str, EventRow] = {}  # of the events, those that nobody is sent
        self.changed: set[int] = set()
        self.version = 0
        self.forgotten = 0  # numbers up to here were given up, or are from before the oldest that was asked for
        self.now = 0  # microseconds: the newest record's time
        self.seq = 0

    def clear(self) -> None:
        """Nothing has happened."""
        self.rows.clear()
        self.events.clear()
        self.unsent.clear()
        self.changed.clear()
        self.version += 1
        self.forgotten = self.seq = self.now = 0

    def tell(self, record: Record) -> Change:
        """One step; what it changed."""
        if record.seq > self.seq:
            self.seq = record.seq
        if record.at > self.now:
            self.now = record.at
        change = self._change(record)
        self.put(change)
        if len(self.rows) > self.capacity:
            self._forget()
        return change

    def put(self, change: Change) -> None:
        """Makes what a change made; also again, after it was undone."""
        self._set(change.number, change.after, change.event, change.event_after)

    def undo(self, change: Change) -> None:
        """Makes things as they were before it. Changes are undone in the reverse of their order."""
        self._set(change.number, change.before, change.event, change.event_before)

    def restore(self, rows: Mapping[int, Row], events: Mapping[str, EventRow]) -> None:
        """Makes things as they were when these were all there was."""
        known = self.rows
        self.changed.update(
            number for number in known.keys() | rows.keys() if known.get(number) is not rows.get(number)
        )
        self.rows, self.events = dict(rows), dict(events)
        self.unsent = {identity: event for identity, event in events.items() if not event.deliveries}
        self.version += 1

    def stand(self, at: int, seq: int) -> None:
        """Says which moment this is, and which record is its newest."""
        self.now, self.seq = at, seq
        self.version += 1

    def of_resource(self, resource: str) -> Iterable[Row]:
        """The deliveries of one resource's events, in the order of their numbers."""
        return (row for row in self.rows.values() if row.resource == resource)

    def _change(self, record: Record) -> Change:
        kind, number = record.kind, record.delivery
        if kind is RecordKind.EVENT:
            fresh = event_row(record)
            known = self.events.get(fresh.identity)
            if known is not None:  # a snapshot shows it again, and its deliveries follow
                fresh = _with(fresh, known.deliveries)
            return Change(record.seq, record.at, kind, event=fresh.identity, event_before=known, event_after=fresh)
        if kind is RecordKind.PLANNED:
            after = planned_row(record)
            event = self.events.get(after.event)
            joined = event
            if event is not None and number not in event.deliveries:
                joined = _with(event, (*event.deliveries, number))
            return Change(record.seq, record.at, kind, number, self.rows.get(number), after, after.event, event, joined)
        before = self.rows.get(number) if number else None
        if before is None or record.seq <= before.seq:
            return Change(record.seq, record.at, kind)
        return Change(record.seq, record.at, kind, number, before, stepped(before, record))

    def _set(self, number: int, row: Row | None, event: str | None, event_row: EventRow | None) -> None:
        if number:
            self.changed.add(number)
            if row is None:
                self.rows.pop(number, None)
            else:
                self.rows[number] = row
        if event is not None:
            if event_row is None:
                self.events.pop(event, None)
            else:
                self.events[event] = event_row
            if event_row is None or event_row.deliveries:
                self.unsent.pop(event, None)
            else:
                self.unsent[event] = event_row
        self.version += 1

    def _forget(self) -> None:
        """Gives up the oldest deliveries, and the events that came before those that are left."""
        oldest = nsmallest(max(1, min(_AT_ONCE, self.capacity // 10)), self.rows)
        self.forgotten = oldest[-1]
        for number in oldest:
            row = self.rows.pop(number)
            event = self.events.get(row.event)
            if event is not None and max(event.deliveries, default=0) <= self.forgotten:
                del self.events[row.event]
        while len(self.events) > self.capacity:
            identity = next(iter(self.events))
            del self.events[identity]
            self.unsent.pop(identity, None)


def _with(event: EventRow, deliveries: tuple[int, ...]) -> EventRow:
    """The event with these deliveries; `_replace` takes three times as long."""
    return EventRow(event.identity, event.key, event.resource, event.resource_id, event.at, deliveries)
