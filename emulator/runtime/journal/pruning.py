"""Pruning: the oldest settled history goes when the file has grown to its limit.

What goes is a settled delivery with all its records, steps that belong to no delivery, and events that
nothing is left of. What is pending stays however old it is, as do the shop, the integrations and the newest
records. It is done in small steps between the writer's batches, from the oldest record on. What had to be
left behind is not looked at again: a delivery that settles later has a newer record, and all of it goes when
that one's turn comes.

The pages that become free are used for what is written next, so the file stays at its limit. It does not
shrink, unless everything is erased: giving pages back while it runs made every write a tenth dearer.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

from emulator.runtime.journal.erasure import keep_highest
from emulator.runtime.journal.sql import marks
from emulator.runtime.journal.tallies import Counts, Tally, count

KEPT_RECORDS = 1_000
_STEP = 500
_LOOK = 500  # transactions; asking for the size after each took a tenth of the time of writing it
_USED = """SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size"""


class Pruner:
    """Keeps the file near `limit` bytes. `behind` says that there is more to do as soon as there is time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._record = 0
        self._event = 0
        self._unseen = 0
        self.behind = False

    def step(self, db: sqlite3.Connection, written: int) -> None:
        """Prune a little if the file is above its limit: more than was written, so it cannot run away."""
        self._unseen += written
        if self._unseen < _LOOK and not self.behind:
            return
        (used,) = db.execute(_USED).fetchone()
        if used <= self._limit:
            self.behind = False
            self._unseen = 0
            return
        before = self._record, self._event
        try:
            db.execute("BEGIN IMMEDIATE")
            self.behind = self._prune(db, max(_STEP, 4 * self._unseen))
            db.execute("COMMIT")
            self._unseen = 0
        except sqlite3.Error:
            self._record, self._event = before
            raise

    def _prune(self, db: sqlite3.Connection, most: int) -> bool:
        """Whether there may be more."""
        keep_highest(db)
        (newest,) = db.execute("SELECT max(seq) FROM records").fetchone()
        chunk = db.execute(
            "SELECT seq, at, delivery FROM records WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (self._record, (newest or 0) - KEPT_RECORDS, most),
        ).fetchall()
        if not chunk:
            return False
        last, last_at, _ = chunk[-1]
        counts: Counts = Counter()
        events = self._deliveries(db, sorted({number for _, _, number in chunk if number}), counts)
        db.execute("DELETE FROM records WHERE seq > ? AND seq <= ? AND delivery = 0", (self._record, last))
        self._events(db, events, last_at, most, counts)
        count(db, counts)
        self._record = last
        return True

    def _deliveries(self, db: sqlite3.Connection, numbers: Sequence[int], counts: Counts) -> set[int]:
        """Remove those of them that are settled; the events they were of."""
        events: set[int] = set()
        for start in range(0, len(numbers), _STEP):
            some = numbers[start : start + _STEP]
            rows = db.execute(
                "SELECT number, event, integration, event_key, open FROM deliveries "
                f"WHERE number IN ({marks(len(some))})",
                some,
            ).fetchall()
            going = sorted(set(some) - {number for number, *_, open_ in rows if open_})
            for _, event, integration, event_key, open_ in rows:
                if not open_:
                    events.add(event)
                    counts[Tally.DELIVERIES, integration] -= 1
                    counts[Tally.DELIVERIES_OF, event_key] -= 1
            these = f"({marks(len(going))})"
            attempts = db.execute(
                "SELECT coalesce(integration, ''), count(*) FROM records "
                f"WHERE delivery IN {these} AND delivery > 0 AND kind = 'attempted' GROUP BY 1",
                going,
            )
            for integration, n in attempts:
                counts[Tally.ATTEMPTS, integration] -= n
            db.execute(f"DELETE FROM records WHERE delivery IN {these} AND delivery > 0", going)
            db.execute(f"DELETE FROM deliveries WHERE number IN {these}", going)
        return events

    def _events(self, db: sqlite3.Connection, of_deliveries: set[int], until: int, most: int, counts: Counts) -> None:
        """Remove events without a delivery: those that just lost theirs, and old ones that never had any."""
        old = db.execute(
            "SELECT row FROM events WHERE row > ? AND at <= ? ORDER BY row LIMIT ?",
            (self._event, until, most),
        ).fetchall()
        if old:
            self._event = old[-1][0]
        rows = sorted(of_deliveries.union(row for (row,) in old))
        for start in range(0, len(rows), _STEP):
            some: list[Any] = rows[start : start + _STEP]
            unused = db.execute(
                f"SELECT row, key FROM events WHERE row IN ({marks(len(some))}) "
                "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.event = events.row)",
                some,
            ).fetchall()
            for _, key in unused:
                counts[Tally.EVENTS, key] -= 1
            db.executemany("DELETE FROM events WHERE row = ?", [(row,) for row, _ in unused])
