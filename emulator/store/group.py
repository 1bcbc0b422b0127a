"""Group: one resource type of the shop, its lifecycle and what its commands do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.domain.resource import Command, Resource
from emulator.store.lifecycle import Lifecycle, State, Step
from emulator.store.work import Work

Handler = Callable[[Work, Resource | None, Step], Resource]
Refine = Callable[[Work, Command, Resource | None], str]

FRAME = frozenset({"id", "type", "links", "meta", "relationships"})
"""Fields of every document that no caller can write; a body that carries them back is not at fault."""


def as_asked(_work: Work, command: Command, _resource: Resource | None) -> str:
    return command.verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`handlers` are by the verb of the lifecycle's row.

    `refine` picks the row where amounts decide (a refund in part or in full).
    """

    lifecycle: Lifecycle
    handlers: Mapping[str, Handler]
    refine: Refine = field(default=as_asked)

    @property
    def type(self) -> str:
        return self.lifecycle.type


def state_of(resource: Resource | None) -> State | None:
    """Where a resource stands in its lifecycle."""
    return None if resource is None else tuple(resource.hidden["state"])


def custom_of(attributes: Mapping[str, Any], document: frozenset[str]) -> dict[str, Any]:
    """What a caller sends and the provider does not know: a store's own fields."""
    return {name: value for name, value in attributes.items() if name not in document and name not in FRAME}


def present(resource: Resource | None) -> Resource:
    """A step that does not make its resource has one."""
    assert resource is not None, "only the first step of a lifecycle starts from nothing"
    return resource
