"""Mistake: nothing tells it that it has seen a message before, so whatever comes twice is done twice."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Hands a paid order to the carrier, and keeps a list of what is on its way."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE parcels (number INTEGER PRIMARY KEY, order_id TEXT, recipient TEXT, town TEXT);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        if message.key == "order.paid":
            self._dispatch(message, db, world)

    def _dispatch(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        order = message.data
        address = order["shipping_address"]
        recipient = f"{address.get('first_name', '')} {address.get('last_name', '')}".strip()
        with db:
            db.execute(
                "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)",
                (message.resource, order["status"], order["payment"], order["shipping"]),
            )
            # The number is the database's, so every insert is a parcel of its own.
            db.execute(
                "INSERT INTO parcels (order_id, recipient, town) VALUES (?, ?, ?)",
                (message.resource, recipient, address.get("city", "")),
            )
        world.ship(message.resource)
