"""Aside: longer reads in threads of their own, so that what is due is not sent later for them."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from emulator.domain.errors import EnvironmentFault
from emulator.runtime.journal import files
from emulator.runtime.journal.faults import unreadable
from emulator.runtime.journal.reading import Connection

T = TypeVar("T")
_SLICE = 32
_NAP = 0.0002  # seconds
_THREADS = 2  # one may search while the other answers what is quick


class Aside:
    """Read connections of its own, each made when it is needed. `alone` says that nobody ever writes to the file."""

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        self._path = path
        self._alone = alone
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="journal-aside")
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._closed = False

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` makes of a connection, in a thread. Raises EnvironmentFault when the file cannot be read."""
        if self._closed:
            raise EnvironmentFault(f"the journal {self._path} is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._do, work)

    def close(self) -> None:
        """Waits for what is being read, which is bounded."""
        self._closed = True
        self._threads.shutdown(cancel_futures=True)
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _do(self, work: Callable[[Connection], T]) -> T:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            try:
                connection = Connection(files.connect_for_reading(self._path, alone=self._alone), self._path)
            except sqlite3.Error as error:
                raise unreadable(self._path, error) from error
        try:
            return work(connection)
        finally:
            self._idle.put(connection)


def considerate(many: Iterable[T]) -> Iterator[T]:
    """The same, for a loop in such a thread: lets go of the interpreter lock now and then.

    A thread that is asked for it keeps it for 5 ms more, and the event loop asks for it again at every turn.
    """
    for count, one in enumerate(many, start=1):
        yield one
        if not count % _SLICE:
            time.sleep(_NAP)
