"""Right: job ids, versions and what is to be sent out are one transaction; deleted things stay deleted."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World

SUBJECTS = {"order.paid": "receipt", "order.fulfilled": "on its way"}


class Receiver(Careful):
    """Keeps orders and customers, mails once for each event, and adds up nothing that it can count.

    Mails are claimed in the transaction and sent after it. Were the process to end between the two, one would be
    missing; a real one would send them from the table, and tell its mail server their key.
    """

    schema = """
        CREATE TABLE orders (
            id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, amount INTEGER, version TEXT
        );
        CREATE TABLE customers (id TEXT PRIMARY KEY, email TEXT, version TEXT);
        CREATE TABLE deleted (id TEXT PRIMARY KEY);
        CREATE TABLE handled (job TEXT PRIMARY KEY);
        CREATE TABLE mails (order_id TEXT, subject TEXT, PRIMARY KEY (order_id, subject));
        CREATE VIEW totals AS
            SELECT 'takings' AS name, coalesce(sum(amount), 0) AS amount FROM orders WHERE payment = 'paid';
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        subject = SUBJECTS.get(message.key)
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
                return
            self._store(message, db)
            mail = (message.resource, subject)
            new = subject and db.execute("INSERT OR IGNORE INTO mails VALUES (?, ?)", mail).rowcount == 1
        if subject and new:
            world.mail(message.resource, subject)

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        it = message.resource
        if message.deletion:
            db.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (it,))
            db.execute("DELETE FROM orders WHERE id = ?", (it,))
            db.execute("DELETE FROM customers WHERE id = ?", (it,))
        elif not db.execute("SELECT 1 FROM deleted WHERE id = ?", (it,)).fetchone():
            if message.data["type"] == "order":
                order = message.data
                known = (order["status"], order["payment"], order["shipping"], message.amount, message.version)
                db.execute(
                    "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                    " (status, payment, shipping, amount, version) = (excluded.status, excluded.payment,"
                    " excluded.shipping, excluded.amount, excluded.version) WHERE excluded.version > version",
                    (it, *known),
                )
            else:
                db.execute(
                    "INSERT INTO customers VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                    " (email, version) = (excluded.email, excluded.version) WHERE excluded.version > version",
                    (it, message.data["email"], message.version),
                )
