"""Connection: one socket to a receiver, carrying one request and its answer at a time."""

from __future__ import annotations

import asyncio
from math import inf
from time import perf_counter
from typing import Protocol, cast

from emulator.domain.outcome import Outcome
from emulator.transports.answer import HEAD_READ, Answer, Progress
from emulator.transports.exchange import Exchange
from emulator.transports.target import Origin

NOT_2XX = "Received a status code outside of 2xx range - treating webhook as a fail"
"""The provider's own `error_detail` (its OpenAPI document of integrations, an integration log's example)."""

_MORE, _COMPLETE = Progress.MORE, Progress.COMPLETE  # looked up once: every answer passes here


class Owner(Protocol):
    """Whoever keeps connections: told when one is free, gone, or was stale."""

    def released(self, connection: Connection) -> None: ...

    def lost(self, connection: Connection) -> None: ...

    def stale(self, exchange: Exchange) -> None: ...


class Connection(asyncio.Protocol):
    """Writes a request, reads its answer, settles the exchange.

    `timeout` (seconds) runs from the written request to the end of the answer. One timer serves all of a
    connection's requests: it is moved only when it fires, since a timer for each would cost every send.
    """

    __slots__ = (
        "_answer",
        "_deadline",
        "_drained",
        "_exchange",
        "_loop",
        "_origin",
        "_owner",
        "_served",
        "_timeout",
        "_timer",
        "_transport",
        "idle_since",
    )

    def __init__(self, owner: Owner, origin: Origin, *, timeout: float, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._origin = origin
        self._timeout = timeout
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._answer = Answer()
        self._exchange: Exchange | None = None
        self._served = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._drained: asyncio.Future[None] | None = None
        self.idle_since = 0.0

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def begin(self, exchange: Exchange) -> None:
        """Write the request and read what comes back."""
        self._exchange = exchange
        exchange.connection = self
        self._answer.reset()
        self._write(exchange.request)
        self._start_clock(exchange)

    async def begin_without_reading(self, exchange: Exchange) -> None:
        """Write the request to its last byte and leave the answer unread until `read_answer`."""
        assert self._transport is not None
        self._transport.pause_reading()
        self._transport.set_write_buffer_limits(high=0)
        self.begin(exchange)
        if self._transport.get_write_buffer_size():
            self._drained = self._drained or self._loop.create_future()
            await self._drained
        self._deadline = inf

    def read_answer(self, exchange: Exchange) -> None:
        """Read the answer of the exchange begun without reading; its time runs from here."""
        if self._exchange is exchange and self.usable:
            assert self._transport is not None
            self._transport.set_write_buffer_limits()
            self._start_clock(exchange)
            self._transport.resume_reading()

    def abandon(self, exchange: Exchange) -> None:
        """End this request at once, if it is still open; the connection may carry somebody else's by now."""
        if self._exchange is exchange:
            self._exchange = None
            self.close()

    def stop(self, outcome: Outcome) -> None:
        """Close for good; an open request comes to `outcome`."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.settle(outcome)
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        """Every byte that leaves goes through here."""
        assert self._transport is not None
        self._transport.write(data)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self.close()  # nobody asked: what comes now would be taken for the next request's answer
            return
        progress = self._answer.feed(data)
        if progress is _MORE:
            return
        self._exchange = None
        exchange.settle(self._outcome(exchange, progress))
        self._served = True
        assert self._transport is not None
        if progress is _COMPLETE and self._answer.reusable and not self._transport.get_write_buffer_size():
            self._owner.released(self)
        else:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        exchange, self._exchange = self._exchange, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.resume_writing()
        self._transport = None
        if exchange is not None and not exchange.over:
            self._ended(exchange, exc)
        self._owner.lost(self)

    def _ended(self, exchange: Exchange, exc: Exception | None) -> None:
        progress = self._answer.finish()
        if progress is Progress.NOTHING and self._served:  # never true of the new connection it is then sent on
            self._owner.stale(exchange)
            return
        if progress is _COMPLETE and exc is not None:
            progress = Progress.TRUNCATED
        exchange.settle(self._outcome(exchange, progress, reset=isinstance(exc, ConnectionResetError)))

    def pause_writing(self) -> None:
        if self._drained is None or self._drained.done():
            self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    # Deadlines.

    def _start_clock(self, exchange: Exchange) -> None:
        exchange.started_at = perf_counter()
        self._deadline = self._loop.time() + self._timeout
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        exchange = self._exchange
        if exchange is None or self._deadline == inf:
            return  # idle, or held back by a barrier: what comes next sets a new one
        # A loop's clock may be as coarse as a millisecond, and a timer early by as much.
        if self._deadline - self._loop.time() > 0.001:
            self._timer = self._loop.call_at(self._deadline, self._timer_fired)
            return
        self._exchange = None
        seconds = f"{self._timeout:g} s"
        if self._answer.started:
            error = f"{self._origin} began its answer but did not finish it within {seconds}"
        else:
            error = f"{self._origin} did not answer within {seconds}"
        exchange.settle(self._failed(exchange, error))
        self.close()

    # What it came to.

    def _outcome(self, exchange: Exchange, progress: Progress, *, reset: bool = False) -> Outcome:
        answer = self._answer
        if progress is _COMPLETE or progress is Progress.CUT:
            succeeded = 200 <= (answer.status or 0) < 300
            return Outcome(
                succeeded=succeeded,
                status=answer.status,
                body=answer.body,
                error=None if succeeded else NOT_2XX,
                processing_time=perf_counter() - exchange.started_at,
            )
        return self._failed(exchange, self._sentence(progress, reset))

    def _failed(self, exchange: Exchange, error: str) -> Outcome:
        return Outcome(
            succeeded=False,
            status=self._answer.status,
            body=self._answer.body,
            error=error,
            processing_time=perf_counter() - exchange.started_at,
        )

    def _sentence(self, progress: Progress, reset: bool) -> str:
        ended = "reset the connection" if reset else "closed the connection"
        if progress is Progress.NOTHING:
            hint = "" if self._origin.secure else "; does it speak plain http?"
            return f"{self._origin} {ended} before answering{hint}"
        if progress is Progress.TRUNCATED:
            return f"{self._origin} {ended} in the middle of its answer"
        if progress is Progress.ENDLESS_HEAD:
            return f"{self._origin} answered with more than {HEAD_READ // 1024} KiB of headers"
        if self._answer.first_bytes.startswith((b"\x15\x03", b"\x16\x03")):
            return f"{self._origin} answered in TLS; its URL should begin with https://"
        return f"{self._origin} answered something that is not HTTP/1.1"
