"""Outgoing: sends by the time they are due, and the ones that may not leave although they are."""

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from emulator.domain.delivery import DeliveryKey, Send

_Entry = tuple[int, int, DeliveryKey, int, int, Send]


class Outgoing:
    """`max_in_flight` bounds the open sends of one integration, so that one that hangs holds up nobody else.

    A send that was moved or cancelled stays here until its turn comes; `is_current` tells it from one that counts.
    """

    def __init__(self, is_current: Callable[[Send], bool], max_in_flight: int) -> None:
        self._is_current = is_current
        self._max_in_flight = max_in_flight
        self._heap: list[_Entry] = []
        self._in_flight: dict[str, int] = {}
        self._parked: dict[str, deque[_Entry]] = {}
        self.paused: set[str] = set()

    def push(self, send: Send, ticket: int) -> None:
        """Ties break by the order of release, then by names, never by the order of arrival here."""
        heappush(self._heap, (send.due, ticket, send.delivery, send.attempt, send.copy, send))

    @property
    def next_due(self) -> int | None:
        """When the next send that may leave is due, in microseconds."""
        self._skim()
        return self._heap[0][0] if self._heap else None

    def take(self, now: int, limit: int) -> list[Send]:
        """What has to leave now, at most `limit`; but a group that goes together is never split."""
        taken: list[Send] = []
        while True:
            self._skim()
            if not self._heap or self._heap[0][0] > now:
                return taken
            send = self._heap[0][5]
            together = send.barrier is not None and bool(taken) and taken[-1].barrier == send.barrier
            if len(taken) >= limit and not together:
                return taken
            entry = heappop(self._heap)
            integration = send.delivery.integration
            in_flight = self._in_flight.get(integration, 0)
            if send.barrier is None and in_flight >= self._max_in_flight:
                self._park(entry)
                continue
            self._in_flight[integration] = in_flight + 1
            taken.append(send)

    def ended(self, integration: str) -> None:
        """A send to it is no longer open."""
        open_still = self._in_flight[integration] - 1
        if open_still:
            self._in_flight[integration] = open_still
        else:
            del self._in_flight[integration]
        if self._parked:
            self._unpark(integration)

    def pause(self, integration: str) -> None:
        """`*` is all of them."""
        self.paused.add(integration)

    def resume(self, integration: str) -> None:
        self.paused.discard(integration)
        for name in list(self._parked) if integration == "*" else [integration]:
            self._unpark(name)

    def is_paused(self, integration: str) -> bool:
        return integration in self.paused or "*" in self.paused

    def clear(self) -> None:
        """Forgets the sends, those that are open too; what is paused stays so."""
        self._heap.clear()
        self._in_flight.clear()
        self._parked.clear()

    def _skim(self) -> None:
        """Takes what does not count, or may not leave, from the top."""
        while self._heap:
            send = self._heap[0][5]
            if not self._is_current(send):
                heappop(self._heap)
            elif self.paused and self.is_paused(send.delivery.integration):
                self._park(heappop(self._heap))
            else:
                return

    def _park(self, entry: _Entry) -> None:
        self._parked.setdefault(entry[2].integration, deque()).append(entry)

    def _unpark(self, integration: str) -> None:
        """Gives parked sends another chance, as many as may fly."""
        parked = self._parked.get(integration)
        if not parked or self.is_paused(integration):
            return
        free = self._max_in_flight - self._in_flight.get(integration, 0)
        while parked and (free > 0 or parked[0][5].barrier):
            entry = parked.popleft()
            if self._is_current(entry[5]):
                heappush(self._heap, entry)
                free -= 1
        if not parked:
            del self._parked[integration]
