"""Counts that are kept, so that the total of a page does not cost a scan of the history."""

import sqlite3
from collections import Counter
from enum import StrEnum

from emulator.runtime.journal.sql import store


class Tally(StrEnum):
    """What is counted, and by what name."""

    __hash__ = str.__hash__  # an enum's own is a function of Python, and this is hashed for every record

    EVENTS = "events"  # by event key
    DELIVERIES = "deliveries"  # by integration key
    DELIVERIES_OF = "deliveries of"  # by event key
    ATTEMPTS = "attempts"  # by integration key
    MADE = "made"  # resources there have ever been, by type
    LIVE = "live"  # resources that are not deleted, by type


Counts = Counter[tuple[Tally, str]]

_HEAD = "INSERT INTO tallies (what, name, n) VALUES"
_TAIL = "ON CONFLICT (what, name) DO UPDATE SET n = n + excluded.n"


def count(db: sqlite3.Connection, counts: Counts) -> None:
    """Add these numbers, which may be negative."""
    store(db, _HEAD, [(what._value_, name, n) for (what, name), n in counts.items() if n], _TAIL)
