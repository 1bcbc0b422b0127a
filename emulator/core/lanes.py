"""Lanes: what is about one resource and goes to a queue that keeps order leaves one delivery after the other."""

from collections.abc import Container

from emulator.core.job import Job
from emulator.domain.delivery import DeliveryKey, Send

Lane = tuple[str, str]
Obstacle = Lane | DeliveryKey


class Lanes:
    """A lane is an integration's queue and a resource; `ordered` are the integrations that have lanes now.

    The delivery that a send of the lane was last made for owns it while that send is open, and on as long as the
    delivery is under way: a failed attempt holds up what comes after it, as a group of a FIFO queue demands.
    """

    def __init__(self, ordered: Container[str]) -> None:
        self.ordered = ordered
        self._owners: dict[Lane, DeliveryKey] = {}
        self._open: set[Lane] = set()

    @property
    def used(self) -> bool:
        """Whether anything has a lane."""
        return bool(self._owners or self._open)

    def obstacle(self, send: Send) -> Obstacle | None:
        """What has to end before this send, of an ordered integration, may leave: another send of its own delivery, or
        what has the lane."""
        lane = lane_of(send)
        owner = self._owners.get(lane, send.delivery)
        if owner != send.delivery:
            return lane
        return owner if lane in self._open else None

    def enter(self, send: Send) -> None:
        """It leaves, to an ordered integration."""
        lane = lane_of(send)
        self._owners[lane] = send.delivery
        self._open.add(lane)

    def leave(self, send: Send, *, under_way: bool) -> None:
        """It has ended, and its delivery is still `under_way` or not."""
        lane = lane_of(send)
        self._open.discard(lane)
        if not under_way and self._owners.get(lane) == send.delivery:
            del self._owners[lane]

    def claim(self, job: Job) -> None:
        """It was under way when an earlier process ended; the first that says so owns its lane."""
        if job.key.integration in self.ordered:
            self._owners.setdefault((job.key.integration, job.event.resource), job.key)

    def give_up(self, integration: str) -> None:
        """Nothing of it is under way any more; what is open still has its lane until it ends."""
        for lane in [lane for lane in self._owners if lane[0] == integration and lane not in self._open]:
            del self._owners[lane]

    def clear(self) -> None:
        """Nothing is open, nothing under way."""
        self._owners.clear()
        self._open.clear()


def lane_of(send: Send) -> Lane:
    return (send.delivery.integration, send.resource)
