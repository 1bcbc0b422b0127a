"""The bus: hands records that have become durable to whoever subscribed, and never waits for a slow one."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from emulator.domain.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Lagged:
    """The reader was too slow: records from this number on were passed over, up to the next one it gets."""

    missed_from_seq: int


class Subscription:
    """Records from the moment of subscribing on; an async iterator that ends when it, or the bus, is closed.

    At most `capacity` records wait to be read. When more come, those that wait are given up, a `Lagged` takes
    their place, and the reader continues with the present; the journal still has what it missed. For one reader
    at a time. Also a context manager that closes itself.
    """

    def __init__(self, bus: "Bus", capacity: int) -> None:
        self._bus = bus
        self._capacity = capacity
        self._waiting: deque[Record] = deque()
        self._missed_from: int | None = None
        self._closed = False
        self._wake = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[Record | Lagged]:
        return self

    async def __anext__(self) -> Record | Lagged:
        if not await self._something():
            raise StopAsyncIteration
        lagged = self._take_lagged()
        return self._waiting.popleft() if lagged is None else lagged

    async def batch(self) -> list[Record | Lagged]:
        """Everything that waits, at least one; empty when closed."""
        if not await self._something():
            return []
        lagged = self._take_lagged()
        taken: list[Record | Lagged] = [] if lagged is None else [lagged]
        taken.extend(self._waiting)
        self._waiting.clear()
        return taken

    def close(self) -> None:
        """No more records; what waits can still be read."""
        self._closed = True
        self._wake.set()
        self._bus.forget(self)

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, records: Sequence[Record]) -> None:
        """From the bus."""
        waiting = self._waiting
        if len(waiting) + len(records) > self._capacity:
            if self._missed_from is None:
                self._missed_from = (waiting[0] if waiting else records[0]).seq
            waiting.clear()
            records = records[len(records) - min(len(records), self._capacity) :]
        waiting.extend(records)
        self._wake.set()

    async def _something(self) -> bool:
        while not self._waiting and self._missed_from is None:
            if self._closed:
                return False
            self._wake.clear()
            await self._wake.wait()
        return True

    def _take_lagged(self) -> Lagged | None:
        if self._missed_from is None:
            return None
        lagged = Lagged(missed_from_seq=self._missed_from)
        self._missed_from = None
        return lagged


class Bus:
    """Everybody's source of records. Give `publish` to the journal as its `on_committed`."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []
        self._closed = False

    def subscribe(self, capacity: int = 10_000) -> Subscription:
        """Hear of every record from now on, with room for `capacity` unread ones."""
        subscription = Subscription(self, capacity)
        if self._closed:
            subscription.close()
        else:
            self._subscriptions.append(subscription)
        return subscription

    def publish(self, records: Sequence[Record]) -> None:
        """Hand these to every subscription. Never blocks."""
        for subscription in self._subscriptions:
            subscription.put(records)

    def forget(self, subscription: Subscription) -> None:
        """It hears nothing more."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """End every subscription, once what waits in it is read."""
        self._closed = True
        for subscription in tuple(self._subscriptions):
            subscription.close()
