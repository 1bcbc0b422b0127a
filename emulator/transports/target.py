"""Target: a webhook's configuration, taken apart into where to connect and what every request begins with."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import WebhookConfiguration
from emulator.domain.ports import CONTENT_TYPE, SECRET_HEADER, TRIGGER_HEADER

USER_AGENT = "epcc-integrations-emulator"

_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[a-z0-9._-]+")
_KEPT = "%/:=&?~#+!$,;'@()*[]-._"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a connection leads, and how a certificate is checked there. `host` is ASCII, without brackets."""

    secure: bool
    host: str
    port: int
    insecure: bool = False
    ca_file: str | None = None

    def __str__(self) -> str:
        """`host:port`, as sentences name it. Never holds credentials."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One webhook's origin, and the head of its requests up to what differs from message to message."""

    origin: Origin
    head: bytes

    def request(self, event_key: str, body: bytes) -> bytes:
        """One whole request, ready for the wire. Raises InvalidInput for a key no header can carry."""
        if not event_key.isprintable():
            raise InvalidInput("The event's key contains a control character, which no header can carry")
        return b"%b%b\r\nContent-Length: %d\r\n\r\n%b" % (self.head, event_key.encode(), len(body), body)


def target_of(configuration: WebhookConfiguration) -> Target:
    """Raises InvalidInput with a sentence when no request can be made of it."""
    url = configuration.url
    if _CONTROL.search(url):
        raise InvalidInput("The URL contains a control character, such as a line break; nothing was sent")
    if configuration.secret_key is not None and _CONTROL.search(configuration.secret_key):
        raise InvalidInput(
            "The secret_key contains a control character, such as a line break, which no header can carry"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput(f"'{shown(url)}' is not a URL: {error}") from None
    if parts.scheme not in _PORTS:
        raise InvalidInput(f"'{shown(url)}' is not a webhook's URL; it must begin with http:// or https://")
    if port == 0:
        raise InvalidInput(f"'{shown(url)}' has port 0, to which nobody can connect")
    host = host_of(parts)
    origin = Origin(
        secure=parts.scheme == "https",
        host=host,
        port=port or _PORTS[parts.scheme],
        insecure=configuration.insecure,
        ca_file=configuration.ca_file,
    )
    try:
        head = _head(parts, origin, configuration.secret_key)
    except UnicodeEncodeError:
        raise InvalidInput("The URL or the secret_key holds half a character (a lone surrogate)") from None
    return Target(origin=origin, head=head)


def with_headers(request: bytes, headers: Mapping[str, bytes | None]) -> bytes:
    """The request with these headers in place of its own, or without them where None is given."""
    head, blank, body = request.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    for name, value in headers.items():
        given = [] if value is None else [b"%b: %b" % (name.encode(), value)]
        begin = f"{name}:".lower().encode()
        place = next((at for at, line in enumerate(lines) if line.lower().startswith(begin)), len(lines))
        lines[place : place + 1] = given
    return b"\r\n".join(lines) + blank + body


def is_literal(host: str) -> bool:
    """Whether a host is an address already, so that no name has to be looked up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def host_of(parts: SplitResult) -> str:
    """A URL's host in ASCII, without brackets. Raises InvalidInput."""
    name = parts.hostname
    if not name:
        raise InvalidInput(f"'{shown(parts.geturl())}' names no host")
    if ":" in name:
        return unquote(name)  # an IPv6 literal, whose zone (`%25eth0`) is quoted in a URL
    try:
        ascii_name = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_name = ""
    if not _NAME.fullmatch(ascii_name):
        raise InvalidInput(f"'{name}' is not a host name")
    return ascii_name


def _head(parts: SplitResult, origin: Origin, secret: str | None) -> bytes:
    path = quote(parts.path or "/", safe=_KEPT)
    if parts.query:
        path += "?" + quote(parts.query, safe=_KEPT)
    host = origin.host.partition("%")[0]
    if ":" in host:
        host = f"[{host}]"
    if origin.port != _PORTS[parts.scheme]:
        host += f":{origin.port}"
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        f"{CONTENT_TYPE}: application/json",
    ]
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Authorization: Basic {b64encode(credentials.encode()).decode()}")
    if secret:
        lines.append(f"{SECRET_HEADER}: {secret}")
    lines.append(f"{TRIGGER_HEADER}: ")
    return "\r\n".join(lines).encode()


def shown(url: str) -> str:
    """A URL for people, without a password."""
    return re.sub(r"//[^/@]*@", "//", url)
