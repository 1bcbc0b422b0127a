"""Destinations: all queues and topics of a broker, by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count

from emulator.runtime.stomp.behaviour import BrokerBehaviour, is_topic
from emulator.runtime.stomp.budget import Budget
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.message import Message, custom_head
from emulator.runtime.stomp.queue import Queue
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.subscription import Subscription
from emulator.runtime.stomp.topic import Topic
from emulator.runtime.stomp.transaction import Answer


class Destinations:
    """Queues are made when they are first used. `now` is wall time in microseconds; `prefix` begins message ids."""

    def __init__(
        self,
        *,
        behaviour: BrokerBehaviour,
        limits: Limits,
        prefix: str,
        now: Callable[[], int],
        on_notice: Callable[[str], None],
    ) -> None:
        self.behaviour = behaviour
        self.budget = Budget(limits.memory_bytes)
        self._limits = limits
        self._prefix = prefix
        self._now = now
        self._on_notice = on_notice
        self._numbers = count(1)
        self._queues: dict[str, Queue] = {}
        self._topics: dict[str, Topic] = {}

    @property
    def queues(self) -> Iterable[Queue]:
        """All that there are, in the order in which they were made."""
        return self._queues.values()

    def in_hand(self) -> dict[str, int]:
        """The destinations whose consumers have something left to do, and how many messages that is."""
        served = [queue for queue in self._queues.values() if queue.consumed]
        served += [backlog for topic in self._topics.values() for backlog in topic.backlogs]
        counts: dict[str, int] = {}
        for queue in served:
            if left := queue.waiting + queue.in_flight:
                counts[queue.name] = counts.get(queue.name, 0) + left
        return counts

    def find(self, destination: str) -> Queue | None:
        """The queue of this name, if it has been used. Raises Refusal for names that this broker refuses."""
        return self._queues.get(self.behaviour.canonical(destination))

    def queue(self, destination: str) -> Queue:
        """The queue of this name, made when it is missing. Raises Refusal, also when there are too many."""
        queue = self._queues.get(destination)
        if queue is None:
            name = self.behaviour.canonical(destination)
            queue = self._queues.get(name)
            if queue is None:
                queue = self._make_queue(name)
        return queue

    def compose(self, headers: Mapping[str, str], body: bytes) -> Message:
        """What a SEND frame says, as it will be kept."""
        number = next(self._numbers)
        return Message(
            number=number,
            id=f"{self._prefix}-{number}",
            head=custom_head(headers),
            body=body,
            sent_at=self._now(),
            persistent=headers.get("persistent") == "true",
        )

    def expect(self, destination: str) -> None:
        """Raises Refusal for a destination that nothing can be sent to."""
        self.behaviour.canonical(destination)

    def publish(self, destination: str, message: Message) -> None:
        """Sends one message. Raises Refusal when the destination is none, or full."""
        if destination.startswith("/topic/"):
            topic = self._topics.get(self.behaviour.canonical(destination))
            if topic is not None:
                topic.publish(message)
            return
        queue = self.queue(destination)
        try:
            queue.put(message)
        except Refusal as refusal:
            self._tell(queue, refusal)
            raise

    def publish_all(self, sends: Sequence[tuple[str, Message]]) -> None:
        """Sends all of them or, with a Refusal, none."""
        queues: dict[Queue, list[Message]] = {}
        topics: list[tuple[str, Message]] = []
        for destination, message in sends:
            if is_topic(self.behaviour.canonical(destination)):
                topics.append((destination, message))
            else:
                queues.setdefault(self.queue(destination), []).append(message)
        for queue, messages in queues.items():
            try:
                queue.expect_room(len(messages), sum(message.size for message in messages))
            except Refusal as refusal:
                self._tell(queue, refusal)
                raise
        for queue, messages in queues.items():
            for message in messages:
                queue.put(message)
        for destination, message in topics:
            self.publish(destination, message)

    def source(self, destination: str) -> Queue:
        """The queue that a subscriber of this destination is to be served from. Raises Refusal."""
        name = self.behaviour.canonical(destination)
        if not is_topic(name):
            return self.queue(name)
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = Topic(name, budget=self.budget, limits=self._limits)
        return topic.backlog()

    def join(self, subscription: Subscription) -> None:
        """The subscription receives from now on."""
        topic = self._topics.get(subscription.destination)
        if topic is None:
            subscription.queue.join(subscription)
        else:
            topic.join(subscription)

    def leave(self, subscription: Subscription) -> None:
        """It receives no more; what it has not acknowledged goes back. The queue's dispatch is the caller's."""
        subscription.open = False
        topic = self._topics.get(subscription.destination)
        if topic is None:
            subscription.queue.leave(subscription)
            return
        topic.leave(subscription)
        if topic.idle:
            del self._topics[topic.name]

    def settle(self, answer: Answer) -> None:
        """Does what the broker's behaviour asks for after ACK or NACK."""
        queue, dead_letters = answer.subscription.queue, self.behaviour.dead_letters
        if answer.accepted or not answer.again:
            queue.settle(answer.messages)
        elif dead_letters is None:
            queue.put_back(answer.messages)
        else:
            queue.settle(answer.messages)
            self._bury(queue, answer.messages, dead_letters)

    def _bury(self, queue: Queue, rejected: Sequence[Message], dead_letters: str) -> None:
        for message in rejected:
            if queue.name != dead_letters and message.persistent:
                self.queue(dead_letters).put_anyway(message.copy(moved_from=queue.name))
            elif queue.name != dead_letters and not queue.told_rejected:
                queue.told_rejected = True
                self._on_notice(
                    f"a message of '{queue.name}' was rejected (NACK) and is gone: {dead_letters} keeps only what was "
                    "sent with persistent:true, as ActiveMQ does"
                )

    def _make_queue(self, name: str) -> Queue:
        if is_topic(name):
            raise Refusal("Not a queue", f"'{name}' is a topic, which keeps nothing")
        limits = self._limits
        if len(self._queues) >= limits.queues:
            self._queues = {kept: queue for kept, queue in self._queues.items() if not queue.idle}
        # Where rejected messages go must always be there: the client has let go of them already.
        if len(self._queues) >= limits.queues and name != self.behaviour.dead_letters:
            raise Refusal("Too many queues", f"there are {limits.queues} queues in use, and there may be no more")
        queue = Queue(name, budget=self.budget, most=limits.queue_messages, most_bytes=limits.memory_bytes)
        self._queues[name] = queue
        return queue

    def _tell(self, queue: Queue, refusal: Refusal) -> None:
        """Says that a queue is full, once until it has been emptied."""
        if not queue.told_full:
            queue.told_full = True
            self._on_notice(refusal.detail)
