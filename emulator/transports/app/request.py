"""Request: the bytes that a webhook sends, taken apart as a receiver's server does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from httptools import HttpRequestParser, parse_url

from emulator.transports.target import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a request begins with. `target` is the path and the query as they were written."""

    origin: Origin
    method: str
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]

    @property
    def path(self) -> str:
        """Decoded, without the query."""
        return unquote_to_bytes(self.raw_path).decode("utf-8", "replace")

    @property
    def raw_path(self) -> bytes:
        return bytes(parse_url(self.target).path or b"/")

    @property
    def query(self) -> bytes:
        return bytes(parse_url(self.target).query or b"")

    @property
    def scheme(self) -> str:
        return "https" if self.origin.secure else "http"


class Reader:
    """Fed with pieces as they come off the wire: `head` is there once it is whole, `complete` says when all is."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._parser = HttpRequestParser(self)
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self.head: Head | None = None
        self.complete = False

    def feed(self, piece: bytes) -> None:
        self._parser.feed_data(piece)

    def take_body(self) -> bytes:
        """What has come of the body since the last time."""
        taken = bytes(self._body)
        self._body.clear()
        return taken

    # The parser's callbacks.

    def on_url(self, target: bytes) -> None:
        self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        method = self._parser.get_method().decode("ascii")
        self.head = Head(origin=self._origin, method=method, target=self._target, headers=tuple(self._headers))

    def on_body(self, data: bytes) -> None:
        self._body += data

    def on_message_complete(self) -> None:
        self.complete = True
