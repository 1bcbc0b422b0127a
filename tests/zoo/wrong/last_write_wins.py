"""Mistake: it stores what it hears last, without asking whether it knows something newer."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Keeps a copy of every order, for a page on which customers look where theirs is."""

    schema = """
        CREATE TABLE orders (
            id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, customer TEXT, amount INTEGER
        );
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
                return
            if message.deletion:
                db.execute("DELETE FROM orders WHERE id = ?", (message.resource,))
            else:
                self._store(message, db)

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        """The row as the message has it. There is an `updated_at` in it, at which nobody looks."""
        order = message.data
        db.execute(
            "INSERT INTO orders VALUES (:id, :status, :payment, :shipping, :customer, :amount)"
            " ON CONFLICT (id) DO UPDATE SET status = excluded.status, payment = excluded.payment,"
            " shipping = excluded.shipping, customer = excluded.customer, amount = excluded.amount",
            {
                "id": message.resource,
                "status": order["status"],
                "payment": order["payment"],
                "shipping": order["shipping"],
                "customer": order["customer"]["name"],
                "amount": message.amount,
            },
        )
