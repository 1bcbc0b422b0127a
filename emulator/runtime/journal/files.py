"""The journal's directory and file: made once, recognised before it is touched, never overwritten."""

import os
import sqlite3
import struct
from pathlib import Path

from emulator.domain.errors import EnvironmentFault
from emulator.runtime.journal import schema

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_BIG = 100_000_000  # bytes
_OLDEST = (3, 35, 0)
_AWAY = "move it away, or choose another directory with --data-dir; it was left as it is"


def require_sqlite() -> None:
    """Raises EnvironmentFault for an SQLite that lacks what the journal's statements need."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise EnvironmentFault(
            f"this Python comes with SQLite {sqlite3.sqlite_version}; the journal needs "
            f"{'.'.join(map(str, _OLDEST))} or newer"
        )


def prepare(directory: Path) -> None:
    """Make the directory (0700) with a `.gitignore` that hides all of it, or raise EnvironmentFault.

    A directory that already holds something else is used, but not hidden: it may be somebody's project.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(directory.iterdir()):
            (directory / ".gitignore").write_text("*\n")
    except OSError as error:
        raise EnvironmentFault(
            f"the data directory {directory} cannot be used ({_said(error)}); choose another with --data-dir"
        ) from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise EnvironmentFault(f"the data directory {directory} is not writable; choose another with --data-dir")


def create(path: Path, *, durable: bool) -> None:
    """Make an empty journal at `path`. It gets its name when complete: a crash leaves no half of one."""
    if not lies_alone(path):
        raise EnvironmentFault(
            f"{path}-wal lies there without {path.name}; put the two together again, or move it away"
        )
    draft = path.with_name(path.name + ".new")
    try:
        for ending in ("", "-journal", "-wal", "-shm"):
            draft.with_name(draft.name + ending).unlink(missing_ok=True)
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        db = sqlite3.connect(draft, isolation_level=None)
        try:
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
            db.executescript(schema.creation())
            db.execute("PRAGMA journal_mode = WAL")
        finally:
            db.close()
        draft.rename(path)
    except (OSError, sqlite3.Error) as error:
        raise EnvironmentFault(f"no journal can be made at {path} ({_said(error)})") from None


def recognise(path: Path, *, left_clean: bool = False) -> None:
    """Make sure that `path` is a journal of this format, and whole, without changing a byte of it.

    A big one that was `left_clean` is only measured, not read through, which takes a second per gigabyte.
    Raises EnvironmentFault for anything else: garbage, another program's database, a newer format, damage.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as error:
        raise EnvironmentFault(f"the journal {path} cannot be read ({_said(error)})") from None
    if not header.startswith(_MAGIC) or len(header) < _HEADER:
        raise EnvironmentFault(f"{path} is damaged, or not a journal at all (no SQLite file); {_AWAY}")
    (version,) = struct.unpack_from(">i", header, 60)
    (application,) = struct.unpack_from(">i", header, 68)
    if application != schema.APPLICATION_ID:
        raise EnvironmentFault(f"{path} is another program's SQLite file, not a journal; {_AWAY}")
    if version > schema.FORMAT:
        raise EnvironmentFault(
            f"{path} was written by a newer version of this program (format {version}, this one knows "
            f"{schema.FORMAT}); upgrade the program, or choose another directory with --data-dir"
        )
    if 0 < version < schema.FORMAT:
        raise EnvironmentFault(
            f"{path} was written by an older version of this program (format {version}, this one knows "
            f"{schema.FORMAT}); {_AWAY}"
        )
    if version != schema.FORMAT:
        raise EnvironmentFault(f"{path} has the unknown format {version}; {_AWAY}")
    (pages,) = struct.unpack_from(">I", header, 28)
    (page_size,) = struct.unpack_from(">H", header, 16)
    alone = lies_alone(path)
    size = path.stat().st_size
    if alone and size != pages * (page_size if page_size > 1 else 65_536):
        raise EnvironmentFault(f"{path} is damaged (it has not the size it says it has); {_AWAY}")
    if not (alone and left_clean and size > _BIG):
        _check(path, alone)


def lies_alone(path: Path) -> bool:
    """Whether all of it is in the file itself: nobody has it open, and nothing waits to be folded in."""
    ahead = _write_ahead(path)
    return not ahead.exists() or ahead.stat().st_size == 0


def _check(path: Path, alone: bool) -> None:
    try:
        db = connect_for_reading(path, alone=alone)
        try:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            db.close()
    except sqlite3.Error as error:
        verdict = str(error)
    if verdict != "ok":
        what = str(verdict).strip().splitlines()[-1]
        raise EnvironmentFault(f"{path} is damaged ({what}); {_AWAY}")


def connect_for_writing(path: Path, *, durable: bool, max_pages: int | None = None) -> sqlite3.Connection:
    """The one write connection. `max_pages` is a ceiling on the file, with which tests play a full disk."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {'NORMAL' if durable else 'OFF'}")
    db.execute("PRAGMA secure_delete = OFF")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("PRAGMA journal_size_limit = 33554432")
    db.execute("PRAGMA cache_size = -4000")
    if max_pages is not None:
        db.execute(f"PRAGMA max_page_count = {max_pages}")
    return db


def connect_for_reading(path: Path, *, alone: bool = False) -> sqlite3.Connection:
    """A connection that cannot change the file.

    SQLite writes beside a file in WAL mode even to read it, unless it is told that the file lies `alone`.
    """
    uri = f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        db.close()
        if alone or not lies_alone(path):
            raise
        return connect_for_reading(path, alone=True)  # the directory cannot be written
    return db


def _write_ahead(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _said(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
