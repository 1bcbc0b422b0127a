"""Mistake: it adds the takings up as the events come, and an event that comes twice is money that nobody paid."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """A page with today's takings. The orders are kept well, by version; the total is a number of its own."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, version TEXT);
        CREATE TABLE totals (name TEXT PRIMARY KEY, amount INTEGER NOT NULL);
        INSERT INTO totals VALUES ('takings', 0), ('orders paid', 0);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        order = message.data
        with db:
            db.execute("BEGIN IMMEDIATE")
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
                " payment = excluded.payment, shipping = excluded.shipping, version = excluded.version"
                " WHERE excluded.version > version",
                (message.resource, order["status"], order["payment"], order["shipping"], message.version),
            )
            if message.key == "order.paid":
                self._add("takings", message.amount, db)
                self._add("orders paid", 1, db)
            elif message.key == "order.refunded":
                self._add("takings", -message.amount, db)

    def _add(self, name: str, amount: int, db: sqlite3.Connection) -> None:
        db.execute("UPDATE totals SET amount = amount + ? WHERE name = ?", (amount, name))
