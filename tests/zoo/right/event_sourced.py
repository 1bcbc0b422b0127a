"""Right: it stores events and nothing else, each once, and works everything out of them, deletions as tombstones."""

import sqlite3

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


class Receiver(Careful):
    """What it believes is a view of what it has heard, so the order in which it has heard it cannot matter."""

    schema = """
        CREATE TABLE events (
            job TEXT PRIMARY KEY, key TEXT, resource TEXT, version TEXT, data TEXT
        );
        CREATE TABLE tombstones (resource TEXT PRIMARY KEY);
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT);
        CREATE TABLE totals (name TEXT PRIMARY KEY, amount INTEGER);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        if message.data["type"] != "order":
            return
        with db:
            db.execute("BEGIN IMMEDIATE")
            if message.deletion:
                db.execute("INSERT OR IGNORE INTO tombstones VALUES (?)", (message.resource,))
            else:
                self._append(message, db)
            self._project(message.resource, db)

    def _append(self, message: Message, db: sqlite3.Connection) -> None:
        order = message.data
        db.execute(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, json_object('status', ?, 'payment', ?, 'shipping', ?,"
            " 'amount', ?))",
            (
                *(message.job, message.key, message.resource, message.version),
                *(order["status"], order["payment"], order["shipping"], message.amount),
            ),
        )

    def _project(self, order: str, db: sqlite3.Connection) -> None:
        """The order anew from its newest event, and the takings anew from all that are paid."""
        db.execute("DELETE FROM orders WHERE id = ?", (order,))
        db.execute(
            "INSERT INTO orders SELECT resource, data ->> 'status', data ->> 'payment', data ->> 'shipping'"
            " FROM events WHERE resource = ? AND resource NOT IN (SELECT resource FROM tombstones)"
            " ORDER BY version DESC LIMIT 1",
            (order,),
        )
        db.execute(
            "INSERT OR REPLACE INTO totals SELECT 'takings', coalesce(sum(amount), 0) FROM"
            " (SELECT max(data ->> 'amount') AS amount FROM events WHERE key = 'order.paid' GROUP BY resource)"
        )
