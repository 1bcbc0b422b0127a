"""Topic: every message for everybody who subscribes at the moment, and for nobody else."""

from collections.abc import Iterable

from emulator.runtime.stomp.budget import Budget
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.message import Message
from emulator.runtime.stomp.queue import Queue
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.subscription import Subscription


class Topic:
    """Each subscriber has a queue of its own in which a small backlog may wait; past that it is too slow."""

    def __init__(self, name: str, *, budget: Budget, limits: Limits) -> None:
        self.name = name
        self._budget = budget
        self._limits = limits
        self._members: list[Subscription] = []

    @property
    def idle(self) -> bool:
        """Whether nobody subscribes."""
        return not self._members

    @property
    def backlogs(self) -> Iterable[Queue]:
        """Those of the subscribers there are."""
        return (member.queue for member in self._members)

    def backlog(self) -> Queue:
        """The queue for one more subscriber."""
        limits = self._limits
        return Queue(
            self.name,
            budget=self._budget,
            most=limits.backlog_messages,
            most_bytes=limits.backlog_bytes,
        )

    def join(self, member: Subscription) -> None:
        """One more subscriber."""
        self._members.append(member)
        member.queue.join(member)

    def leave(self, member: Subscription) -> None:
        """One subscriber less; what it has not acknowledged is gone."""
        self._members.remove(member)
        member.queue.leave(member)
        member.queue.discard()

    def publish(self, message: Message) -> None:
        """Sends to everybody. A subscriber that is too slow is disconnected, so that it costs the others nothing."""
        for member in tuple(self._members):
            if not member.open:
                continue  # its connection was ended by its other subscription, a moment ago
            backlog = member.queue
            held = backlog.waiting + backlog.in_flight
            if not held and member.ready:
                backlog.put_anyway(message.copy())
                continue
            try:
                backlog.put(message.copy())
            except Refusal:
                member.outlet.refuse(
                    Refusal(
                        "Slow consumer",
                        f"{held} messages of '{self.name}' are waiting for this subscriber or for its answer, and "
                        "there is no room for more; read or acknowledge faster, or use a queue",
                    )
                )
