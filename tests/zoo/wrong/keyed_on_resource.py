"""Mistake: its key is the order's id and not the job's, so that of two events of one payment the second is ignored."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Notes that an order is paid, and thanks for it.

    Paying raises order.paid and then order.updated, which say the same; its author took the second for a duplicate.
    """

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE handled (id TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        with db:
            db.execute("BEGIN IMMEDIATE")
            if not self._first(message.data["id"], db):
                return  # in the order in which they happen, what comes first is the one with the thanks
            order = message.data
            db.execute(
                "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)",
                (message.resource, order["status"], order["payment"], order["shipping"]),
            )
        if message.key == "order.paid":
            world.mail(message.resource, "thank you")

    def _first(self, key: str, db: sqlite3.Connection) -> bool:
        """Whether this key has not been seen; it has been from now on."""
        return db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (key,)).rowcount == 1
