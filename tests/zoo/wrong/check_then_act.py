"""Mistake: it looks whether there is an invoice, and writes one later; two requests at one moment both find none."""

import sqlite3
from collections.abc import Mapping

from zoo.message import Message
from zoo.world import World


class Receiver:
    """Writes an invoice for an order as soon as any event says that it is paid, on one event loop.

    Between the look and the writing it awaits somebody else's answer, and others have their turn.
    """

    environment: Mapping[str, str] = {}
    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE invoices (number INTEGER PRIMARY KEY, order_id TEXT, amount INTEGER);
    """

    async def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        order = message.data
        if order["payment"] != "paid":
            return
        if self._has_invoice(message.resource, db):
            return
        await world.ask_tax_office()
        with db:
            db.execute(
                "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)",
                (message.resource, order["status"], order["payment"], order["shipping"]),
            )
            db.execute("INSERT INTO invoices (order_id, amount) VALUES (?, ?)", (message.resource, message.amount))

    def _has_invoice(self, order: str, db: sqlite3.Connection) -> bool:
        return db.execute("SELECT 1 FROM invoices WHERE order_id = ?", (order,)).fetchone() is not None
