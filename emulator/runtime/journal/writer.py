"""The writer: a thread that owns the write connection and commits all that is queued as one transaction."""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Protocol

from emulator.domain.record import Transaction
from emulator.runtime.journal import erasure
from emulator.runtime.journal.batch import Batch
from emulator.runtime.journal.faults import machine_at_fault, unwritable
from emulator.runtime.journal.pruning import Pruner

_BATCH = 2_000  # transactions; keeps the interpreter lock for some milliseconds at most
_PROBE_BYTES = 262_144  # more than what one command writes, or it would be refused again at once


class Ask:
    """What somebody waits for: a durable transaction, what was queued before (no transaction), or an erasure.

    An erasure has the meta keys to keep, and a transaction that becomes durable with it.
    """

    __slots__ = ("answer", "erase", "tx")

    def __init__(
        self,
        answer: "asyncio.Future[Any]",
        *,
        tx: Transaction | None = None,
        erase: frozenset[str] | None = None,
    ) -> None:
        self.answer = answer
        self.tx = tx
        self.erase = erase


Work = Transaction | Ask
Answer = tuple["asyncio.Future[Any]", Any]


class Listener(Protocol):
    """Whom the writer tells, on the event loop's thread."""

    def written(self, transactions: Sequence[Transaction], answers: Sequence[Answer]) -> None: ...

    def refused(self, future: "asyncio.Future[Any]", error: Exception, tx: Transaction | None) -> None: ...

    def broken(self, error: Exception, tx: Transaction) -> None: ...

    def health(self, healthy: bool) -> None: ...


