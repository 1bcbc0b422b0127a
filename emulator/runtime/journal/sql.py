"""Many rows in one statement.

`executemany` lets go of the interpreter lock and asks for it back at every row, which costs up to a switch
interval each time the event loop is busy; a statement of 256 rows does so once.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain

from emulator.runtime.journal.codec import Row

_MOST = 256


def store(db: sqlite3.Connection, head: str, rows: Sequence[Row], tail: str = "") -> int:
    """Run `head (?, …), (?, …) … tail` over all rows; how many rows it changed."""
    changed = 0
    start = 0
    size = _MOST
    width = len(rows[0]) if rows else 0
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        cursor = db.execute(_statement(head, width, size, tail), tuple(chain.from_iterable(rows[start : start + size])))
        changed += cursor.rowcount
        start += size
    return changed


def marks(count: int) -> str:
    """`?, ?, ?`: the inside of an IN list."""
    return ", ".join("?" * count)


@cache
def _statement(head: str, width: int, size: int, tail: str) -> str:
    return f"{head} {', '.join([f'({marks(width)})'] * size)} {tail}"
