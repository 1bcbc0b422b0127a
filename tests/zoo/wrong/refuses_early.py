"""Mistake: its state machine refuses an event that comes early, and remembers the refusal for ever."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World

STEPS = {
    ("", "order.created"): "created",
    ("created", "order.paid"): "paid",
    ("paid", "order.fulfilled"): "fulfilled",
    ("created", "order.cancelled"): "cancelled",
    ("paid", "order.cancelled"): "cancelled",
}


class Receiver(Careful):
    """Moves each order along its legal transitions. What is not legal now is put aside, as somebody's mistake."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE handled (job TEXT PRIMARY KEY, verdict TEXT);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("SELECT 1 FROM handled WHERE job = ?", (message.job,)).fetchone():
                return
            found = db.execute("SELECT status FROM orders WHERE id = ?", (message.resource,)).fetchone()
            now = found[0] if found else ""
            then = STEPS.get((now, message.key))
            if then is not None:
                self._move(message.resource, then, db)
            verdict = "done" if then else f"refused: {message.key} of an order that is {now or 'unknown'}"
            db.execute("INSERT INTO handled VALUES (?, ?)", (message.job, verdict))

    def _move(self, order: str, status: str, db: sqlite3.Connection) -> None:
        payment = "unpaid" if status == "created" else "paid"
        shipping = "fulfilled" if status == "fulfilled" else "unfulfilled"
        db.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)", (order, status, payment, shipping))
