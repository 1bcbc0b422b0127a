"""Event: something that happened in the shop, with the resource as it was at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.domain.integration import Scope

INCLUDES_ELIDED: Mapping[str, Any] = {"meta": {"includes_elided": True}}
"""What stands at `included` where it was left out of a message that would be too large (the provider's guide)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, before anybody is told of it.

    `identity` names it for the dice and in every plan: resource key, event key and the n-th occurrence of that event
    on that resource, as in `order:1/order.paid:1`. `resource` is the resource key alone (`order:1`: type and n-th of
    its type, or a scenario's alias). `payload` is JSON text, exactly what stands at `payload` in the webhook envelope:
    `{"data": …, "included": …}`, or for a deletion `{"id", "type"}`. `at` is microseconds since the epoch and strictly
    increases from event to event. `recorded` is the whole message of the real service that this one replays, as JSON
    text without its secrets: it is what goes out, as often as it was recorded and no oftener.
    """

    identity: str
    key: str
    resource: str
    resource_type: str
    resource_id: str
    at: int
    payload: str
    deletion: bool = False
    scopes: frozenset[Scope] = frozenset({Scope.STORE})
    recorded: str | None = None
