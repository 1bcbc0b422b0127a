"""Resource: a thing in the shop, as it is now; and what a command does to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.domain.event import Event

_FROM_ELSEWHERE = "import-"


def key_from_elsewhere(type: str, name: str) -> str:
    """The key of a resource that was made elsewhere; it has no number, so that it shifts nobody else's."""
    return f"{type}:{_FROM_ELSEWHERE}{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing in the shop.

    `key` is type and n-th of its type (`order:1`), the basis of `id`. `document` is the resource as the
    provider's API and messages show it; `custom` holds attributes unknown to us, which reads merge in and
    messages leave out. `parent` is the key of what it belongs to (an address's customer, an order item's
    order). `occurrences` counts the events raised so far, by event key. `touched_at` is the last change in
    microseconds. `hidden` is internal state no reader sees.
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

    @property
    def from_elsewhere(self) -> bool:
        """Whether it was made in another shop and came here by import."""
        return _FROM_ELSEWHERE in self.key and self.key.startswith(key_from_elsewhere(self.type, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadEdit:
    """What a trigger changes by hand in the payload of the events of one key: paths such as
    `data.customer.email` and their values.

    `override` replaces what is there, `add` what is not yet, `remove` takes away; `raw` is JSON text that
    stands in for the whole payload, before the others.
    """

    key: str
    override: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something a shopper, a merchant or a receiver does to one resource.

    `target` is a resource id or key, None for what makes a new one, or within a batch `@order`: what the
    latest command before made or changed of that type. `attributes` are the caller's own values, those of an
    API body. `alias` becomes the key of what is made. `quiet` changes the shop without raising events; `only`
    raises none but those of this key; `edit` changes their payload.
    """

    type: str
    verb: str
    target: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    alias: str | None = None
    quiet: bool = False
    only: str | None = None
    edit: PayloadEdit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a command did: resources to store, the events it raised in their causal order, and the resource
    it was about. `new` are the keys of the resources that were not there before."""

    subject: Resource
    resources: tuple[Resource, ...]
    events: tuple[Event, ...]
    new: frozenset[str]
