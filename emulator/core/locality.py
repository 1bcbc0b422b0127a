"""Locality: who may drive a local server. Programs of this machine, but no web page of elsewhere."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

_CONTAINER_HOST = "host.docker.internal"


class Locality:
    """Hosts that mean this machine: loopback names and addresses, `host.docker.internal`, and `allowed_hosts`.

    A page that had its own name resolve to 127.0.0.1 would come with that name as its host.
    """

    def __init__(self, allowed_hosts: Collection[str] = ()) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    def complaint(self, host: str | None, origin: str | None, *, surface: str = "The control API") -> str | None:
        """Why a call of `surface` is refused, None when it is not."""
        if not self.known(host_name(host or "")):
            return (
                f"{surface} answers on loopback names and addresses only, not on host '{host or ''}'; "
                "start the server with --allowed-host to add it"
            )
        if origin is not None and not self.local(origin):
            return f"{surface} refuses calls from web pages of another origin ('{origin}')"
        return None

    def local(self, origin: str | None) -> bool:
        """Whether a page of this origin is one of this machine's own."""
        if not origin or not origin.startswith(("http://", "https://")):
            return False
        return self.known(host_name(origin.split("://", 1)[1]))

    def known(self, name: str) -> bool:
        """Whether a host's name or address means this machine, or was allowed."""
        return is_loopback(name) or name == _CONTAINER_HOST or name in self._allowed


def host_name(authority: str) -> str:
    """`localhost` of `localhost:3722`, `::1` of `[::1]:80`; empty for what is not a host and a port."""
    if set(authority) & set("@/\\?# \t"):
        return ""
    try:
        return (urlsplit(f"//{authority}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host's name or address is this machine's own loopback."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_aws(name: str) -> bool:
    """Whether a host is one of AWS's own (China's included)."""
    return name.endswith((".amazonaws.com", ".amazonaws.com.cn"))
