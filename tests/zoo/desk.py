"""Desk: a receiver at work, with a database, a world, and a state to look at."""

import inspect
import json
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from zoo.message import Message
from zoo.receiver import Acknowledge, AsyncReceiver, Receiver
from zoo.world import World

_SHOWN = {
    "orders": "SELECT id, json_object('status', status, 'payment', payment, 'shipping', shipping) FROM orders",
    "customers": "SELECT id, json_quote(email) FROM customers",
    "invoices": "SELECT order_id, count(*) FROM invoices GROUP BY order_id",
    "totals": "SELECT name, amount FROM totals",
}


class Desk:
    """Many threads may work at it. Closing it removes its database."""

    def __init__(self, receiver: Receiver | AsyncReceiver) -> None:
        self.receiver = receiver
        self.asynchronous = inspect.iscoroutinefunction(getattr(receiver, "handle", None))
        self.failures: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="zoo-")
        self._busy = threading.Condition()
        self._working = 0
        self.reset()

    def close(self) -> None:
        self._folder.cleanup()

    def take(self, message: Message, acknowledge: Acknowledge) -> None:
        """Raises whatever the receiver raises. What is new is nobody's mistake: it is acknowledged, and left."""
        if message.news:
            acknowledge()
            return
        with self._at_work() as db:
            self.receiver.consume(message, db, self.world, acknowledge)

    async def take_async(self, message: Message) -> None:
        """The same for a receiver on an event loop."""
        if message.news:
            return
        with self._at_work() as db:
            await self.receiver.handle(message, db, self.world)

    def reset(self) -> None:
        """Forgets everything."""
        self.wait_until_idle()
        self.failures.clear()
        self.world = World()
        with closing(self._connect()) as db:
            there = db.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
            drops = "".join(f"DROP {kind} {name};" for kind, name in there)
            db.executescript(f"PRAGMA foreign_keys = OFF;{drops}{self.receiver.schema}")

    def state(self) -> dict[str, Any]:
        """What it believes and what it has done: the same document for the same facts, in whatever order they came."""
        with closing(self._connect()) as db:
            there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            shown = {
                name: {key: _value(value) for key, value in sorted(db.execute(query))}
                for name, query in _SHOWN.items()
                if name in there
            }
        return {**shown, **self.world.state()}

    def idle(self) -> bool:
        """Whether nothing is being worked on, also of what has been acknowledged."""
        return self._working == 0

    def wait_until_idle(self, limit: float = 10.0) -> None:
        """Raises TimeoutError when it is still at it after so many wall seconds."""
        with self._busy:
            if not self._busy.wait_for(self.idle, limit):
                raise TimeoutError(f"still at work after {limit:g} s")

    @contextmanager
    def _at_work(self) -> Iterator[sqlite3.Connection]:
        with self._busy:
            self._working += 1
        try:
            with closing(self._connect()) as db:
                yield db
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}")
            raise
        finally:
            with self._busy:
                self._working -= 1
                self._busy.notify_all()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(Path(self._folder.name) / "receiver.sqlite3", timeout=10, check_same_thread=False)
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON")
        return db


def _value(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
