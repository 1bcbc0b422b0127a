"""Mistake: it knows every field that an order has, and crashes on one that is new."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from zoo.message import Message
from zoo.receiver import Careful
from zoo.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as the documentation described it on the day this was written."""

    id: str
    type: str
    status: str
    payment: str
    shipping: str
    anonymized: bool
    customer: dict[str, Any]
    shipping_address: dict[str, Any]
    billing_address: dict[str, Any]
    links: dict[str, Any]
    meta: dict[str, Any]
    relationships: dict[str, Any]


class Receiver(Careful):
    """Keeps orders, newest version first, and each job once."""

    schema = """
        CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT, payment TEXT, shipping TEXT, version TEXT);
        CREATE TABLE handled (job TEXT PRIMARY KEY);
    """

    def handle(self, message: Message, db: sqlite3.Connection, world: World) -> None:
        order = Order(**message.data)  # TypeError: got an unexpected keyword argument
        with db:
            db.execute("BEGIN IMMEDIATE")
            if db.execute("INSERT OR IGNORE INTO handled VALUES (?)", (message.job,)).rowcount == 0:
                return
            db.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
                " payment = excluded.payment, shipping = excluded.shipping, version = excluded.version"
                " WHERE excluded.version > version",
                (order.id, order.status, order.payment, order.shipping, message.version),
            )
