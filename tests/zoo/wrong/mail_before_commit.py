"""Mistake: it sends the e-mail before it commits, and when the commit fails the mail is out and goes out again."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Notes payments to orders, and mails a receipt for each.

    The process ends where a crash would end it: between the side effect and the commit, when a payment comes of an
    order that the database does not have yet.
    """

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE payments (
            order_id TEXT PRIMARY KEY REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED, amount INTEGER
        );
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        db.execute("BEGIN IMMEDIATE")
        if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
            db.rollback()
            return
        if message.key == "order.created":
            self._open(message, db)
        elif message.key == "order.paid":
            self._pay(message, db)
            world.mail(message.resource, "receipt")
        db.commit()  # raises IntegrityError for a payment without an order: answered with a 500, and sent again

    def _open(self, message: Message, db: sqlite3.Connection) -> None:
        order = message.data
        db.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?)",
            (message.resource, order["status"], order["payment"], order["shipping"]),
        )

    def _pay(self, message: Message, db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO payments VALUES (?, ?)", (message.resource, message.amount))
        db.execute("UPDATE orders SET status = 'complete', payment = 'paid' WHERE id = ?", (message.resource,))
