"""Mistake: it forgets what was deleted, and a change that comes late makes it anew."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """Keeps customers for a newsletter, each job once, newest version only.

    A version can only be compared with a row that is there.
    """

    schema = """
        CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT, email TEXT, version TEXT);
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
                return
            if message.deletion:
                db.execute("DELETE FROM customers WHERE id = ?", (message.resource,))
            else:
                self._store(message, db)

    def _store(self, message: Message, db: sqlite3.Connection) -> None:
        customer = message.data
        db.execute(
            "INSERT INTO customers VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " email = excluded.email, version = excluded.version WHERE excluded.version > version",
            (message.resource, customer["name"], customer["email"], message.version),
        )
