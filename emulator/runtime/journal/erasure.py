"""Erasing everything but some values of the engine, and keeping numbers from being given out twice."""

import contextlib
import sqlite3
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from emulator.runtime.journal.rows import Erased
from emulator.runtime.journal.sql import marks

_HIGHEST = {
    "seq": "SELECT max(seq) FROM records",
    "at": "SELECT at FROM records ORDER BY seq DESC LIMIT 1",
    "delivery": "SELECT max(number) FROM deliveries",
}


def keep_highest(db: sqlite3.Connection) -> None:
    """Note the highest numbers in use, before rows that carry them go."""

    def number(query: str) -> int:
        row = db.execute(query).fetchone()
        return 0 if row is None or row[0] is None else int(row[0])

    for name in _HIGHEST:
        db.execute("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", (name, highest(number, name)))


def highest(number: Callable[[str], int], name: str) -> int:
    """The highest `seq`, `at` or `delivery` there ever was, or 0. `number` asks the file for a number."""
    return max(number(f"SELECT value FROM marks WHERE name = '{name}'"), number(_HIGHEST[name]))


def erase(db: sqlite3.Connection, keep_meta: AbstractSet[str]) -> Erased:
    """Take everything away, but these meta keys, in the SQL transaction that is open."""
    keep_highest(db)
    counts = {
        name: int(db.execute(f"SELECT count(*) FROM {source}").fetchone()[0])
        for name, source in (
            ("records", "records"),
            ("events", "events"),
            ("deliveries", "deliveries"),
            ("attempts", "records WHERE kind = 'attempted'"),
            ("resources", "resources WHERE deleted = 0"),
            ("integrations", "integrations WHERE document IS NOT NULL"),
        )
    }
    for table in ("records", "events", "deliveries", "resources", "integrations", "tallies"):
        db.execute(f"DELETE FROM {table}")
    kept = sorted(keep_meta)
    db.execute(f"DELETE FROM meta WHERE key NOT IN ({marks(len(kept))})", kept)
    return Erased(**counts)


def shrink(db: sqlite3.Connection) -> None:
    """Give the file's free pages back to the disk. A disk that cannot is no harm: they are used again."""
    with contextlib.suppress(sqlite3.Error):
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
