"""Faulty connection: one request written the wrong way on purpose, over a connection that carries nothing else."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from math import inf
from time import perf_counter

from emulator.core.salt import share
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.wire_fault import ConnectionMode, WireFault
from emulator.transports.connection import Connection, Owner
from emulator.transports.exchange import Exchange
from emulator.transports.pool import STOPPED
from emulator.transports.target import Origin

_TENTHS = 10
"""How many times a second something is written when a bandwidth is kept, where that is a byte or more each time."""

_LINGER = struct.pack("ii", 1, 0)
"""Closing a socket with this resets it: what has not left is thrown away."""

_WORDS = {
    ConnectionMode.SLOW_HEADERS: "the head came a line at a time",
    ConnectionMode.DRIBBLE: "the body came in small pieces",
    ConnectionMode.BANDWIDTH: "the request came slowly",
    ConnectionMode.TIMEOUT: "nothing was sent",
}


class FaultyConnection(Connection):
    """Writes as `fault` says, and reads the answer if the request gets as far as that. Closed after it."""

    __slots__ = ("_cut_short", "_fault")

    def __init__(
        self, owner: Owner, origin: Origin, fault: WireFault, *, timeout: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(_OneRequest(owner), origin, timeout=timeout, loop=loop)
        self._fault = fault
        self._cut_short = False

    async def write(self, exchange: Exchange) -> None:
        """Returns when all that is to be written has been, or the exchange is over, as it is when it was cut short."""
        assert self._transport is not None
        exchange.connection = self
        exchange.started_at = perf_counter()
        self._exchange = exchange
        self._answer.reset()
        self._transport.set_write_buffer_limits(high=0)
        for pause, piece in strokes(exchange.request, self._fault):
            if pause:
                await rest(exchange, pause)
            if not self._goes_on(exchange):
                return
            await self._put(exchange, piece)
        if self._fault.mode is ConnectionMode.TIMEOUT:
            delay = self._fault.delay
            await rest(exchange, self._timeout if delay is None else delay / SECOND)
        if not self._goes_on(exchange):
            return
        end = cut(exchange.request, self._fault)
        if end is None:
            self._start_clock(exchange)
        else:
            self._end(exchange, end)

    def told(self, outcome: Outcome) -> Outcome:
        """What came of it, with the fault named where the receiver did not answer."""
        words = _WORDS.get(self._fault.mode)
        if self._cut_short or outcome.status is not None or words is None or outcome.error in (None, STOPPED):
            return outcome
        error = (outcome.error or "").partition(";")[0]  # without a hint at other reasons
        return outcome._replace(error=f"{error}; {words} (injected)")

    def _goes_on(self, exchange: Exchange) -> bool:
        """Whether the receiver has neither answered nor gone, and somebody still waits."""
        return self.usable and not exchange.over

    async def _put(self, exchange: Exchange, piece: bytes) -> None:
        """Returns when it has left, or the receiver took too long to let it."""
        assert self._transport is not None
        self._write(piece)
        if self._transport.get_write_buffer_size():
            started_at = exchange.started_at
            self._start_clock(exchange)
            self._drained = self._drained or self._loop.create_future()
            await self._drained
            exchange.started_at = started_at
        self._deadline = inf

    def _end(self, exchange: Exchange, end: int) -> None:
        assert self._transport is not None
        if self._fault.mode is ConnectionMode.RESET:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self._cut_short = True
        self.stop(self._failed(exchange, cut_sentence(self._origin, self._fault, end, len(exchange.request))))


class _OneRequest:
    """An owner that does not get the connection back."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def released(self, connection: Connection) -> None:
        connection.close()

    def lost(self, connection: Connection) -> None:
        self._owner.lost(connection)

    def stale(self, exchange: Exchange) -> None:
        self._owner.stale(exchange)


async def rest(exchange: Exchange, seconds: float) -> None:
    """Waits, unless the exchange is over before: the receiver need not hear a request out."""
    await asyncio.wait((exchange.future,), timeout=seconds)


def cut(request: bytes, fault: WireFault) -> int | None:
    """After how many bytes the request ends; None when all of it is sent."""
    match fault.mode:
        case ConnectionMode.RESET | ConnectionMode.CLOSE_EARLY:
            return 1 + share(fault.salt, len(request) - 1)
        case ConnectionMode.LIMIT:
            return fault.bytes if fault.bytes < len(request) else None
        case ConnectionMode.TIMEOUT:
            return 0
        case _:
            return None


def cut_sentence(origin: Origin, fault: WireFault, end: int, length: int) -> str:
    """What is said of a request of so many bytes that ended after `end`."""
    if fault.mode is ConnectionMode.TIMEOUT:
        return f"Nothing was sent to {origin} after connecting, until it was too late (injected)"
    ended = "reset" if fault.mode is ConnectionMode.RESET else "closed"
    return f"The connection to {origin} was {ended} after {end} of the request's {length} bytes (injected)"


def strokes(request: bytes, fault: WireFault) -> Iterator[tuple[float, bytes]]:
    """The pieces in which the request, or what is sent of it, is written, and the seconds to wait before each."""
    pause = (fault.delay or 0) / SECOND
    head, blank, body = request.partition(b"\r\n\r\n")
    match fault.mode:
        case ConnectionMode.SLOW_HEADERS:
            first, *lines = (head + b"\r\n").splitlines(keepends=True)
            yield 0.0, first
            yield from ((pause, line) for line in lines)
            yield pause, b"\r\n" + body
        case ConnectionMode.DRIBBLE:
            yield 0.0, head + blank
            yield from ((pause, piece) for piece in _pieces(body, fault.chunk))
        case ConnectionMode.BANDWIDTH:
            for piece in _pieces(request, max(1, fault.rate // _TENTHS)):
                yield len(piece) / fault.rate, piece
        case _:
            if part := request[: cut(request, fault)]:
                yield 0.0, part


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))
