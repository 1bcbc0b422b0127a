"""Ports: what the inside asks of the outside."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from emulator.domain.integration import Integration, SqsConfiguration, StompConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.resource import Resource
from emulator.domain.wire_fault import WireFault

CONTENT_TYPE = "Content-Type"
SECRET_HEADER = "X-MOLTIN-SECRET-KEY"  # noqa: S105  (the header's name)
TRIGGER_HEADER = "X-MOLTIN-INTEGRATION-TRIGGER"
"""The headers of a webhook that receivers rely on."""


class Barrier(Protocol):
    """Makes sends simultaneous: nobody reads an answer before everybody has written."""

    async def written(self) -> None:
        """Called once by each member when its request is written, or can never be; returns when all have called."""
        ...


class Message(NamedTuple):
    """What a transport is asked to deliver: the body as rendered, and where it belongs.

    `replay` tells one replay of a recorded message from another, by when it happened; 0 for what the shop raised.
    Webhooks alone have the last two: `headers` that are to say something else than they would (None: be left out), and
    the fault with which the request is written.
    """

    integration: Integration
    event_key: str
    job_id: str
    resource: str
    attempt: int
    copy: int
    body: bytes
    barrier: Barrier | None = None
    replay: int = 0
    headers: Mapping[str, bytes | None] | None = None
    wire: WireFault | None = None


class Transport(Protocol):
    """Delivers messages. A failed delivery is an outcome, never an exception."""

    async def send(self, message: Message) -> Outcome: ...

    async def aclose(self) -> None: ...


class QueueHost(Protocol):
    """The SQS server that comes with the emulator, started when a queue of it is first needed."""

    async def stand_in(self, configuration: SqsConfiguration) -> str | None:
        """The URL of the queue that serves this one, made when it is missing; None when it is served where it says.

        Asked before each send, and quick when nothing has changed. Raises EnvironmentFault when the server cannot run.
        """
        ...


class BrokerHost(Protocol):
    """The STOMP broker that comes with the emulator, started when one of its addresses is first needed."""

    async def ready(self, configuration: StompConfiguration) -> None:
        """Returns when the broker listens, if any of the addresses is its own. Raises EnvironmentFault."""
        ...


class Clock(Protocol):
    """`now` in microseconds since the epoch; never goes back."""

    def now(self) -> int: ...


class Shelves(Protocol):
    """Read access to the shop's resources as they are now.

    Deleted ones are found by id and key, and left out of pages.
    """

    def get(self, type: str, id: str) -> Resource | None: ...

    def by_key(self, key: str) -> Resource | None: ...

    def made(self, type: str) -> int:
        """How many of this type have ever been made here: those from elsewhere do not count."""
        ...

    def page(
        self,
        type: str,
        *,
        parent: str | None = None,
        offset: int = 0,
        limit: int = 25,
        newest_first: bool = False,
    ) -> tuple[Sequence[Resource], int]:
        """Some of them in the order they were made, and how many there are in all."""
        ...
