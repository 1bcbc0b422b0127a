"""Session: one connection to a broker and the thread that writes and reads it, seen from the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from emulator.transports.dialer import DialError
from emulator.transports.stomp import words
from emulator.transports.stomp.frames import DISCONNECT
from emulator.transports.stomp.heartbeat import HeartBeat
from emulator.transports.stomp.limits import Limits
from emulator.transports.stomp.news import News
from emulator.transports.stomp.outbox import Outbox
from emulator.transports.stomp.route import Interrupted, Route
from emulator.transports.target import Origin

if TYPE_CHECKING:
    from emulator.transports.stomp.wire import Wire


class Owner(Protocol):
    """Whoever sends over sessions; called in the event loop."""

    def told(self, session: Session, news: News) -> None: ...

    def ended(self, session: Session, why: str) -> None:
        """It was open and is no more."""
        ...


class Session:
    """Tries its routes in order and keeps the first that connects. Good for one connection.

    A message takes no turn of a thread for itself: `write` only puts bytes into a box that the thread empties at
    one stroke, and the thread tells its news as many at a time as one look at the socket has brought.
    """

    def __init__(
        self, routes: Sequence[Route], connect: bytes, *, failures: Sequence[str], limits: Limits, owner: Owner
    ) -> None:
        self._routes = routes
        self._failures = failures
        self._connect = connect
        self._limits = limits
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._outbox = Outbox()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, name="stomp", daemon=True)
        self.over: asyncio.Future[None] = self._loop.create_future()
        """Done when the thread has ended."""
        self.version = ""
        self.origin: Origin = routes[0].origin

    async def open(self) -> None:
        """Returns when a broker has answered CONNECTED. Raises DialError, whose sentence names each address.

        `failures` are those of addresses to which there was not even a route.
        """
        self._thread.start()
        try:
            await self._opened
        except asyncio.CancelledError:
            self.stop()
            raise

    def write(self, data: bytes, *, tell: bool = False) -> int:
        """Where its last byte stands among all that were ever written; with `tell`, News say when it has left."""
        return self._outbox.put(data, tell=tell)

    @property
    def stuck(self) -> bool:
        """Whether something still waits to be taken by the operating system."""
        return self._outbox.written < self._outbox.put_in

    def leave(self) -> None:
        """Say goodbye, and end when the broker has answered."""
        self._outbox.leave(DISCONNECT)

    def stop(self) -> None:
        """End at once."""
        self._outbox.stop()

    # In the event loop, called by the thread.

    def _connected(self, version: str, origin: Origin) -> None:
        self.version, self.origin = version, origin
        if not self._opened.done():
            self._opened.set_result(None)

    def _over(self, failures: Sequence[str], why: str) -> None:
        self._thread.join()
        self._outbox.close()
        self.over.set_result(None)
        if self.version:
            self._owner.ended(self, why)
        elif not self._opened.done():
            self._opened.set_exception(DialError(words.unconnected([*self._failures, *failures])))

    # In the thread.

    def _run(self) -> None:
        failures: dict[Origin, str] = {}
        why = words.STOPPED
        try:
            # Heavy, and so loaded only where there is a broker to talk to.
            from emulator.transports.stomp.wire import Wire

            for route in self._routes:
                connected, why = self._try(route, Wire)
                if connected or self._outbox.ending:
                    break
                # Of several addresses behind one name, the last one speaks for all.
                failures[route.origin] = why
        finally:
            self._outbox.abandon()
            self._call(self._over, tuple(failures.values()), why)

    def _try(self, route: Route, make: type[Wire]) -> tuple[bool, str]:
        """Whether a connection came about, and why it ended or did not."""
        end = monotonic() + route.share
        try:
            sock = route.dial(self._outbox)
        except Interrupted:
            return False, words.STOPPED
        except (OSError, ValueError) as error:
            return False, words.unreached(route.origin, error, route.seconds)
        wire = make(
            sock,
            route,
            self._outbox,
            heart_beat=HeartBeat(self._limits.heart_beat),
            goodbye=self._limits.goodbye,
            connected=lambda version: self._call(self._connected, version, route.origin),
            tell=lambda news: self._call(self._owner.told, self, news),
        )
        why = wire.run(self._connect, until=end)
        return wire.version is not None, why

    def _call(self, function: Callable[..., object], *values: object) -> None:
        # A loop that was closed without closing us has nobody left to tell.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *values)
