"""Mistake: its key is made of the job and the attempt, and what comes again is another attempt."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Sends a receipt for a paid order, once for each key."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE handled (key TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        with db:
            db.execute("BEGIN IMMEDIATE")
            # Copies of one attempt are caught by this. A second attempt has a key of its own.
            if not self._first(f"{message.job}/{message.attempt}", db):
                return
            order = message.data
            db.execute(
                "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)",
                (message.resource, order["status"], order["payment"], order["shipping"]),
            )
        if message.key == "order.paid":
            world.mail(message.resource, "receipt")

    def _first(self, key: str, db: sqlite3.Connection) -> bool:
        """Whether this key has not been seen; it has been from now on."""
        return db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (key,)).rowcount == 1
