"""The journal: everything that must survive, and everything an observer may ask for, in one file."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import EnvironmentFault, JournalUnwritable
from emulator.domain.event import Event
from emulator.domain.integration import Integration, Scope
from emulator.domain.record import Record, Transaction
from emulator.runtime.journal import codec, erasure, files
from emulator.runtime.journal.aside import Aside
from emulator.runtime.journal.ephemeral import temporary_directory
from emulator.runtime.journal.history import History
from emulator.runtime.journal.lock import LOCK_NAME, DirectoryLock
from emulator.runtime.journal.outbox import Outbox
from emulator.runtime.journal.pruning import Pruner
from emulator.runtime.journal.reading import Connection
from emulator.runtime.journal.rows import AttemptRow, DeliveryRow, Erased
from emulator.runtime.journal.schema import FILE_NAME
from emulator.runtime.journal.search import Found, search
from emulator.runtime.journal.shelves import JournalShelves
from emulator.runtime.journal.window import Window, window
from emulator.runtime.journal.writer import Writer

HISTORY_BYTES = 1_000_000_000


class Journal:
    """One journal, open, for use from the event loop's thread. Made by `open` and `read_only`.

    `next_seq`, `next_delivery` and `last_at` are as of opening: 1 + the highest numbers ever given out, and
    the newest record's time, 0 when there never was one. Reads see everything that is committed, and raise
    EnvironmentFault when the file has become unreadable.
    """

    def __init__(
        self,
        path: Path,
        connection: Connection,
        *,
        writer: Writer | None = None,
        lock: DirectoryLock | None = None,
        temporary: bool = False,
        alone: bool = False,
    ) -> None:
        self.path = path
        self._aside = Aside(path, alone=alone)
        self._db = connection
        self._lock = lock
        self._temporary = temporary
        self._shelves = JournalShelves(connection)
        self._outbox = None if writer is None else Outbox(writer, self._shelves)
        self.history = History(connection)
        self.next_seq = 1 + erasure.highest(connection.number, "seq")
        self.next_delivery = 1 + erasure.highest(connection.number, "delivery")
        self.last_at = erasure.highest(connection.number, "at")

    @classmethod
    def open(
        cls,
        directory: Path | None,
        *,
        history_bytes: int = HISTORY_BYTES,
        max_pages: int | None = None,
        retry_after: float = 0.5,
    ) -> "Journal":
        """Open the journal of a data directory, or make one; None is a temporary one, deleted when closed.

        `history_bytes` is the size at which the oldest settled history is pruned. `max_pages` is a ceiling on
        the file, to try a full disk; `retry_after` is how often (seconds) such a disk is tried again. Raises
        EnvironmentFault for a directory that cannot be used or is in use, and for a file that is not a whole
        journal of this format.
        """
        files.require_sqlite()
        place = temporary_directory() if directory is None else directory.absolute()
        durable = directory is not None
        files.prepare(place)
        lock = DirectoryLock(place)
        path = place / FILE_NAME
        try:
            if path.exists():
                files.recognise(path, left_clean=lock.left_clean)
            else:
                files.create(path, durable=durable)
            db = files.connect_for_writing(path, durable=durable, max_pages=max_pages)
            connection = Connection(files.connect_for_reading(path), path)
            writer = Writer(db, path, pruner=Pruner(history_bytes), retry_after=retry_after)
            return cls(path, connection, writer=writer, lock=lock, temporary=not durable)
        except sqlite3.Error as error:
            lock.release()
            raise EnvironmentFault(f"the journal {path} cannot be opened ({error})") from error
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read_only(cls, path: Path) -> "Journal":
        """Look at a saved journal (the file, or its directory), without a lock and without changing it."""
        files.require_sqlite()
        file = path / FILE_NAME if path.is_dir() else path
        files.recognise(file)
        saved = files.lies_alone(file) and not (file.parent / LOCK_NAME).exists()
        return cls(file, Connection(files.connect_for_reading(file, alone=saved), file), alone=saved)

    # Writing

    async def commit(self, tx: Transaction) -> None:
        """Returns when all of it is durable, even against `kill -9`.

        Raises JournalUnwritable when the disk does not take it, and NotFound when it continues an event or a
        delivery that was pruned; nothing of it is stored then.
        """
        await self._writing.commit(tx)

    def append(self, tx: Transaction) -> None:
        """Queue it without waiting, in order. On a full disk it stays queued until there is room."""
        self._writing.append(tx)

    async def flush(self) -> None:
        """Returns when everything queued so far is durable."""
        await self._writing.flush()

    async def erase(self, keep_meta: Iterable[str] = (), *, then: Transaction | None = None) -> Erased:
        """Take everything away but these meta keys, and begin with `then`: both, or neither. Numbers go on.

        Raises JournalUnwritable when the disk does not take it.
        """
        return await self._writing.erase(frozenset(keep_meta), then or Transaction())

    async def close(self) -> None:
        """Write what is queued, and let go of the file.

        On a disk that is still full, what was only appended is given up: such sends have no outcome, and are
        sent again.
        """
        if self._outbox is not None:
            await self._outbox.drain()
        self._aside.close()
        self._db.close()
        if self._outbox is not None:
            await self._outbox.release()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._temporary:
            shutil.rmtree(self.path.parent, ignore_errors=True)

    def announce(self, url: str) -> None:
        """Let a second server on this directory be told where this one is."""
        if self._lock is not None:
            self._lock.announce(url)

    @property
    def healthy(self) -> bool:
        """False while the disk takes nothing. It is tried again by itself."""
        return self._outbox is None or self._outbox.healthy

    @property
    def backlog(self) -> int:
        """How many transactions are queued and not durable yet."""
        return 0 if self._outbox is None else self._outbox.backlog

    @property
    def on_committed(self) -> Callable[[Sequence[Record]], None]:
        """Called with records when they are durable, in order, before those who await their commit go on."""
        return self._writing.on_committed

    @on_committed.setter
    def on_committed(self, listener: Callable[[Sequence[Record]], None]) -> None:
        if self._outbox is not None:  # one that is only read commits nothing
            self._outbox.on_committed = listener

    @property
    def on_health(self) -> Callable[[bool], None]:
        """Called with False when the disk stops taking anything, with True when it takes everything again."""
        return self._writing.on_health

    @on_health.setter
    def on_health(self, listener: Callable[[bool], None]) -> None:
        if self._outbox is not None:
            self._outbox.on_health = listener

    @property
    def _writing(self) -> Outbox:
        if self._outbox is None:
            raise JournalUnwritable(f"the journal {self.path} was opened for reading only")
        return self._outbox

    # Reading: the shop, the integrations and the engine's values

    @property
    def shelves(self) -> JournalShelves:
        """The shop's resources as they are now."""
        return self._shelves

    def integrations(self) -> list[Integration]:
        """Those there are, in the order they were made."""
        rows = self._db.all("SELECT document FROM integrations WHERE document IS NOT NULL ORDER BY place")
        return [codec.to_integration(document) for (document,) in rows]

    def integration_keys(self) -> set[str]:
        """All that ever were, removed ones too: a key is not used again."""
        return set(self.integration_ids())

    def integration_ids(self) -> dict[str, str]:
        """The id of every integration there ever was, by its key."""
        return dict(self._db.all("SELECT key, id FROM integrations ORDER BY place"))

    def meta(self, key: str, default: Any = None) -> Any:
        """A value of the engine, as the last transaction with this key left it."""
        row = self._db.one("SELECT value FROM meta WHERE key = ?", (key,))
        return default if row is None else codec.load(row[0])

    # Reading: what happened

    def event(self, identity: str) -> Event | None:
        """The event with its payload, unless it was pruned."""
        return self.history.event(identity)

    def payload_before(self, event: Event) -> str | None:
        """What was said of the same resource before it changed to this; None where nothing was, or it was pruned."""
        return self.history.payload_before(event)

    def events(
        self,
        *,
        key_glob: str | None = None,
        resource: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = True,
    ) -> tuple[list[Event], int]:
        """Some events and how many match. `resource` is a resource's key or id."""
        return self.history.events(
            key_glob=key_glob, resource=resource, offset=offset, limit=limit, newest_first=newest_first
        )

    def delivery(self, which: int | str) -> DeliveryRow | None:
        """By its number, or by its job's id."""
        return self.history.delivery(which)

    def deliveries(
        self,
        *,
        integration: str | None = None,
        event_glob: str | None = None,
        state: DeliveryState | None = None,
        resource: str | None = None,
        job_id: str | None = None,
        event: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = True,
    ) -> tuple[list[DeliveryRow], int]:
        """Some deliveries and how many match: by integration key, resource key or id, event identity."""
        return self.history.deliveries(
            integration=integration,
            event_glob=event_glob,
            state=state,
            resource=resource,
            job_id=job_id,
            event=event,
            offset=offset,
            limit=limit,
            newest_first=newest_first,
        )

    def open_deliveries(self) -> Iterator[tuple[DeliveryRow, list[Record]]]:
        """What recovery folds: each delivery that is not over, by number, with all its records in order."""
        return self.history.open_deliveries()

    def attempts(
        self,
        *,
        scope: Scope | None = None,
        integration: str | None = None,
        delivery: int | None = None,
        offset: int = 0,
        limit: int = 25,
    ) -> tuple[list[AttemptRow], int]:
        """Ended sends, newest first, and how many match: of all, a scope, an integration key or a delivery."""
        return self.history.attempts(
            scope=scope, integration=integration, delivery=delivery, offset=offset, limit=limit
        )

    def records(self, *, after: int, limit: int) -> list[Record]:
        """The records behind that number, oldest first."""
        return self.history.records(after=after, limit=limit)

    async def window(self, *, before: int | None = None, limit: int = 500) -> Window:
        """The newest deliveries below that number, with every record of theirs; read in a thread."""
        return await self._aside.read(partial(window, before=before, limit=limit))

    async def search(self, text: str, *, before: int | None = None, after: int = 0, limit: int = 100) -> Found:
        """Deliveries whose message or answers hold this text, newest first; read in a thread, a while at a time."""
        return await self._aside.read(partial(search, text=text, before=before, after=after, limit=limit))

    async def integration_changes(self) -> list[Record]:
        """What was registered, changed and removed, oldest first; read in a thread."""
        return await self._aside.read(lambda db: History(db).integration_changes())

    def records_of(self, number: int, *, until: int | None = None) -> list[Record]:
        """All of a delivery's records, oldest first; or those up to this one."""
        return self.history.records_of(number, until=until)
