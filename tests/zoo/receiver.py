"""Receiver: what each animal of the zoo fills in."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Protocol

from zoo.message import Message
from zoo.world import World

Acknowledge = Callable[[], None]
"""Answers 2xx, deletes the message from its queue, or sends an ACK."""


class Receiver(Protocol):
    """`schema` makes its tables anew. Of these, `orders`, `customers`, `invoices` and `totals` are shown as its state.

    `environment` is what a receiver finds in its environment, such as where the shop's API is.
    """

    schema: str
    environment: Mapping[str, str]

    def consume(self, message: Message, db: sqlite3.Connection, world: World, acknowledge: Acknowledge) -> None:
        """Works on one message. One that raises before it acknowledges gets it again."""


class Careful:
    """Acknowledges when the work is done, as most do; where it fails, the message comes again."""

    environment: Mapping[str, str] = {}

    def consume(self, message: Message, db: sqlite3.Connection, world: World, acknowledge: Acknowledge) -> None:
        self.handle(message, db, world)
        acknowledge()

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        """`db` is a connection of its own; what it does not commit is rolled back."""
        raise NotImplementedError


class AsyncReceiver(Protocol):
    """A receiver on one event loop, as behind an ASGI server; it answers when `handle` returns."""

    schema: str
    environment: Mapping[str, str]

    async def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None: ...
