"""Search: which deliveries' messages, or their receivers' answers, hold a text; newest first and a while at a time."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.runtime.journal.aside import considerate
from emulator.runtime.journal.reading import Connection
from emulator.runtime.journal.sql import marks

SCANNING = 0.2
"""Wall seconds after which a search answers with what it has."""
_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Numbers of deliveries, newest first. `next` is what to go on below, None where all was looked at."""

    numbers: tuple[int, ...]
    next: int | None


class Needle:
    """A text to look for in JSON, whatever its case and whichever way JSON writes it.

    One of plain ASCII is looked for by SQLite, which needs no interpreter lock for it and knows no other cases.
    """

    def __init__(self, text: str) -> None:
        ways = (text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1])
        self._ways = tuple(dict.fromkeys(way.casefold() for way in ways))
        self._plain = text.isascii()

    def among(self, db: Connection, names: str, texts: Sequence[str], source: str, values: Sequence[int]) -> set[int]:
        """The `names` of those rows of `source` any of whose `texts` holds it."""
        if self._plain:
            holds = " OR ".join(f"instr(lower({text}), ?) > 0" for text in texts for _ in self._ways)
            wanted = [way for _ in texts for way in self._ways]
            rows = db.all(f"SELECT {names} FROM {source} AND ({holds})", (*values, *wanted))
            return {name for (name,) in rows}
        rows = db.all(f"SELECT {names}, {', '.join(texts)} FROM {source}", values)
        return {name for name, *found in considerate(rows) if any(map(self.lies_in, found))}

    def lies_in(self, text: str | None) -> bool:
        if not text:
            return False
        folded = text.casefold()
        return any(way in folded for way in self._ways)


def search(
    db: Connection, text: str, *, before: int | None, after: int, limit: int, scanning: float = SCANNING
) -> Found:
    """Deliveries below `before` and above `after`; at most `limit`, and no longer than `scanning` (and one step)."""
    needle = Needle(text)
    deadline = time.monotonic() + scanning
    known: dict[int, bool] = {}
    found: list[int] = []
    last = before
    while True:
        rows = db.all(
            "SELECT number, event FROM deliveries WHERE number < ? AND number > ? ORDER BY number DESC LIMIT ?",
            (1 << 62 if last is None else last, after, _AT_ONCE),
        )
        if not rows:
            return Found(numbers=tuple(found), next=None)
        _look_at_events(db, needle, {event for _, event in rows} - known.keys(), known)
        answered = _answered(db, needle, [number for number, event in rows if not known[event]])
        for number, event in rows:
            last = number
            if known[event] or number in answered:
                found.append(number)
                if len(found) == limit:
                    return Found(numbers=tuple(found), next=_rest(db, number, after))
        if time.monotonic() > deadline:
            return Found(numbers=tuple(found), next=_rest(db, rows[-1][0], after))
        oldest = rows[-1][1]
        known = {event: hit for event, hit in known.items() if event >= oldest}


def _look_at_events(db: Connection, needle: Needle, events: set[int], known: dict[int, bool]) -> None:
    some = sorted(events)
    if some:
        source = f"events WHERE row IN ({marks(len(some))})"
        found = needle.among(db, "row", ("payload", "recorded"), source, some)
        known.update({row: row in found for row in some})


def _answered(db: Connection, needle: Needle, numbers: Sequence[int]) -> set[int]:
    """Those of them whose receivers' answers hold it."""
    if not numbers:
        return set()
    source = f"records WHERE delivery IN ({marks(len(numbers))}) AND delivery > 0 AND kind = 'attempted'"
    return needle.among(db, "delivery", ("json_extract(data, '$.body')",), source, numbers)


def _rest(db: Connection, number: int, after: int) -> int | None:
    """This number, if anything is left below it."""
    left = db.one("SELECT 1 FROM deliveries WHERE number < ? AND number > ? LIMIT 1", (number, after))
    return None if left is None else number
