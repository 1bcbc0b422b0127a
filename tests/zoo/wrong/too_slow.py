"""Mistake: some of its work takes longer than the sender waits, and its key is only written when the work is done."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Has paid orders shipped. What it does not know of an order it asks the back office, which takes 500 ms.

    A sender that waits for 300 ms sends the same again while the first is still being worked on.
    """

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        if db.execute("SELECT 1 FROM handled WHERE job = ?", (message.job,)).fetchone():
            return
        if message.key == "order.paid":
            if not db.execute("SELECT 1 FROM orders WHERE id = ?", (message.resource,)).fetchone():
                world.ask_back_office()
            world.ship(message.resource)
        with db:
            self._store(message, db)
            db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,))

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        """A payment is news in any case; that an order was created is news only of one that is unknown."""
        order = message.data
        verb = "IGNORE" if message.key == "order.created" else "REPLACE"
        db.execute(
            f"INSERT OR {verb} INTO orders VALUES (?, ?, ?, ?)",
            (message.resource, order["status"], order["payment"], order["shipping"]),
        )
