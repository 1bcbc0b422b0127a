"""Route: one address of a broker, and a socket to it that is made without ever blocking."""

import os
import selectors
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ssl import SSLContext, SSLSocket, SSLWantReadError, SSLWantWriteError
from time import monotonic

from emulator.transports.dialer import Dialer, DialError
from emulator.transports.stomp.outbox import Outbox
from emulator.transports.target import Origin


class Interrupted(Exception):
    """Nobody wants the connection any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`address` was checked.

    `share` are the seconds for connecting, the TLS handshake and the broker's CONNECTED together; all addresses of an
    origin share its `seconds`, so that a silent one does not use up the time of those behind it.
    """

    origin: Origin
    address: str
    context: SSLContext | None
    seconds: float
    share: float

    def dial(self, outbox: Outbox) -> socket.socket:
        """A connected socket, after the TLS handshake where there is one. Raises OSError and Interrupted."""
        end = monotonic() + self.share
        info = socket.getaddrinfo(self.address, self.origin.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        family, kind, protocol, _, target = info[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(BlockingIOError):
                sock.connect(target)
            _wait(sock, selectors.EVENT_WRITE, outbox, end)
            failure = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise OSError(failure, os.strerror(failure))
            if self.context is not None:
                sock = self.context.wrap_socket(
                    sock, server_hostname=self.origin.host, do_handshake_on_connect=False, suppress_ragged_eofs=True
                )
                _shake_hands(sock, outbox, end)
        except BaseException:
            sock.close()
            raise
        return sock


async def routes_to(origins: Sequence[Origin], dialer: Dialer, seconds: float) -> tuple[list[Route], list[str]]:
    """Every checked address in the order to try, and why there is none to some origins. Each origin has `seconds`."""
    routes: list[Route] = []
    failures: list[str] = []
    for origin in origins:
        try:
            addresses, context = await dialer.prepare(origin)
        except DialError as error:
            failures.append(error.sentence)
        else:
            share = seconds / len(addresses)
            routes += [
                Route(origin=origin, address=address, context=context, seconds=seconds, share=share)
                for address in addresses
            ]
    return routes, failures


def _shake_hands(sock: SSLSocket, outbox: Outbox, end: float) -> None:
    while True:
        try:
            sock.do_handshake()
        except SSLWantReadError:
            _wait(sock, selectors.EVENT_READ, outbox, end)
        except SSLWantWriteError:
            _wait(sock, selectors.EVENT_WRITE, outbox, end)
        else:
            return


def _wait(sock: socket.socket, event: int, outbox: Outbox, end: float) -> None:
    """Returns when the socket is ready for the event. Raises TimeoutError and Interrupted."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, event)
        selector.register(outbox.woken, selectors.EVENT_READ)
        while not outbox.ending:
            left = end - monotonic()
            ready = {key.fileobj for key, _ in selector.select(left)} if left > 0 else None
            if ready is None:
                raise TimeoutError
            if sock in ready:
                return
            if ready:
                outbox.rest()
        raise Interrupted
