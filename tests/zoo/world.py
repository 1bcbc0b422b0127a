"""World: what a receiver does to others. No rollback takes any of it back."""

import asyncio
import threading
import time
from collections import Counter
from typing import Any

_GAP = 0.1  # wall seconds
_SLOW = 0.5


class World:
    """Counts what was sent out. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._emails: Counter[str] = Counter()
        self._shipments: Counter[str] = Counter()
        self._asking = 0

    def mail(self, about: str, subject: str) -> None:
        """Sends an e-mail about an order."""
        with self._lock:
            self._emails[f"{about}: {subject}"] += 1

    def ship(self, order: str) -> None:
        """Has a carrier fetch the goods."""
        with self._lock:
            self._shipments[order] += 1

    def ask_back_office(self) -> None:
        """Takes longer than the 300 ms that a sender in a hurry waits, and longer than it takes to send again."""
        time.sleep(_SLOW)

    async def ask_tax_office(self) -> None:
        """Takes a while, in which whoever asks at the same moment has asked too."""
        loop = asyncio.get_running_loop()
        self._asking += 1
        until = loop.time() + _GAP
        try:
            while self._asking < 2 and loop.time() < until:  # noqa: ASYNC110 - this is the time that passes elsewhere
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.01)  # so that the other one sees that it is two
        finally:
            self._asking -= 1

    def state(self) -> dict[str, Any]:
        with self._lock:
            return {"emails": dict(sorted(self._emails.items())), "shipments": dict(sorted(self._shipments.items()))}
