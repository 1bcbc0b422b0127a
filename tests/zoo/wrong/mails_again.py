"""Mistake: it stores what it hears as often as you like, but mails for each delivery, also for one whose acknowledgement was lost."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Its table is idempotent and knows versions; the e-mail beside it does not."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, version TEXT);
    """
    subjects = {"order.paid": "receipt", "order.fulfilled": "on its way", "order.refunded": "money back"}

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        self._store(message, db)
        if message.key in self.subjects:
            world.mail(message.resource, self.subjects[message.key])

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        order = message.data
        with db:
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
                " payment = excluded.payment, shipping = excluded.shipping, version = excluded.version"
                " WHERE excluded.version > version",
                (message.resource, order["status"], order["payment"], order["shipping"], message.version),
            )
