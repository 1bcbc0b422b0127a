"""Window: the newest deliveries with every record of theirs, and the events of the same time, as of one moment."""

from collections.abc import Iterable
from dataclasses import dataclass

from emulator.domain.record import Record, RecordKind
from emulator.runtime.journal import codec, erasure
from emulator.runtime.journal.aside import considerate
from emulator.runtime.journal.reading import Connection
from emulator.runtime.journal.sql import marks

_RECORD = f"SELECT {codec.RECORD_COLUMNS} FROM records"
_EVENTS = 4
"""So many events without a delivery, for each delivery asked for, are the most that a page has."""
_NEAR = 2_000
_SOME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One page, oldest record first. `seq` is the newest record there was at that moment, 0 when there never was one;
    `before` the delivery to go on from, None at the end; `history_begins` the oldest record that is kept."""

    seq: int
    records: tuple[Record, ...]
    before: int | None
    history_begins: int


def window(db: Connection, *, before: int | None, limit: int) -> Window:
    """The records of the newest `limit` deliveries below that number, of their events, and of the events without any
    delivery that were accepted in the same time."""
    with db.snapshot():
        seq = erasure.highest(db.number, "seq")
        number = before if before is not None else 1 + erasure.highest(db.number, "delivery")
        rows = db.all(
            "SELECT d.number, d.event, e.identity, e.at FROM deliveries d JOIN events e ON e.row = d.event "
            "WHERE d.number < ? ORDER BY d.number DESC LIMIT ?",
            (number, limit + 1),
        )
        more = len(rows) > limit
        rows = rows[:limit]
        found = _of_deliveries(db, [row[0] for row in rows])
        begins = _accepted(db, rows[-1][0]) if more else 0
        ends = seq + 1 if before is None else _accepted(db, before) or seq + 1
        events = {
            record.data["identity"]: record
            for record in _rows(
                db,
                f"{_RECORD} WHERE kind = 'event' AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                (begins, ends, _EVENTS * limit),
            )
        }
        for identity, row, at in {identity: (identity, row, at) for _, row, identity, at in rows}.values():
            if identity not in events and (event := _event(db, identity, row, at)) is not None:
                events[identity] = event
        oldest = db.number("SELECT min(seq) FROM records")
    records = sorted((*found, *events.values()), key=lambda record: record.seq)
    return Window(seq=seq, records=tuple(records), before=rows[-1][0] if more else None, history_begins=oldest)


def _rows(db: Connection, query: str, values: Iterable[int]) -> list[Record]:
    return [codec.to_record(row) for row in considerate(db.all(query, tuple(values)))]


def _of_deliveries(db: Connection, numbers: list[int]) -> list[Record]:
    found: list[Record] = []
    for start in range(0, len(numbers), _SOME):
        some = numbers[start : start + _SOME]
        found += _rows(db, f"{_RECORD} WHERE delivery IN ({marks(len(some))}) AND delivery > 0", some)
    return found


def _accepted(db: Connection, number: int) -> int:
    """Where what was accepted with this delivery (or the next one that is kept) begins: the event that comes before
    its plan. 0 where there is none."""
    kept = db.number("SELECT min(number) FROM deliveries WHERE number >= ?", (number,))
    planned = _planned(db, kept)
    if not planned:
        return 0
    return _event_before(db, planned) or planned


def _event(db: Connection, identity: str, row: int, at: int) -> Record | None:
    """The record of an event that was accepted elsewhere: before its first delivery, or, where that was made later, by
    its time."""
    first = _planned(db, db.number("SELECT min(number) FROM deliveries WHERE event = ?", (row,)))
    for since in (_event_before(db, first), _seq_at(db, at)):
        query = f"{_RECORD} WHERE kind = 'event' AND seq >= ? AND seq < ? ORDER BY seq"
        for record in _rows(db, query, (since, since + _NEAR)):
            if record.data.get("identity") == identity:
                return record
    return None


def _event_before(db: Connection, planned: int) -> int:
    return db.number(
        "SELECT seq FROM records WHERE kind = 'event' AND seq < ? AND seq > ? ORDER BY seq DESC LIMIT 1",
        (planned, planned - _NEAR),
    )


def _planned(db: Connection, number: int) -> int:
    """Where this delivery came to be."""
    return db.number(
        "SELECT min(seq) FROM records WHERE delivery = ? AND delivery > 0 AND kind = ?",
        (number, RecordKind.PLANNED._value_),
    )


def _seq_at(db: Connection, at: int) -> int:
    """The first record that is not from before this time; times never go back, so halving finds it."""
    low, high = db.number("SELECT min(seq) FROM records"), 1 + db.number("SELECT max(seq) FROM records")
    while low < high:
        middle = (low + high) // 2
        row = db.one("SELECT seq, at FROM records WHERE seq >= ? ORDER BY seq LIMIT 1", (middle,))
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low
