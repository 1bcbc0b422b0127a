"""SqsQueues: what the emulator asks of a server of SQS queues, its own or another one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from emulator.domain.queue import QueuedMessage, QueueView


class SqsQueues(Protocol):
    """A server of SQS queues. Each operation starts it when needed, and raises EnvironmentFault when it cannot."""

    @property
    def running(self) -> bool: ...

    @property
    def endpoint(self) -> str:
        """What clients take as `endpoint_url`, such as `http://127.0.0.1:3723`."""
        ...

    @property
    def peek_notice(self) -> str | None:
        """What looking at messages does to them on this server, to be told with them; None when it does nothing."""
        ...

    async def start(self) -> None:
        """Returns when the server answers; does nothing when it does already."""
        ...

    async def stop(self) -> None: ...

    async def create_queue(self, name: str, *, region: str, attributes: Mapping[str, str] = ...) -> str:
        """The URL of the queue of this name, made when it is missing; FIFO when the name ends in `.fifo`.

        Raises InvalidInput for a name or attributes that SQS refuses.
        """
        ...

    async def queues(self) -> Sequence[QueueView]:
        """Every queue, whoever made it, by region and name."""
        ...

    async def in_hand(self) -> Mapping[str, int]:
        """The queues whose consumers have something left to do, and how many messages that is, as far as it knows."""
        ...

    async def peek(self, name: str, *, region: str | None = None, limit: int) -> Sequence[QueuedMessage]:
        """The first messages of a queue, oldest first; `region` may be left out while only one has it.

        Raises UnknownWord for a queue that is not there, InvalidInput when more than one region has it.
        """
        ...

    async def purge(self, name: str, *, region: str | None = None) -> int:
        """Removes all messages of a queue and says how many there were. Raises as `peek` does."""
        ...
