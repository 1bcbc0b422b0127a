"""The event loop's side of the writer: what goes to it, who waits, and who hears of what became durable."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from emulator.domain.errors import JournalUnwritable
from emulator.domain.record import Record, Transaction
from emulator.runtime.journal.rows import Erased
from emulator.runtime.journal.shelves import JournalShelves
from emulator.runtime.journal.writer import Answer, Ask, Work, Writer

_LINGER = 0.002  # seconds that appended transactions wait for company


class Outbox:
    """Hands work to the writer, in order: at once what is awaited, in lists what is only appended."""

    def __init__(self, writer: Writer, shelves: JournalShelves) -> None:
        self._writer = writer
        self._shelves = shelves
        self._waiting: list[Work] = []
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.backlog = 0
        self.healthy = True
        self.on_health: Callable[[bool], None] = _nobody
        self.on_committed: Callable[[Sequence[Record]], None] = _nobody
        writer.start(self)

    async def commit(self, tx: Transaction) -> None:
        self._begun(tx)
        await self._ask(tx=tx)

    def append(self, tx: Transaction) -> None:
        self._refuse_if_closed()
        self._begun(tx)
        self._waiting.append(tx)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LINGER, self._hand_over)

    async def flush(self) -> None:
        await self._ask()

    async def erase(self, keep: frozenset[str], then: Transaction) -> Erased:
        self._begun(then)
        erased: Erased = await self._ask(tx=then, erase=keep)
        return erased

    async def drain(self) -> None:
        """Accept nothing more, and return when what was queued is written, or cannot be."""
        if not self._closed:
            self._hand_over()
            self._closed = True
            await asyncio.to_thread(self._writer.stop)
            await asyncio.sleep(0)  # what the writer said last is heard before this returns

    async def release(self) -> None:
        await asyncio.to_thread(self._writer.close)

    def written(self, transactions: Sequence[Transaction], answers: Sequence[Answer]) -> None:
        """From the writer: these are durable."""
        records = [record for tx in transactions for record in tx.records]
        if any(isinstance(answer, Erased) for _, answer in answers):
            self._shelves.clear()
        for tx in transactions:
            self._ended(tx)
            if tx.resources:
                self._shelves.put(tx.resources, tx.new)
        if records:
            self.on_committed(records)
        for future, answer in answers:
            if not future.done():
                future.set_result(answer)

    def refused(self, future: "asyncio.Future[Any]", error: Exception, tx: Transaction | None) -> None:
        """From the writer: nothing of this one is stored."""
        if tx is not None:
            self._ended(tx)
        if not future.done():
            future.set_exception(error)

    def broken(self, error: Exception, tx: Transaction) -> None:
        """From the writer: something appended can never be stored. A mistake of ours, so it is loud."""
        self._ended(tx)
        asyncio.get_running_loop().call_exception_handler(
            {
                "message": "a step could not be journalled, which is a mistake in the emulator",
                "exception": error,
            }
        )

    def health(self, healthy: bool) -> None:
        """From the writer: the disk has stopped, or started again, to take anything."""
        self.healthy = healthy
        self.on_health(healthy)

    def _begun(self, tx: Transaction) -> None:
        self.backlog += 1
        self._shelves.under_way += bool(tx.resources)

    def _ended(self, tx: Transaction) -> None:
        self.backlog -= 1
        self._shelves.under_way -= bool(tx.resources)

    async def _ask(self, *, tx: Transaction | None = None, erase: frozenset[str] | None = None) -> Any:
        self._refuse_if_closed()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(Ask(answer, tx=tx, erase=erase))
        self._hand_over()
        return await answer

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._writer.put(asyncio.get_running_loop(), self._waiting)
            self._waiting = []

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise JournalUnwritable("the journal is closed, so nothing can be accepted any more")


def _nobody(_: object) -> None:
    """Nobody listens."""
