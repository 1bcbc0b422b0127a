"""Connection: one client's socket, with its timers and buffers, around a session."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from emulator.runtime.stomp.budget import Budget
from emulator.runtime.stomp.heartbeat import Pulse
from emulator.runtime.stomp.limits import KIB, Limits
from emulator.runtime.stomp.parser import Parser
from emulator.runtime.stomp.refusal import ForeignProtocol, Refusal
from emulator.runtime.stomp.session import Session
from emulator.runtime.stomp.subscription import Outlet

FRAMES_A_TURN = 100
"""After so many frames others on this event loop have their turn: the engine's sends must not be late."""
_READ_AHEAD = 256 * KIB
_BYTES_A_TURN = 64 * KIB


class Register(Protocol):
    """Who keeps count of the connections."""

    def opened(self, connection: "Connection") -> None:
        """A client has connected. Raises Refusal when it is one too many."""
        ...

    def lost(self, connection: "Connection") -> None:
        """It has gone."""
        ...


class Connection(asyncio.Protocol):
    """Reads in turns, and writes once a turn. Stops reading when its peer stops, so that nothing piles up.

    After a refusal it lingers: closing a socket with something unread would take the ERROR away from the peer.
    """

    def __init__(
        self, *, register: Register, limits: Limits, budget: Budget, make_session: Callable[[Outlet], Session]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._register = register
        self._limits = limits
        self._budget = budget
        self._session = make_session(self)
        self._parser = Parser(limits)
        self._transport: asyncio.Transport | None = None
        self._outgoing: list[bytes] = []
        self._outgoing_size = 0
        self._flush_planned = False
        self._turn_planned = False
        self._peer_reads = True
        self._reading = True
        self._ending = False
        self._counted = 0
        self._pulse: Pulse | None = None
        self._timer: asyncio.TimerHandle | None = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._limits.write_buffer_bytes)
        self._timer = self._loop.call_later(self._limits.connect_seconds, self._never_connected)
        try:
            self._register.opened(self)
        except Refusal as refusal:
            self.refuse(refusal)

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        if self._pulse is not None:
            self._pulse.heard(self._loop.time())
        self._parser.feed(data)
        if not self._turn_planned:
            self._take_turn()

    def eof_received(self) -> bool:
        while self._turn_planned and self._peer_reads and not self._ending:
            self._take_turn()
        self._flush()
        return False

    def pause_writing(self) -> None:
        self._peer_reads = False

    def resume_writing(self) -> None:
        self._peer_reads = True
        if not self._ending:
            self._session.pump()
            if not self._turn_planned:
                self._take_turn()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        if self._timer is not None:
            self._timer.cancel()
        self._register.lost(self)

    # What a session and its subscriptions call.

    @property
    def writable(self) -> bool:
        return self._peer_reads and self._outgoing_size < _BYTES_A_TURN and not self._ending

    def write(self, data: bytes) -> None:
        if self._ending:
            return
        self._outgoing.append(data)
        self._outgoing_size += len(data)
        if not self._flush_planned:
            self._flush_planned = True
            self._loop.call_soon(self._take_writing_turn)

    def refuse(self, refusal: Refusal) -> None:
        if not self._ending:
            if not isinstance(refusal, ForeignProtocol):
                self.write(self._session.error(refusal))
            self.finish()

    def finish(self) -> None:
        if self._ending or self._transport is None:
            return
        self._flush()
        self._let_go()
        self._resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._set_timer(self._limits.linger_seconds, self.abort)

    def close(self) -> None:
        """Closes the socket when what was written has been taken."""
        self._flush()
        self._let_go()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Closes the socket at once."""
        if self._transport is not None:
            self._transport.abort()

    # Turns.

    def _take_turn(self) -> None:
        """Handles some of the frames that were read."""
        self._turn_planned = False
        try:
            for _ in range(FRAMES_A_TURN):
                if self._ending or not self._peer_reads:
                    break
                frame = self._parser.next()
                if frame is None:
                    break
                self._forget_counted()  # what was unfinished is a frame now, which a queue counts if it keeps it
                self._session.receive(frame)
                if self._parser.version is None:
                    self._connected()
            else:
                self._turn_planned = True
                self._loop.call_soon(self._take_turn)
            self._count_unread()
        except Refusal as refusal:
            self.refuse(refusal)

    def _count_unread(self) -> None:
        """Unfinished frames count as memory; what cannot be handled now is not read in the first place."""
        if self._ending:
            return
        unread = self._parser.buffered
        self._forget_counted()
        self._budget.take(unread)
        self._counted = unread
        if unread > _READ_AHEAD and (self._turn_planned or not self._peer_reads):
            if self._reading and self._transport is not None:
                self._reading = False
                self._transport.pause_reading()
        else:
            self._resume_reading()

    def _forget_counted(self) -> None:
        self._budget.give(self._counted)
        self._counted = 0

    def _resume_reading(self) -> None:
        if not self._reading and self._transport is not None and not self._transport.is_closing():
            self._reading = True
            self._transport.resume_reading()

    def _connected(self) -> None:
        self._parser.version = self._session.version
        self._pulse = Pulse(self._session.heart_beat, grace=self._limits.heart_beat_grace, now=self._loop.time())
        self._look_after_pulse()

    def _take_writing_turn(self) -> None:
        """Writes what has come together, and goes on with dispatching if that stopped because it was enough."""
        self._flush_planned = False
        enough = self._outgoing_size >= _BYTES_A_TURN
        self._flush()
        if enough and self.writable:
            self._session.pump()

    def _flush(self) -> None:
        if self._outgoing and self._transport is not None and not self._transport.is_closing():
            if self._pulse is not None:
                self._pulse.said(self._loop.time())
            data = b"".join(self._outgoing)
            self._outgoing.clear()
            self._outgoing_size = 0
            self._transport.write(data)

    # Time.

    def _set_timer(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _never_connected(self) -> None:
        self.refuse(
            Refusal("CONNECT expected", f"there was no CONNECT frame within {self._limits.connect_seconds:g} seconds")
        )

    def _look_after_pulse(self) -> None:
        assert self._pulse is not None
        now = self._loop.time()
        if not self._reading:
            self._pulse.heard(now)  # whatever it sends waits in the socket
        if self._pulse.silent(now):
            agreed = self._session.heart_beat.expect_ms
            self.refuse(
                Refusal(
                    "Heart-beat missed",
                    f"nothing came for {agreed * self._limits.heart_beat_grace:g} ms, and a heart-beat was agreed "
                    f"for every {agreed} ms",
                )
            )
            return
        if self._pulse.due(now) and self._peer_reads:
            self.write(b"\n")
            self._flush()
        elif self._pulse.due(now):
            self._pulse.said(now)
        wait = self._pulse.wait(now)
        if wait is None:
            assert self._timer is not None
            self._timer.cancel()
        else:
            self._set_timer(wait, self._look_after_pulse)

    def _let_go(self) -> None:
        """Gives back everything that the client held; from now on it is only waited for its end."""
        if not self._ending:
            self._ending = True
            self._parser = Parser(self._limits)
            self._forget_counted()
            self._session.end()
