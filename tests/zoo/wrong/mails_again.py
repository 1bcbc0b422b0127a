"""Mistake: it mails for each delivery, also for one that comes again because its acknowledgement was lost."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World

SUBJECTS = {"order.paid": "receipt", "order.fulfilled": "on its way", "order.refunded": "money back"}


class Receiver(Careful):
    """Its table is idempotent and knows versions; the e-mail beside it does not."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, version TEXT);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        self._store(message, db)
        if message.key in SUBJECTS:
            world.mail(message.resource, SUBJECTS[message.key])

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        order = message.data
        with db:
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
                " payment = excluded.payment, shipping = excluded.shipping, version = excluded.version"
                " WHERE excluded.version > version",
                (message.resource, order["status"], order["payment"], order["shipping"], message.version),
            )
