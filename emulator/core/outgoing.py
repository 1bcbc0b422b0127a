"""Outgoing: sends by the time they are due, and the ones that may not leave although they are."""

from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from emulator.core.job import Job
from emulator.core.lanes import Lanes, Obstacle, lane_of
from emulator.domain.delivery import DeliveryKey, Send

_Entry = tuple[int, int, DeliveryKey, int, int, Send]


class Outgoing:
    """`max_in_flight` bounds the open sends of one integration, so that one that hangs holds up nobody else.

    A send that was moved or cancelled stays here until its turn comes; `jobs` tell it from one that counts.
    One that may not leave is parked under what is in its way: its integration, which is paused or has no room, or
    something in its lane. When that ends, the first one parked there gets another chance.
    """

    def __init__(self, jobs: Mapping[DeliveryKey, Job], max_in_flight: int, lanes: Lanes) -> None:
        self._jobs = jobs
        self._max_in_flight = max_in_flight
        self._lanes = lanes
        self._heap: list[_Entry] = []
        self._in_flight: dict[str, int] = {}
        self._parked: dict[str | Obstacle, list[_Entry]] = {}
        self._way_is_clear = False  # nothing has changed since the top was looked at
        self.paused: set[str] = set()

    @property
    def max_in_flight(self) -> int:
        """How many sends of one integration may be open. With less than before, those that are open stay so."""
        return self._max_in_flight

    @max_in_flight.setter
    def max_in_flight(self, most: int) -> None:
        more = most > self._max_in_flight
        self._max_in_flight = most
        self._way_is_clear = False
        if more:
            self.unpark_all()

    def push(self, send: Send, ticket: int) -> None:
        """Ties break by the order of release, then by names, never by the order of arrival here."""
        heappush(self._heap, (send.due, ticket, send.delivery, send.attempt, send.copy, send))
        self._way_is_clear = False

    @property
    def next_due(self) -> int | None:
        """When the next send that may leave is due, in microseconds."""
        self._clear_the_way()
        return self._heap[0][0] if self._heap else None

    def take(self, now: int, limit: int) -> list[Send]:
        """What has to leave now, at most `limit`; but a group that goes together is split by lanes alone."""
        taken: list[Send] = []
        while True:
            self._clear_the_way()
            if not self._heap or self._heap[0][0] > now:
                return taken
            send = self._heap[0][5]
            together = send.barrier is not None and bool(taken) and taken[-1].barrier == send.barrier
            if len(taken) >= limit and not together:
                return taken
            heappop(self._heap)
            self._way_is_clear = False
            integration = send.delivery.integration
            self._in_flight[integration] = self._in_flight.get(integration, 0) + 1
            self._lanes.enter(send)
            taken.append(send)

    def ended(self, send: Send, *, under_way: bool) -> None:
        """It is no longer open; its delivery is still `under_way` or not."""
        integration = send.delivery.integration
        open_still = self._in_flight[integration] - 1
        if open_still:
            self._in_flight[integration] = open_still
        else:
            del self._in_flight[integration]
        self._lanes.leave(send, under_way=under_way)
        if self._parked:
            self._way_is_clear = False  # what may leave now may be due before the top
            self._unpark(integration)
            self._unpark(send.delivery)
            self._unpark(lane_of(send))

    def pause(self, integration: str) -> None:
        """`*` is all of them."""
        self.paused.add(integration)
        self._way_is_clear = False

    def resume(self, integration: str) -> None:
        self.paused.discard(integration)
        self.unpark_all()

    def is_paused(self, integration: str) -> bool:
        return integration in self.paused or "*" in self.paused

    def unpark_all(self) -> None:
        """Gives all that is parked another chance; what does not count any more goes."""
        entries = [*self._heap, *(entry for parked in self._parked.values() for entry in parked)]
        self._heap = [entry for entry in entries if self._is_current(entry[5])]
        heapify(self._heap)
        self._parked.clear()
        self._way_is_clear = False

    def clear(self) -> None:
        """Forgets the sends, those that are open too; what is paused stays so."""
        self._heap.clear()
        self._in_flight.clear()
        self._parked.clear()
        self._lanes.clear()

    def _clear_the_way(self) -> None:
        """Takes what does not count, or may not leave, from the top."""
        while self._heap and not self._way_is_clear:
            send = self._heap[0][5]
            if not self._is_current(send):
                heappop(self._heap)
                continue
            obstacle = self._obstacle(send)
            if obstacle is None:
                self._way_is_clear = True
                return
            heappush(self._parked.setdefault(obstacle, []), heappop(self._heap))
            if obstacle != send.delivery.integration and self._parked:
                self._unpark(send.delivery.integration)  # the room that it does not take is the next one's

    def _is_current(self, send: Send) -> bool:
        job = self._jobs.get(send.delivery)
        return job is not None and job.planned.get((send.attempt, send.copy)) is send

    def _obstacle(self, send: Send) -> str | Obstacle | None:
        integration = send.delivery.integration
        if self.paused and self.is_paused(integration):
            return integration
        if send.barrier is None and self._in_flight.get(integration, 0) >= self._max_in_flight:
            return integration
        return self._lanes.obstacle(send)

    def _unpark(self, obstacle: str | Obstacle) -> None:
        parked = self._parked.get(obstacle)
        if parked is None:
            return
        while parked:
            entry = heappop(parked)
            if self._is_current(entry[5]):
                heappush(self._heap, entry)
                break
        if not parked:
            del self._parked[obstacle]
