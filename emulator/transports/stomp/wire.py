"""Wire: a connection to a broker, driven by stomp.py's loop in the thread that runs it.

stomp.py takes the broker's frames apart. The socket is ours: it leads to an address that was checked, and never blocks;
it is read, written and watched in one place, so that TLS needs no lock and whoever waits can be let go at once.
"""

import selectors
import socket
from collections.abc import Callable
from math import inf
from ssl import SSLSocket, SSLWantReadError, SSLWantWriteError
from time import monotonic

from stomp.transport import BaseTransport
from stomp.utils import Frame

from emulator.transports.stomp import words
from emulator.transports.stomp.frames import GOODBYE, HEART_BEAT, VERSIONS
from emulator.transports.stomp.heartbeat import HeartBeat
from emulator.transports.stomp.news import News, Refusal
from emulator.transports.stomp.outbox import Outbox
from emulator.transports.stomp.route import Route

_READ, _BOTH = selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE
_NOT_NOW = (BlockingIOError, SSLWantReadError, SSLWantWriteError)
_CHUNK = 16 * 1024
_UNFRAMED = 1024 * 1024
"""Bytes without the end of a frame after which it is not a broker that we talk to."""


class Wire(BaseTransport):  # type: ignore[misc]
    """Good for one connection. `version` is what was agreed on; None when nothing ever was.

    `goodbye` are the seconds that the broker has to answer our DISCONNECT.
    """

    def __init__(
        self,
        sock: socket.socket,
        route: Route,
        outbox: Outbox,
        *,
        heart_beat: HeartBeat,
        goodbye: float,
        connected: Callable[[str], None],
        tell: Callable[[News], None],
    ) -> None:
        super().__init__(is_eol_fc=(b"\n", b"\r\n").__contains__)
        self.override_threading(lambda loop: loop())  # The thread is here already.
        self.version: str | None = None
        self._socket = sock
        self._origin = route.origin
        self._seconds = route.seconds
        self._outbox = outbox
        self._heart_beat = heart_beat
        self._goodbye = goodbye
        self._connected = connected
        self._tell = tell
        self._end: str | None = None
        self._first = b""
        self._unframed = 0
        self._receipts: list[str] = []
        self._refusals: list[Refusal] = []
        self._rest = memoryview(b"")
        self._counted = 0
        self._told = 0
        self._mute = False
        self._deadline = inf
        self._selector = selectors.DefaultSelector()
        self._selector.register(sock, _READ)
        self._selector.register(outbox.woken, _READ)
        self._wanted = _READ

    def run(self, connect: bytes, *, until: float) -> str:
        """Connect before `until`, then serve the outbox until the connection ends; why it did."""
        self._rest = memoryview(connect)
        self._deadline = until
        self.start()
        self._selector.close()
        return self._end or words.STOPPED

    # What stomp.py's loop calls.

    def receive(self) -> bytes:
        """The broker's next bytes; writes, beats and watches the time meanwhile. None at all end the loop."""
        self._hand_over()
        while self._end is None:
            self._watch()
            self._write()
            self._hand_over()
            if not self._buffered():
                self._sleep()
            if data := self._read():
                return data
        self.running = False
        return b""

    def process_frame(self, frame: Frame, raw: bytes) -> None:
        self._unframed = 0
        match frame.cmd:
            case "RECEIPT":
                receipt = frame.headers.get("receipt-id", "")
                if receipt == GOODBYE:
                    self._finish(words.STOPPED)
                else:
                    self._receipts.append(receipt)
            case "ERROR":
                said = words.broker_words(frame.headers, frame.body)
                if self.version is None:
                    self._finish(words.refused(self._origin, said))
                else:
                    self._refusals.append(Refusal(receipt=frame.headers.get("receipt-id"), words=said))
            case "CONNECTED":
                self._agree(frame.headers)
            case "heartbeat":
                pass
            case _:
                self._finish(words.no_stomp(self._origin, raw))

    def cleanup(self) -> None:
        """The loop ended, or it met something that it could not take apart."""
        self._hand_over()
        self._finish(words.no_stomp(self._origin, self._first))
        self._socket.close()

    # What happens on the way.

    def _agree(self, headers: dict[str, str]) -> None:
        if self.version is not None:
            return
        version = headers.get("version", "1.0")
        if version not in VERSIONS:
            self._finish(f"{self._origin} wants to speak STOMP {version}, and was offered {VERSIONS}")
            return
        self.version = version
        self._deadline = inf
        self._heart_beat.agree(headers.get("heart-beat", "0,0"), monotonic())
        self._connected(version)

    def _watch(self) -> None:
        """What time alone brings about, and what the event loop asked for."""
        now = monotonic()
        if self._outbox.stopping or (self._outbox.leaving and self.version is None):
            self._finish(words.STOPPED)
        elif self._outbox.leaving and self._deadline == inf:
            self._deadline = now + self._goodbye
        if now >= self._deadline:
            leaving = self._outbox.leaving
            self._finish(words.STOPPED if leaving else words.unanswered(self._origin, self._seconds))
        if now >= self._heart_beat.missed:
            self._finish(f"it was silent for {2 * self._heart_beat.silence:g} s, its heart-beat missing")
        if now >= self._heart_beat.due and not self._rest:
            self._rest = memoryview(HEART_BEAT)

    def _hand_over(self) -> None:
        """Tell the event loop what there is to tell, all of it at once."""
        reached = self._told < self._outbox.tell_at <= self._outbox.written
        if self._receipts or self._refusals or reached:
            self._told = self._outbox.written
            self._tell(
                News(receipts=tuple(self._receipts), refusals=tuple(self._refusals), written=self._outbox.written)
            )
            self._receipts.clear()
            self._refusals.clear()

    def _finish(self, why: str) -> None:
        if self._end is None:
            self._end = why

    # The socket.

    def _sleep(self) -> None:
        """Until something can be read or written, or time has brought something about."""
        # What cannot be written is no reason to wake up: it is written before any heart-beat.
        due = inf if self._rest else self._heart_beat.due
        wake_at = min(self._deadline, due, self._heart_beat.missed)
        patience = None if wake_at == inf else max(wake_at - monotonic(), 0)
        for key, _ in self._selector.select(0 if self._end is not None else patience):
            if key.fileobj is not self._socket:
                self._outbox.rest()

    def _buffered(self) -> bool:
        return isinstance(self._socket, SSLSocket) and self._socket.pending() > 0

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(_CHUNK)
        except _NOT_NOW:
            return b""
        except OSError as error:
            self._finish(words.reason(error))
            return b""
        self._heart_beat.heard(monotonic())
        if not data:
            self._finish(words.CLOSED if self.version else words.unanswered(self._origin))
        elif self.version is None:
            self._judge(data)
        self._unframed += len(data)
        if self._unframed > _UNFRAMED:
            self._finish(words.no_stomp(self._origin, self._first))
        return data

    def _judge(self, data: bytes) -> None:
        """Who waits for the end of a frame that never comes should not have to wait."""
        self._first = (self._first + data).lstrip(b"\r\n")[:64]
        if not any(known.startswith(self._first[: len(known)]) for known in (b"CONNECTED", b"ERROR")):
            self._finish(words.no_stomp(self._origin, self._first))

    def _write(self) -> None:
        """As much as the socket takes. One that takes nothing any more may still have the broker's reason to read."""
        wanted = _READ
        while not self._mute and (self._rest or self._next()):
            try:
                sent = self._socket.send(self._rest)
            except _NOT_NOW:
                wanted = _BOTH
                break
            except OSError:
                self._mute = True
                break
            self._rest = self._rest[sent:]
            self._heart_beat.wrote(monotonic())
            if not self._rest:
                self._outbox.written += self._counted
                self._counted = 0
        if wanted != self._wanted:
            self._wanted = wanted
            self._selector.modify(self._socket, wanted)

    def _next(self) -> bool:
        data = self._outbox.take()
        self._rest, self._counted = memoryview(data), len(data)
        return bool(data)
