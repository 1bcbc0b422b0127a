"""Admission: whether an endpoint may be sent to, looked up again every so often."""

import socket
from collections.abc import Callable, Sequence
from time import monotonic

from emulator.transports.reach import Reach
from emulator.transports.target import Origin

SECONDS = 30.0
"""How long a name is trusted to lead where it led. The connection is boto3's own, made by name, so this is a look
beforehand: it keeps mistakes from production, not attackers."""

Lookup = Callable[[str, int], Sequence[str]]
"""From a host name (and a port) to its addresses. May raise OSError; may block."""


class Admission:
    """Asked before every call, from the thread that makes it."""

    def __init__(self, origin: Origin, *, reach: Reach, lookup: Lookup) -> None:
        self._origin = origin
        self._reach = reach
        self._lookup = lookup
        self._good_until = 0.0

    def refusal(self) -> str | None:
        """Why nothing is sent there, in one sentence; None when it may be."""
        if monotonic() < self._good_until:
            return None
        host = self._origin.host
        try:
            addresses = self._lookup(host, self._origin.port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return f"The host name '{host}' could not be found ({reason}); check the queue's URL"
        refusal = self._reach.refusal(host, addresses)
        if refusal is None:
            self._good_until = monotonic() + SECONDS
        return refusal


def system_lookup(host: str, port: int) -> list[str]:
    """The operating system's answer, /etc/hosts included."""
    return [str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
