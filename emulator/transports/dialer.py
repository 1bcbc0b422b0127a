"""Dialer: from an origin to an open connection, every address checked before anything is sent to it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ssl import (
    CERT_NONE,
    PROTOCOL_TLS_CLIENT,
    SSLCertVerificationError,
    SSLContext,
    SSLError,
    create_default_context,
)
from typing import TypeVar

from emulator.domain.errors import EmulatorError
from emulator.transports.reach import Reach
from emulator.transports.target import Origin, is_literal

P = TypeVar("P", bound=asyncio.Protocol)

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name (and a port) to its addresses, the preferred one first. May raise socket.gaierror."""


class DialError(EmulatorError):
    """No connection came about; the sentence becomes the attempt's error."""


class Dialer:
    """Looks a name up, asks `reach`, and tries the addresses in turn, all within `timeout` seconds.

    `alpn` are the protocols that a TLS handshake offers.
    """

    def __init__(self, *, reach: Reach, timeout: float, lookup: Lookup, alpn: Sequence[str] = ("http/1.1",)) -> None:
        self._reach = reach
        self._lookup = lookup
        self._timeout = timeout
        self._alpn = list(alpn)
        self._contexts: dict[tuple[bool, str | None], SSLContext] = {}

    async def connect(self, origin: Origin, make: Callable[[], P]) -> P:
        """Raises DialError."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeout
        addresses, context = await self.prepare(origin)
        error: Exception = OSError("no address")
        for tried, address in enumerate(addresses):
            # A silent address may not use up the time of those behind it.
            share = (end - loop.time()) / (len(addresses) - tried)
            try:
                async with asyncio.timeout(share):
                    _, protocol = await loop.create_connection(
                        make,
                        address,
                        origin.port,
                        ssl=context,
                        server_hostname=origin.host if context else None,
                        flags=socket.AI_NUMERICHOST,
                    )
                    return protocol
            except (OSError, EOFError) as failure:
                error = failure
        raise DialError(self._sentence(origin, error)) from error

    async def prepare(self, origin: Origin) -> tuple[Sequence[str], SSLContext | None]:
        """The addresses to connect to, every one checked, and how to do TLS there. Raises DialError."""
        try:
            async with asyncio.timeout(self._timeout):
                addresses = await self._resolve(origin)
                context = await self._context(origin) if origin.secure else None
        except TimeoutError:
            raise DialError(f"Looking up the name '{origin.host}' took longer than {self._timeout:g} s") from None
        refusal = self._reach.refusal(origin.host, addresses)
        if refusal is not None:
            raise DialError(refusal)
        return addresses, context

    async def _resolve(self, origin: Origin) -> list[str]:
        if is_literal(origin.host):
            return [origin.host]
        try:
            found = await self._lookup(origin.host, origin.port)
        except (socket.gaierror, UnicodeError) as error:
            raise DialError(
                f"The host name '{origin.host}' could not be found ({_reason(error)}); check the URL"
            ) from error
        return list(dict.fromkeys(found))

    async def _context(self, origin: Origin) -> SSLContext:
        wanted = (origin.insecure, origin.ca_file)
        context = self._contexts.get(wanted)
        if context is None:
            try:
                # Reading the system's authorities takes tens of milliseconds, too long for the event loop.
                context = await asyncio.to_thread(_make_context, *wanted, self._alpn)
            except (OSError, ValueError) as error:
                raise DialError(
                    f"The ca_file '{origin.ca_file}' of this integration cannot be used ({_reason(error)})"
                ) from error
            self._contexts[wanted] = context
        return context

    def _sentence(self, origin: Origin, error: Exception) -> str:
        if isinstance(error, ConnectionRefusedError):
            return f"{origin} refused the connection; nothing listens there"
        if isinstance(error, TimeoutError):
            return f"{origin} did not accept a connection within {self._timeout:g} s"
        if isinstance(error, SSLCertVerificationError):
            return (
                f"The certificate of {origin} was not accepted: {error.verify_message}. "
                "Name its authority as `ca_file` of the integration, or set `insecure`"
            )
        if isinstance(error, SSLError) and error.reason in (
            "WRONG_VERSION_NUMBER",
            "HTTP_REQUEST",
            "RECORD_LAYER_FAILURE",
        ):
            return f"{origin} does not speak TLS; its URL should begin with http://"
        if isinstance(error, SSLError):
            return f"The TLS handshake with {origin} failed ({_reason(error)})"
        if origin.secure and isinstance(error, ConnectionError | EOFError):
            return f"{origin} closed the connection during the TLS handshake; does it speak https?"
        return f"{origin} cannot be reached ({_reason(error)})"


async def system_lookup(host: str, port: int) -> list[str]:
    """The operating system's answer, /etc/hosts included."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_numeric(sockaddr) for *_, sockaddr in found]


def _make_context(insecure: bool, ca_file: str | None, alpn: list[str]) -> SSLContext:
    if insecure:
        context = SSLContext(PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = CERT_NONE
    else:
        context = create_default_context(cafile=ca_file)
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def _numeric(sockaddr: tuple[str | int, ...] | tuple[int, bytes]) -> str:
    address = str(sockaddr[0])
    if len(sockaddr) == 4 and sockaddr[3] and "%" not in address:
        return f"{address}%{sockaddr[3]}"  # a link-local address is nothing without its interface
    return address


def _reason(error: Exception) -> str:
    if isinstance(error, SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text)
