"""Whether receivers are there: a connection and nothing more, and none at all to where nothing may be sent."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from emulator.transports.reach import Reach

_PATIENCE = 1.0  # wall seconds
_PORTS = {"http": 80, "https": 443, "stomp": 61613, "stomp+ssl": 61614}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """`problem` is a sentence, None when a receiver accepted the connection."""

    url: str
    problem: str | None

    @property
    def reachable(self) -> bool:
        return self.problem is None


def reachability(url: str, allow_remote: Sequence[str] = ()) -> Reachability:
    """Try to connect to where this URL points. A name is looked up; a blocked address is not touched."""
    return Reachability(url=url, problem=_problem(url, allow_remote))


def _problem(url: str, allow_remote: Sequence[str]) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "is no address"
    if not host or port is None:
        return f"is no address of {', '.join(_PORTS)}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return f"'{host}' cannot be resolved"
    addresses = [str(entry[4][0]) for entry in found]
    blocked = Reach(allow_remote).refusal(host, addresses)
    if blocked is not None:
        return blocked
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as tried:
            tried.settimeout(_PATIENCE)
            try:
                tried.connect(address)
            except TimeoutError:
                problem = "does not answer"
            except ConnectionRefusedError:
                problem = "nothing listens there yet"
            except OSError as error:
                problem = f"cannot be reached ({error.strerror or error})"
            else:
                return None
    return problem
