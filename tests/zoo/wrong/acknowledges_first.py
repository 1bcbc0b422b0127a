"""Mistake: it acknowledges before it has stored anything, and what then cannot be stored is lost."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Acknowledge, Careful
from zoo.world import World


class Receiver(Careful):
    """Answers at once, because senders are impatient, and works afterwards.

    It does know that a payment may come before its order, and refuses it; but nobody hears the refusal any more.
    """

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def consume(self, message: Message, db: sqlite3.Connection, world: World, acknowledge: Acknowledge) -> None:
        acknowledge()
        self.handle(message, db, world)

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        order = message.data
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
                return
            if message.key == "order.created":
                db.execute(
                    "INSERT INTO orders VALUES (?, ?, ?, ?)",
                    (message.resource, order["status"], order["payment"], order["shipping"]),
                )
                return
            changed = db.execute(
                "UPDATE orders SET status = ?, payment = ?, shipping = ? WHERE id = ?",
                (order["status"], order["payment"], order["shipping"], message.resource),
            )
            if changed.rowcount == 0:
                raise LookupError(f"{message.key} of an unknown order {message.resource}, try again later")
