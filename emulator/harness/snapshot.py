"""Snapshot: what an emulator knows at one moment, kept for whoever looks into a test that failed."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.api.documents import attempt_document, delivery_document
from emulator.domain.errors import EmulatorError
from emulator.harness.delivered import Deliveries
from emulator.harness.local import LocalEmulator
from emulator.runtime.emulator import Emulator

_LAST = 20
_PATIENCE = 5.0  # wall seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`lines` are the last deliveries; `journal` is a copy of the journal, None where none could be made."""

    lines: Sequence[str]
    journal: Path | None

    def kept_at(self, place: Path | None) -> "Snapshot":
        """The same, with the journal moved there; without one where there is no place."""
        if self.journal is None or place is None or not self.journal.exists():
            return replace(self, journal=None)
        shutil.move(self.journal, place)
        return replace(self, journal=place)


def snapshot(local: LocalEmulator, journal: Path | None) -> Snapshot:
    """The last deliveries, and the journal copied to this path. Never raises for an emulator that is at its end."""
    try:
        deliveries, total = local.call(_last(local.emulator), patience=_PATIENCE)
        lines = deliveries.lines(deliveries.rows, last=_LAST)
        if total > len(deliveries.rows):
            lines.insert(0, f"  … {total - len(deliveries.rows)} before these")
        if journal is not None:
            _copy(local.emulator.journal.path, journal)
    except (EmulatorError, OSError, sqlite3.Error, TimeoutError) as error:
        return Snapshot(lines=[f"  the emulator could not be asked: {error or type(error).__name__}"], journal=None)
    return Snapshot(lines=lines or ["  none"], journal=journal)


async def _last(emulator: Emulator) -> tuple[Deliveries, int]:
    journal = emulator.journal
    if emulator.healthy:
        await journal.flush()
    rows, total = journal.deliveries(limit=_LAST)
    attempts = [attempt for row in rows for attempt in journal.attempts(delivery=row.number, limit=_LAST)[0]]
    return (
        Deliveries(
            rows=[delivery_document(row) for row in reversed(rows)],
            attempts=[attempt_document(row) for row in sorted(attempts, key=lambda one: one.record.seq)],
        ),
        total,
    )


def _copy(source: Path, target: Path) -> None:
    """Whole, although somebody may be writing to it; for its owner alone, like the journal itself."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as from_it, closing(sqlite3.connect(target)) as to_it:
        from_it.backup(to_it)
