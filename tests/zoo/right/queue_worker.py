"""Right: each job once, newest version only, and the message is deleted when all of it is committed."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Acknowledge, Careful
from zoo.world import World


class Receiver(Careful):
    """Ships paid orders and keeps a copy of each.

    A parcel has the order's id for its key, so that an order is shipped once, whichever message says first that it is
    paid.
    """

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, version TEXT);
        CREATE TABLE parcels (order_id TEXT PRIMARY KEY);
        CREATE TABLE deleted (id TEXT PRIMARY KEY);
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def consume(self, message: Message, db: sqlite3.Connection, world: World, acknowledge: Acknowledge) -> None:
        if message.data["type"] == "order":
            self.handle(message, db, world)
        acknowledge()

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        it = message.resource
        parcel = False
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
                return
            if message.deletion:
                db.execute("INSERT OR IGNORE INTO deleted VALUES (?)", (it,))
                db.execute("DELETE FROM orders WHERE id = ?", (it,))
                return
            if message.key == "order.paid":
                parcel = db.execute("INSERT OR IGNORE INTO parcels VALUES (?)", (it,)).rowcount == 1
            if not db.execute("SELECT 1 FROM deleted WHERE id = ?", (it,)).fetchone():
                self._store(message, db)
        if parcel:
            world.ship(it)

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        order = message.data
        db.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
            " payment = excluded.payment, shipping = excluded.shipping, version = excluded.version"
            " WHERE excluded.version > version",
            (message.resource, order["status"], order["payment"], order["shipping"], message.version),
        )
