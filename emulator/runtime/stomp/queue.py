"""Queue: messages in order, each for one of the competing consumers, kept until it is acknowledged."""

from collections import deque
from collections.abc import Iterable
from heapq import merge
from itertools import islice

from emulator.domain.queue import QueuedMessage
from emulator.runtime.stomp.budget import Budget
from emulator.runtime.stomp.limits import MIB
from emulator.runtime.stomp.message import Message
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.subscription import Subscription


class Queue:
    """A queue of at most `most` messages and `most_bytes` bytes, whose memory counts against the budget."""

    def __init__(self, name: str, *, budget: Budget, most: int, most_bytes: int) -> None:
        self.name = name
        self.ensured = False
        self.told_full = False
        self.told_rejected = False
        self._budget = budget
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._ready: deque[Message] = deque()
        self._in_flight: dict[int, Message] = {}
        self._consumers: deque[Subscription] = deque()

    @property
    def waiting(self) -> int:
        """How many messages can be delivered."""
        return len(self._ready)

    @property
    def in_flight(self) -> int:
        """How many were delivered and are not acknowledged."""
        return len(self._in_flight)

    @property
    def consumed(self) -> bool:
        """Whether anybody takes from it."""
        return bool(self._consumers)

    @property
    def idle(self) -> bool:
        """Whether nobody would miss it: nothing in it, nobody at it, nobody asked for it."""
        return not (self._ready or self._in_flight or self._consumers or self.ensured)

    def expect_room(self, count: int, size: int) -> None:
        """Raises Refusal when so many messages of so many bytes together do not fit."""
        held = len(self._ready) + len(self._in_flight)
        if held + count > self._most:
            raise Refusal("Queue is full", f"{self._contents()}, and may hold {self._most}; consume or purge it")
        if self._bytes + size > self._most_bytes or not self._budget.fits(size):
            raise Refusal(
                "Queue is full",
                f"{self._contents()}, and the broker may hold {self._budget.limit / MIB:.1f} MB in all, of which "
                f"{self._budget.used / MIB:.1f} MB are used; consume or purge it",
            )

    def put(self, message: Message) -> None:
        """The newest message. Raises Refusal when the queue is full."""
        self.expect_room(1, message.size)
        self.put_anyway(message)

    def put_anyway(self, message: Message) -> None:
        """A message that had its room in another queue, or needs it for a moment only."""
        self._budget.used += message.size
        self._bytes += message.size
        self._ready.append(message)
        if self._consumers:
            self.dispatch()

    def join(self, consumer: Subscription) -> None:
        """One more consumer, which gets its share from now on."""
        self._consumers.append(consumer)
        self.dispatch()

    def leave(self, consumer: Subscription) -> None:
        """One consumer less; what it has not acknowledged waits again. Its dispatch is the caller's."""
        self._consumers.remove(consumer)
        self._restore(consumer.take_all())

    def settle(self, messages: Iterable[Message]) -> None:
        """These were acknowledged."""
        for message in messages:
            if self._in_flight.pop(message.number, None) is not None:
                self._forget(message)
        self.dispatch()

    def put_back(self, messages: Iterable[Message]) -> None:
        """These are to be delivered again, in their old places."""
        self._restore(messages)
        self.dispatch()

    def dispatch(self) -> None:
        """Hands out what waits, in turn, to the consumers that take something now."""
        ready = self._ready
        while ready and (consumer := self._next_consumer()) is not None:
            message = ready.popleft()
            if consumer.automatic:
                self._forget(message)
            else:
                self._in_flight[message.number] = message
            consumer.deliver(message)

    def purge(self) -> int:
        """Throws away what waits; what is being worked on stays. Says how many messages it was."""
        count = len(self._ready)
        for message in self._ready:
            self._forget(message)
        self._ready.clear()
        self.told_full = False
        return count

    def discard(self) -> None:
        """Throws everything away."""
        self.purge()
        for message in self._in_flight.values():
            self._forget(message)
        self._in_flight.clear()

    def peek(self, limit: int) -> list[QueuedMessage]:
        """The oldest messages, delivered ones among them."""
        in_flight = sorted(self._in_flight.values(), key=_number)
        oldest = islice(merge(in_flight, self._ready, key=_number), limit)
        return [message.view(in_flight=message.number in self._in_flight) for message in oldest]

    def _next_consumer(self) -> Subscription | None:
        consumers = self._consumers
        for _ in range(len(consumers)):
            consumer = consumers[0]
            consumers.rotate(-1)
            if consumer.ready:
                return consumer
        return None

    def _restore(self, messages: Iterable[Message]) -> None:
        """To the front, sorted in among those that are there; without those that were discarded meanwhile."""
        known = [message for message in messages if self._in_flight.pop(message.number, None) is not None]
        returned = sorted(known, key=_number)
        if not returned:
            return
        ready, last = self._ready, returned[-1].number
        while ready and ready[0].number < last:
            returned.append(ready.popleft())
        returned.sort(key=_number)
        ready.extendleft(reversed(returned))

    def _forget(self, message: Message) -> None:
        self._budget.used -= message.size
        self._bytes -= message.size
        if not self._bytes:
            self.told_full = False

    def _contents(self) -> str:
        held = len(self._ready) + len(self._in_flight)
        flying = f", {len(self._in_flight)} of them unacknowledged" if self._in_flight else ""
        return f"the queue '{self.name}' holds {held} messages of {self._bytes / MIB:.1f} MB{flying}"


def _number(message: Message) -> int:
    return message.number
