"""SQLite's errors, translated: whether the machine is at fault, and the sentence that says so."""

import sqlite3
from pathlib import Path

from emulator.domain.errors import EnvironmentFault, JournalUnwritable

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_READONLY: "the file or its disk is read-only",
    sqlite3.SQLITE_PERM: "permission is denied",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_BUSY: "another process keeps it locked",
    sqlite3.SQLITE_LOCKED: "another process keeps it locked",
    sqlite3.SQLITE_NOMEM: "memory has run out",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_NOTADB: "the file is damaged",
}


def machine_at_fault(error: BaseException) -> bool:
    """Whether this is the disk's or the file's doing, and not that of what was to be written."""
    return isinstance(error, sqlite3.Error) and _code(error) in _REASONS


def unwritable(path: Path, error: BaseException) -> JournalUnwritable:
    return JournalUnwritable(
        f"the journal {path} cannot be written: {_reason(error)}; "
        "nothing of this request was accepted, and writing is tried again until it works"
    )


def unreadable(path: Path, error: BaseException) -> EnvironmentFault:
    return EnvironmentFault(f"the journal {path} cannot be read: {_reason(error)}")


def _reason(error: BaseException) -> str:
    return _REASONS.get(_code(error), str(error))


def _code(error: BaseException) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else -1
