"""The reader's connection: queries on the event loop's thread, each seeing all that is committed."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from emulator.runtime.journal.codec import Row
from emulator.runtime.journal.faults import unreadable
from emulator.runtime.journal.tallies import Tally


class Connection:
    """Short queries and snapshots, fetched whole, so that none of them keeps the write-ahead file from being folded in.

    Raises EnvironmentFault when the file turns out to be damaged or gone.
    """

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def all(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise unreadable(self._path, error) from error

    def one(self, query: str, values: Sequence[Any] = ()) -> Row | None:
        rows = self.all(query, values)
        return rows[0] if rows else None

    def number(self, query: str, values: Sequence[Any] = ()) -> int:
        """The one number a query answers with; nothing is 0."""
        row = self.one(query, values)
        return 0 if row is None or row[0] is None else int(row[0])

    def tally(self, what: Tally, name: str | None = None) -> int:
        """How many there are, by one name or by all."""
        if name is None:
            return self.number("SELECT sum(n) FROM tallies WHERE what = ?", (what._value_,))
        return self.number("SELECT n FROM tallies WHERE what = ? AND name = ?", (what._value_, name))

    def names(self, what: Tally, pattern: str) -> dict[str, int]:
        """The names that match a glob, with their counts."""
        rows = self.all("SELECT name, n FROM tallies WHERE what = ?", (what._value_,))
        return {name: n for name, n in rows if fnmatchcase(name, pattern)}

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within, every query sees the same moment, whatever is written or pruned meanwhile."""
        self.all("BEGIN")
        try:
            yield
        finally:
            self.all("COMMIT")

    def close(self) -> None:
        self._db.close()
