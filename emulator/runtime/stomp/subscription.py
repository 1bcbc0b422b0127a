"""Subscription: one consumer of one destination, and what it has not acknowledged."""

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from emulator.runtime.stomp.escape import escape
from emulator.runtime.stomp.message import Message
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.version import Version

if TYPE_CHECKING:
    from emulator.runtime.stomp.queue import Queue


class AckMode(StrEnum):
    """`auto`: what is sent counts as consumed.

    `client`: an ACK is also for all that were sent before; `client-individual`: for that message only.
    """

    AUTO = "auto"
    CLIENT = "client"
    CLIENT_INDIVIDUAL = "client-individual"


class Outlet(Protocol):
    """A connection as seen from inside: where frames go out."""

    @property
    def writable(self) -> bool:
        """Whether its peer reads what it is sent; when not, nothing more should be dispatched to it."""
        ...

    def write(self, data: bytes) -> None:
        """Sends bytes; on a connection that is ending this does nothing."""
        ...

    def refuse(self, refusal: Refusal) -> None:
        """Ends the connection with an ERROR frame."""
        ...

    def finish(self) -> None:
        """Ends the connection when everything has been written."""
        ...


class Subscription:
    """`id` is the client's name for it (None where version 1.0 has none), `serial` ours within the connection.

    `prefetch` bounds what is unacknowledged; 0 is any number.
    """

    def __init__(
        self,
        *,
        id: str | None,
        serial: int,
        destination: str,
        ack: AckMode,
        prefetch: int,
        version: Version,
        outlet: Outlet,
        queue: "Queue",
    ) -> None:
        self.id = id
        self.serial = str(serial)
        self.destination = destination
        self.ack = ack
        self.automatic = ack is AckMode.AUTO
        self.outlet = outlet
        self.queue = queue
        self.open = True
        self._prefetch = prefetch
        self._version = version
        self._unacked: dict[str, Message] = {}
        self._deliveries = 0
        self._start = self._constant_head()

    def _constant_head(self) -> bytes:
        lines = ["MESSAGE", f"destination:{escape(self.destination, self._version)}"]
        if self.id is not None:
            lines.append(f"subscription:{escape(self.id, self._version)}")
        return "\n".join(lines).encode() + b"\nmessage-id:"

    @property
    def ready(self) -> bool:
        """Whether it takes another message now."""
        if not self.outlet.writable:
            return False
        return self.automatic or not self._prefetch or len(self._unacked) < self._prefetch

    def deliver(self, message: Message) -> None:
        """Sends a message, which stays with this subscription until it is taken back, unless its mode is auto."""
        parts = [self._start, message.id.encode()]
        if not self.automatic:
            self._deliveries += 1
            message.delivery = self._deliveries
            self._unacked[message.id] = message
            if self._version is Version.V1_2:
                parts.append(f"\nack:{self.serial}@{message.id}".encode())
        parts.append(b"\nredelivered:true\n" if message.received else b"\n")
        message.received += 1
        parts.append(message.head(self._version))
        parts.append(b"content-length:%d\n\n" % len(message.body))
        parts.append(message.body)
        parts.append(b"\0")
        self.outlet.write(b"".join(parts))

    def holds(self, message_id: str) -> bool:
        """Whether it was sent this message and has not said what became of it."""
        return message_id in self._unacked

    def take(self, message_id: str, *, cumulative: bool) -> list[Message]:
        """Messages that are no longer unacknowledged: this one and, if it is cumulative, all sent before it."""
        if not cumulative:
            return [self._unacked.pop(message_id)]
        last = self._unacked[message_id].delivery
        taken = [message for message in self._unacked.values() if message.delivery <= last]
        for message in taken:
            del self._unacked[message.id]
        return taken

    def take_all(self) -> list[Message]:
        """Everything that is unacknowledged, which it no longer holds."""
        taken = list(self._unacked.values())
        self._unacked.clear()
        return taken

    def put_back(self, messages: list[Message]) -> None:
        """They are unacknowledged again: the transaction that took them was aborted."""
        held = sorted([*self._unacked.values(), *messages], key=lambda message: message.delivery)
        self._unacked = {message.id: message for message in held}
