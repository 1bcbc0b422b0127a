"""Pool: the keep-alive connections of one integration to one origin, and the queue for them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from emulator.domain.outcome import Outcome
from emulator.transports.connection import Connection
from emulator.transports.dialer import Dialer, DialError
from emulator.transports.exchange import Exchange
from emulator.transports.target import Origin

C = TypeVar("C", bound=Connection)

IDLE_SECONDS = 4.0
"""Less than the 5 s after which Node and uvicorn close an idle connection, so that ours are seldom stale."""

STOPPED = "The sender stopped before there was an answer"


class Pool:
    """First come, first served over at most `limit` connections.

    Exchanges wait here rather than tasks: a connection that finished one begins the next in the same step.
    """

    def __init__(self, origin: Origin, dialer: Dialer, *, limit: int, timeout: float) -> None:
        self.origin = origin
        self._dialer = dialer
        self._limit = limit
        self._timeout = timeout
        self.loop = asyncio.get_running_loop()
        self._queue: OrderedDict[Exchange, None] = OrderedDict()
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._dials: set[asyncio.Task[None]] = set()
        self._retries: set[asyncio.Task[None]] = set()
        self._opening = 0
        self._reaper: asyncio.TimerHandle | None = None
        self._stopped = False
        self._all_lost: asyncio.Future[None] | None = None

    @property
    def unused(self) -> bool:
        """Whether nothing is open, under way or waiting, so that it can be forgotten."""
        return not (self._open or self._queue or self._dials or self._retries or self._opening)

    def submit(self, exchange: Exchange) -> None:
        """Send it on the most recently used idle connection, or as soon as one is free."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                connection.begin(exchange)
                return
        self._queue[exchange] = None
        self._dial_more()

    def withdraw(self, exchange: Exchange) -> None:
        """Nobody waits for it any more: it leaves the queue, or its open request ends at once."""
        if exchange.connection is not None:
            exchange.connection.abandon(exchange)
        self._queue.pop(exchange, None)
        if len(self._dials) > len(self._queue):
            next(iter(self._dials)).cancel()

    async def open(self) -> Connection:
        """A connection of its own, beyond the limit.

        Members of a barrier wait for each other, so none of them may queue behind another.

        Raises DialError.
        """
        return await self.open_as(self._make)

    async def open_as(self, make: Callable[[], C]) -> C:
        """The same, with a connection of another make. Raises DialError."""
        self._opening += 1
        try:
            connection = await self._dialer.connect(self.origin, make)
        finally:
            self._opening -= 1
        self._open.add(connection)
        if self._stopped:
            connection.close()
            raise DialError(STOPPED)
        return connection

    async def aclose(self) -> None:
        """Close everything; what is still open or queued fails."""
        self._stopped = True
        failed = Outcome(succeeded=False, error=STOPPED)
        for exchange in self._queue:
            exchange.settle(failed)
        self._queue.clear()
        tasks = [*self._dials, *self._retries]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._reaper is not None:
            self._reaper.cancel()
        if self._open:
            self._all_lost = self.loop.create_future()
            for connection in self._open:
                connection.stop(failed)
            await self._all_lost

    # What connections report.

    def released(self, connection: Connection) -> None:
        """It finished an exchange and can carry another."""
        if self._stopped or len(self._open) > self._limit:
            connection.close()
        elif self._queue:
            connection.begin(self._queue.popitem(last=False)[0])
        else:
            self._idle.append(connection)
            connection.idle_since = self.loop.time()
            if self._reaper is None:
                self._reaper = self.loop.call_later(IDLE_SECONDS, self._reap)

    def lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._dial_more()
        if self._all_lost is not None and not self._open and not self._all_lost.done():
            self._all_lost.set_result(None)

    def stale(self, exchange: Exchange) -> None:
        """The receiver had closed a kept connection before it saw this request: once more, on a new one."""
        exchange.connection = None
        task = self.loop.create_task(self._retry(exchange))
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    # Dialling.

    def _make(self) -> Connection:
        return Connection(self, self.origin, timeout=self._timeout, loop=self.loop)

    def _dial_more(self) -> None:
        while len(self._dials) < len(self._queue) and len(self._open) + len(self._dials) < self._limit:
            task = self.loop.create_task(self._dial())
            self._dials.add(task)
            task.add_done_callback(self._dialled)

    def _dialled(self, task: asyncio.Task[None]) -> None:
        self._dials.discard(task)
        self._dial_more()

    async def _dial(self) -> None:
        started_at = self.loop.time()
        try:
            connection = await self.open()
        except DialError as error:
            if self._queue:
                exchange, _ = self._queue.popitem(last=False)
                exchange.settle(unreached(error, self.loop.time() - started_at))
        else:
            self.released(connection)

    async def _retry(self, exchange: Exchange) -> None:
        started_at = self.loop.time()
        try:
            connection = await self.open()
        except DialError as error:
            exchange.settle(unreached(error, self.loop.time() - started_at))
        else:
            if exchange.over:
                self.released(connection)
            else:
                connection.begin(exchange)

    # Idle connections.

    def _reap(self) -> None:
        self._reaper = None
        oldest_kept = self.loop.time() - IDLE_SECONDS
        for connection in self._idle:
            if connection.idle_since <= oldest_kept:
                connection.close()
        self._idle = [connection for connection in self._idle if connection.idle_since > oldest_kept]
        if self._idle:
            due = min(connection.idle_since for connection in self._idle) + IDLE_SECONDS
            self._reaper = self.loop.call_at(due, self._reap)


def unreached(error: DialError, seconds: float) -> Outcome:
    """The outcome of a request that could not even be sent."""
    return Outcome(succeeded=False, error=error.sentence, processing_time=seconds)
