"""A batch: transactions on their way into the file as one SQL transaction."""

import sqlite3
from collections import Counter
from typing import Any

from emulator.domain.errors import NotFound
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.domain.resource import Resource
from emulator.runtime.journal import codec, progress
from emulator.runtime.journal.codec import Row
from emulator.runtime.journal.progress import Progress
from emulator.runtime.journal.sql import marks, store
from emulator.runtime.journal.tallies import Counts, Tally, count

_RESOURCE_TAIL = (
    "ON CONFLICT (key) DO UPDATE SET type = excluded.type, id = excluded.id, parent = excluded.parent, "
    "document = excluded.document, custom = excluded.custom, hidden = excluded.hidden, "
    "occurrences = excluded.occurrences, created_at = excluded.created_at, "
    "touched_at = excluded.touched_at, deleted = excluded.deleted"
)
_SOME = 500
_PLANNED, _ADDED, _ATTEMPTED = RecordKind.PLANNED, RecordKind.ADDED, RecordKind.ATTEMPTED
_ATTEMPTS, _DELIVERIES, _DELIVERIES_OF = Tally.ATTEMPTS, Tally.DELIVERIES, Tally.DELIVERIES_OF


class Batch:
    """Takes transactions in order, then writes all of them. Of no further use after an exception.

    `add` raises TypeError for what cannot be said in JSON. `write` raises NotFound for a delivery of an
    event, or further sends of a delivery, that the journal no longer has, and sqlite3.Error.
    """

    def __init__(self, next_event_row: int) -> None:
        self.next_event_row = next_event_row
        self._records: list[Row] = []
        self._events: list[Row] = []
        self._event_rows: dict[str, int] = {}
        self._resources: dict[str, Resource] = {}
        self._integrations: dict[str, Integration | None] = {}
        self._meta: dict[str, Any] = {}
        self._planned: dict[int, tuple[Record, Progress]] = {}
        self._touched: dict[int, Progress] = {}
        self._added: set[int] = set()
        self._counts: Counts = Counter()

    def add(self, tx: Transaction) -> None:
        for event in tx.events:
            self._add_event(event)
        for record in tx.records:
            self._records.append(codec.record_row(record))
            if record.delivery:
                self._follow(record)
        for resource in tx.resources:
            self._resources[resource.key] = resource
        for integration in tx.integrations:
            self._integrations[integration.key] = integration
        for key in tx.removed_integrations:
            self._integrations[key] = None
        self._meta.update(tx.meta)

    def write(self, db: sqlite3.Connection) -> None:
        """Everything, in the SQL transaction that is open."""
        store(db, f"INSERT INTO events ({codec.EVENT_COLUMNS}) VALUES", self._events)
        self._write_resources(db)
        self._write_integrations(db)
        self._write_deliveries(db)
        store(db, f"INSERT INTO records ({codec.RECORD_COLUMNS}) VALUES", self._records)
        for key, value in self._meta.items():
            if value is None:
                db.execute("DELETE FROM meta WHERE key = ?", (key,))
            else:
                db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, codec.dump(value)))
        count(db, self._counts)

    def _add_event(self, event: Event) -> None:
        row = self.next_event_row
        self.next_event_row += 1
        self._events.append(codec.event_row(row, event))
        self._event_rows[event.identity] = row
        self._counts[Tally.EVENTS, event.key] += 1

    def _follow(self, record: Record) -> None:
        number = record.delivery
        kind = record.kind
        if kind is _PLANNED:
            state = Progress()
            self._planned[number] = (record, state)
        elif number in self._planned:
            state = self._planned[number][1]
        else:
            found = self._touched.get(number)
            state = found if found is not None else self._touched.setdefault(number, Progress())
            if kind is _ADDED:
                self._added.add(number)
        state.take(record)
        if kind is _ATTEMPTED:
            self._counts[_ATTEMPTS, record.integration or ""] += 1

    def _write_deliveries(self, db: sqlite3.Connection) -> None:
        rows = []
        for record, state in self._planned.values():
            row = state.row(record, self._event_row(db, record.data["event"]))
            rows.append(row)
            self._counts[_DELIVERIES, row[4]] += 1
            self._counts[_DELIVERIES_OF, row[3]] += 1
        store(db, progress.INSERT, rows)
        changes = [state.change(number) for number, state in self._touched.items()]
        store(db, progress.UPDATE_HEAD, changes, progress.UPDATE_TAIL)
        for number in self._added:
            if not db.execute("SELECT 1 FROM deliveries WHERE number = ?", (number,)).fetchone():
                raise NotFound(f"delivery {number} is no longer in the history, so it cannot be sent again")

    def _event_row(self, db: sqlite3.Connection, identity: str) -> int:
        row = self._event_rows.get(identity)
        if row is None:
            found = db.execute("SELECT row FROM events WHERE identity = ?", (identity,)).fetchone()
            if found is None:
                raise NotFound(f"event {identity} is no longer in the history, so it cannot be delivered")
            row = self._event_rows[identity] = int(found[0])
        return row

    def _write_resources(self, db: sqlite3.Connection) -> None:
        keys = list(self._resources)
        before: dict[str, bool] = {}
        for start in range(0, len(keys), _SOME):
            some = keys[start : start + _SOME]
            before.update(db.execute(f"SELECT key, deleted FROM resources WHERE key IN ({marks(len(some))})", some))
        for key, resource in self._resources.items():
            known = key in before
            was_live = known and not before[key]
            self._counts[Tally.MADE, resource.type] += not known and not resource.from_elsewhere
            self._counts[Tally.LIVE, resource.type] += (not resource.deleted) - was_live
        rows = [codec.resource_row(resource) for resource in self._resources.values()]
        store(db, f"INSERT INTO resources ({codec.RESOURCE_COLUMNS}) VALUES", rows, _RESOURCE_TAIL)

    def _write_integrations(self, db: sqlite3.Connection) -> None:
        for key, integration in self._integrations.items():
            if integration is None:
                db.execute("UPDATE integrations SET document = NULL WHERE key = ?", (key,))
            else:
                db.execute(
                    "INSERT INTO integrations (key, id, scope, document) VALUES (?, ?, ?, ?) ON CONFLICT (key) "
                    "DO UPDATE SET id = excluded.id, scope = excluded.scope, document = excluded.document",
                    (key, integration.id, integration.scope._value_, codec.integration_document(integration)),
                )
