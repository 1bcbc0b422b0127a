"""Resource: a thing in the shop, as it is now; and what a command does to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.domain.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing in the shop.

    `key` is type and n-th of its type (`order:1`), the basis of `id`. `document` is the resource as the provider's API and
    messages show it; `custom` holds attributes unknown to us, which reads merge in and messages leave out. `parent` is the key
    of what it belongs to (an address's customer, an order item's order). `occurrences` counts the events raised so far, by
    event key. `touched_at` is the last change in microseconds. `hidden` is internal state no reader sees.
    """

    key: str
    type: str
    id: str
    document: Mapping[str, Any]
    custom: Mapping[str, Any] = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    occurrences: Mapping[str, int] = field(default_factory=dict)
    created_at: int
    touched_at: int
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a shopper, a merchant or a receiver does to one resource.

    `target` is a resource id, or None for what makes a new one. `attributes` are the caller's own values: the API
    body's, or a trigger's overrides. `quiet` changes the shop without raising events.
    """

    type: str
    verb: str
    target: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a command did: resources to store, the events it raised in their causal order, and the resource it was about."""

    subject: Resource
    resources: tuple[Resource, ...]
    events: tuple[Event, ...]