class Writer:
    """Takes lists of work from the event loop's thread.

    What the disk does not take stays queued, in order, and is tried again every `retry_after` seconds.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        path: Path,
        *,
        pruner: Pruner,
        retry_after: float,
    ) -> None:
        self._db = db
        self._path = path
        self._pruner = pruner
        self._next_event_row = 1 + (db.execute("SELECT max(row) FROM events").fetchone()[0] or 0)
        self._retry_after = retry_after
        self._inbox: SimpleQueue[tuple[asyncio.AbstractEventLoop, list[Work]] | None] = SimpleQueue()
        self._todo: deque[Work] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._healthy = True
        self._reason: Exception | None = None
        self._singly = 0
        self._stopping = False
        self._thread: Thread | None = None

    def start(self, listener: Listener) -> None:
        self._listener = listener
        self._thread = Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def put(self, loop: asyncio.AbstractEventLoop, work: list[Work]) -> None:
        self._inbox.put((loop, work))

    def stop(self) -> None:
        """Write what is queued, if the disk lets us, and end. Blocks."""
        if self._thread is not None:
            self._inbox.put(None)
            self._thread.join()

    def close(self) -> None:
        """Let go of the file, after `stop`. The last connection to go folds the write-ahead file in. Blocks."""
        self._db.close()

    def _run(self) -> None:
        while not (self._stopping and not self._todo):
            self._receive()
            if self._healthy:
                self._work()
            else:
                self._refuse_commits()
                self._probe()

    def _receive(self) -> None:
        """Wait for something to do, then take all there is."""
        timeout: float | None = None
        if not self._healthy:
            timeout = self._retry_after
        elif self._todo or self._pruner.behind:
            timeout = 0
        deadline = None if timeout is None else monotonic() + timeout
        with contextlib.suppress(Empty):
            while not self._stopping:
                left = None if deadline is None else max(0.0, deadline - monotonic())
                message = self._inbox.get(timeout=left) if left != 0 else self._inbox.get_nowait()
                self._take(message)
                if self._healthy:
                    deadline = monotonic()
                else:
                    self._refuse_commits()

    def _take(self, message: "tuple[asyncio.AbstractEventLoop, list[Work]] | None") -> None:
        if message is None:
            self._stopping = True
        else:
            self._loop, work = message
            self._todo.extend(work)

    def _work(self) -> None:
        """Write some of what is queued; then give back room if the history is too long."""
        batch: list[Work] = []
        most = 1 if self._singly else _BATCH
        self._singly = max(0, self._singly - 1)
        while self._todo and len(batch) < most:
            if _erases(self._todo[0]):
                if not batch:
                    batch.append(self._todo.popleft())
                break
            batch.append(self._todo.popleft())
        if batch:
            self._write(batch)
        if self._healthy and not self._stopping:
            try:
                self._pruner.step(self._db, len(batch))
            except sqlite3.Error as error:
                self._undo()
                self._fall_ill(error)

    def _write(self, batch: list[Work]) -> None:
        try:
            answers = self._commit(batch)
        except Exception as error:
            self._undo()
            if machine_at_fault(error):
                self._todo.extendleft(reversed(batch))
                self._fall_ill(error)
            elif len(batch) > 1:
                # One of them is at fault: the others must not suffer for it.
                self._todo.extendleft(reversed(batch))
                self._singly = len(batch)
            else:
                self._reject(batch[0], error)
        else:
            transactions = [tx for item in batch if (tx := _transaction(item)) is not None]
            self._tell(self._listener.written, transactions, answers)

    def _commit(self, batch: list[Work]) -> list[Answer]:
        rows = Batch(self._next_event_row)
        for item in batch:
            tx = _transaction(item)
            if tx is not None:
                rows.add(tx)
        first = batch[0]
        kept = first.erase if isinstance(first, Ask) else None
        self._db.execute("BEGIN IMMEDIATE")
        erased = None if kept is None else erasure.erase(self._db, kept)
        rows.write(self._db)
        self._db.execute("COMMIT")
        self._next_event_row = rows.next_event_row
        if erased is not None:
            erasure.shrink(self._db)
        return [(item.answer, erased) for item in batch if isinstance(item, Ask)]

    def _probe(self) -> None:
        """See whether the disk takes anything again: what is queued, and a piece beyond it."""
        try:
            self._db.execute(
                "INSERT OR REPLACE INTO marks (name, value) VALUES ('probe', zeroblob(?))", (_PROBE_BYTES,)
            )
            self._db.execute("DELETE FROM marks WHERE name = 'probe'")
        except sqlite3.Error as error:
            self._undo()
            self._reason = error
            if self._stopping:
                self._give_up()
            return
        self._healthy = True
        while self._todo and self._healthy:
            self._work()
        if self._healthy:
            self._tell(self._listener.health, True)

    def _give_up(self) -> None:
        """The disk is still full at the end: whoever waits is told, and what was appended is lost with us."""
        assert self._reason is not None
        while self._todo:
            item = self._todo.popleft()
            if isinstance(item, Ask):
                self._refuse(item, unwritable(self._path, self._reason))

    def _fall_ill(self, error: Exception) -> None:
        self._reason = error
        if self._healthy:
            self._healthy = False
            self._tell(self._listener.health, False)
        self._refuse_commits()

    def _refuse_commits(self) -> None:
        assert self._reason is not None
        kept: deque[Work] = deque()
        for item in self._todo:
            if isinstance(item, Ask) and (item.tx is not None or item.erase is not None):
                self._refuse(item, unwritable(self._path, self._reason))
            else:
                kept.append(item)
        self._todo = kept

    def _reject(self, item: Work, error: Exception) -> None:
        if isinstance(item, Ask):
            self._refuse(item, error)
        else:
            self._tell(self._listener.broken, error, item)

    def _refuse(self, item: Ask, error: Exception) -> None:
        self._tell(self._listener.refused, item.answer, error, item.tx)

    def _undo(self) -> None:
        if self._db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                self._loop.call_soon_threadsafe(what, *arguments)


def _transaction(item: Work) -> Transaction | None:
    return item.tx if isinstance(item, Ask) else item


def _erases(item: Work) -> bool:
    """An erasure is a batch of its own."""
    return isinstance(item, Ask) and item.erase is not None
