"""Queue: what can be seen of one from outside, without taking anything out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.domain.integration import IntegrationType


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue of SQS, or a destination of a STOMP broker.

    `name` is what `queues` commands call it (`epcc-orders`, `/queue/orders`), `address` where a receiver finds it (the
    queue's URL; `stomp://host:port`). `waiting` messages can be received now, `in_flight` ones have been received
    and are neither acknowledged nor returned.
    """

    integration_type: IntegrationType
    name: str
    address: str
    waiting: int
    in_flight: int = 0
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """One message as it lies in a queue. `sent_at` is wall time in microseconds; `received` counts its receives."""

    id: str
    body: str
    sent_at: int
    received: int = 0
    in_flight: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
