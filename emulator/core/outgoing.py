"""Outgoing: sends by the time they are due, and the ones that may not leave although they are."""

from heapq import heapify, heappop, heappush

from emulator.core.job import Job
from emulator.core.lanes import Lanes, Obstacle, lane_of
from emulator.domain.delivery import DeliveryKey, Send

_Entry = tuple[int, int, DeliveryKey, int, int, Send, Job]
"""When it is due, its ticket and its names, by which entries are in order; and what leaves, for which job."""


class Outgoing:
    """`max_in_flight` bounds the open sends of one integration, so that one that hangs holds up nobody else.

    A send that was moved or cancelled stays here until its turn comes; its job tells it from one that counts.
    One that may not leave is parked under what is in its way: its integration, which is paused or has no room, or
    something in its lane. When that ends, the first one parked there gets another chance.
    """

    def __init__(self, max_in_flight: int, lanes: Lanes) -> None:
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

    def push(self, job: Job, send: Send, ticket: int) -> None:
        """Ties break by the order of release, then by names, never by the order of arrival here."""
        heappush(self._heap, (send.due, ticket, job.key, send.attempt, send.copy, send, job))
        self._way_is_clear = False

    @property
    def next_due(self) -> int | None:
        """When the next send that may leave is due, in microseconds."""
        if not self._way_is_clear:
            self._clear_the_way()
        return self._heap[0][0] if self._heap else None

    def take(self, now: int, limit: int) -> list[tuple[Job, Send]]:
        """What has to leave now, at most `limit`; but a group that goes together is split by lanes alone."""
        taken: list[tuple[Job, Send]] = []
        together = None
        while True:
            if not self._way_is_clear:
                self._clear_the_way()
            if not self._heap or self._heap[0][0] > now:
                return taken
            send, job = self._heap[0][5:]
            if len(taken) >= limit and (send.barrier is None or send.barrier != together):
                return taken
            heappop(self._heap)
            self._way_is_clear = False
            integration = job.key.integration
            self._in_flight[integration] = self._in_flight.get(integration, 0) + 1
            if integration in self._lanes.ordered:
                self._lanes.enter(send)
            together = send.barrier
            taken.append((job, send))

    def ended(self, job: Job, send: Send) -> None:
        """It is no longer open."""
        integration = job.key.integration
        open_still = self._in_flight[integration] - 1
        if open_still:
            self._in_flight[integration] = open_still
        else:
            del self._in_flight[integration]
        if self._lanes.used:
            self._lanes.leave(send, under_way=job.under_way)
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
        self._heap = [entry for entry in entries if _is_current(entry)]
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
        while self._heap:
            entry = self._heap[0]
            if not _is_current(entry):
                heappop(self._heap)
                continue
            integration = entry[2].integration
            obstacle = self._obstacle(integration, entry[5])
            if obstacle is None:
                self._way_is_clear = True
                return
            heappush(self._parked.setdefault(obstacle, []), heappop(self._heap))
            if obstacle != integration and self._parked:
                self._unpark(integration)  # the room that it does not take is the next one's

    def _obstacle(self, integration: str, send: Send) -> str | Obstacle | None:
        if self.paused and self.is_paused(integration):
            return integration
        if self._in_flight.get(integration, 0) >= self._max_in_flight and send.barrier is None:
            return integration
        return self._lanes.obstacle(send) if integration in self._lanes.ordered else None

    def _unpark(self, obstacle: str | Obstacle) -> None:
        parked = self._parked.get(obstacle)
        if parked is None:
            return
        while parked:
            entry = heappop(parked)
            if _is_current(entry):
                heappush(self._heap, entry)
                break
        if not parked:
            del self._parked[obstacle]


def _is_current(entry: _Entry) -> bool:
    _, _, _, attempt, copy, send, job = entry
    return job.planned.get((attempt, copy)) is send
