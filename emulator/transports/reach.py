"""Reach: which destinations may be sent to without being asked for by name."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from emulator.domain.outcome import BLOCKED

_NEAR = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",  # loopback
        "::1/128",
        "0.0.0.0/32",  # "any address", which a client's kernel takes for this machine
        "::/128",
        "10.0.0.0/8",  # private (RFC 1918): containers, virtual machines, the office
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",  # unique local (RFC 4193)
        "169.254.0.0/16",  # link-local: never leaves the cable; what `name.local` often resolves to
        "fe80::/10",
    )
)


class Reach:
    """Loopback, private and link-local destinations, and the host names that `allow_remote` matches.

    The purpose is that a configuration pasted from production cannot send invented orders to production.
    Patterns are globs over the host name as the URL writes it (`*.staging.example.com`), in any case.
    """

    def __init__(self, allow_remote: Sequence[str] = ()) -> None:
        self._patterns = tuple(pattern.lower().rstrip(".") for pattern in allow_remote)

    def allows(self, host: str) -> bool:
        """Whether this host was allowed by name, wherever it is."""
        name = host.lower().rstrip(".")
        return any(fnmatchcase(name, pattern) for pattern in self._patterns)

    def refusal(self, host: str, addresses: Sequence[str]) -> str | None:
        """Why nothing is sent there, in one sentence; None when it may be.

        `addresses` are those that the connection is then made to, so no second look-up can lead elsewhere.
        One far address among near ones refuses them all: which one answers is not ours to choose.
        """
        if self.allows(host):
            return None
        name = host.lower().rstrip(".")
        far = next((address for address in addresses if not _near(address)), None)
        if far is None:
            return None
        subject = f"'{host}' is" if far == name else f"'{host}' resolves to {far},"
        return (
            f"{BLOCKED}{subject} outside loopback and private ranges, and invented events should not reach "
            f"production by accident; if it is meant, start the emulator with --allow-remote '{name}'"
        )


def _near(address: str) -> bool:
    parsed: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in _NEAR)
