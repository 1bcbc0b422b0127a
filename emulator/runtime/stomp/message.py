"""Message: what was sent to a destination, as it is kept."""

from collections.abc import Mapping

from emulator.domain.queue import QueuedMessage
from emulator.runtime.stomp.escape import header_line, unescape
from emulator.runtime.stomp.version import Version

_OVERHEAD = 400
"""Bytes that a message costs beside its text."""

_NOT_PASSED_ON = frozenset(
    {"destination", "content-length", "receipt", "transaction", "message-id", "subscription", "ack", "redelivered"}
)
"""Headers of SEND that are meant for the broker, and those that it writes itself."""


class Message:
    """One message. `number` orders it among all of its broker; `sent_at` is wall time in microseconds.

    Custom headers are kept as they go over the wire to a client of version 1.2, which is how nearly all are sent.
    `persistent` is what the sender asked for; this broker keeps everything in memory. `received` counts the message's
    deliveries, and `delivery` is the place of the last one in its subscription's order.
    """

    __slots__ = ("_head", "body", "delivery", "id", "number", "persistent", "received", "sent_at", "size")

    def __init__(
        self, *, number: int, id: str, head: bytes, body: bytes, sent_at: int, persistent: bool = False
    ) -> None:
        self.number = number
        self.id = id
        self.body = body
        self.sent_at = sent_at
        self.persistent = persistent
        self.received = 0
        self.delivery = 0
        self.size = len(head) + len(body) + _OVERHEAD
        self._head = head

    def head(self, version: Version) -> bytes:
        """The lines of its custom headers, each with its end."""
        head = self._head
        if version is Version.V1_2 or b"\\" not in head:
            return head
        return b"".join(_line(name, value, version) for name, value in self.headers().items())

    def headers(self) -> dict[str, str]:
        """The custom headers as they were sent."""
        headers = {}
        for line in self._head.decode().split("\n")[:-1]:
            name, _, value = line.partition(":")
            headers[unescape(name, Version.V1_2)] = unescape(value, Version.V1_2)
        return headers

    def copy(self, *, moved_from: str | None = None) -> "Message":
        """The same message for one more receiver: its deliveries are counted apart.

        One that is moved says where it was, in the header that ActiveMQ has for it.
        """
        moved = b"" if moved_from is None else _line("original-destination", moved_from, Version.V1_2)
        return Message(
            number=self.number,
            id=self.id,
            head=moved + self._head,
            body=self.body,
            sent_at=self.sent_at,
            persistent=self.persistent,
        )

    def view(self, *, in_flight: bool) -> QueuedMessage:
        """What can be seen of it from outside."""
        return QueuedMessage(
            id=self.id,
            body=self.body.decode(errors="replace"),
            sent_at=self.sent_at,
            received=self.received,
            in_flight=in_flight,
            headers=self.headers(),
        )


def custom_head(headers: Mapping[str, str]) -> bytes:
    """What a message keeps of the headers of its SEND frame."""
    lines = [_line(name, value, Version.V1_2) for name, value in headers.items() if name not in _NOT_PASSED_ON]
    return b"".join(lines)


def _line(name: str, value: str, version: Version) -> bytes:
    return header_line(name, value, version).encode() + b"\n"
