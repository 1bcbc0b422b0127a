"""Mistake: it remembers the last two jobs only, and what comes again comes after more than two others."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World

REMEMBERED = 2


class Receiver(Careful):
    """Confirms each new order by mail, once as far as it remembers."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, version TEXT);
        CREATE TABLE handled (number INTEGER PRIMARY KEY, job TEXT UNIQUE);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        order = message.data
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled (job) VALUES (?)", (message.job,)).rowcount == 0:
                return
            db.execute("DELETE FROM handled WHERE number <= (SELECT max(number) FROM handled) - ?", (REMEMBERED,))
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
                " payment = excluded.payment, shipping = excluded.shipping, version = excluded.version"
                " WHERE excluded.version > version",
                (message.resource, order["status"], order["payment"], order["shipping"], message.version),
            )
        if message.key == "order.created":
            world.mail(message.resource, "we have your order")
