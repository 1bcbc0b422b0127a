"""Group: one resource type of the shop, its lifecycle and what its commands do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.core.fixture import Form
from emulator.domain.resource import Command, Resource
from emulator.store.draft import Draft
from emulator.store.lifecycle import Lifecycle, State, Step
from emulator.store.work import Name, Work

Handler = Callable[[Work, Resource | None, Step], Resource]
Refine = Callable[[Work, Command, Resource | None], str]
Maker = Callable[[Work, Name, Mapping[str, Any]], Draft]

FRAME = frozenset({"id", "type", "links", "meta", "relationships"})
"""Fields of every document that no caller can write; a body that carries them back is not at fault."""


def as_asked(_work: Work, command: Command, _resource: Resource | None) -> str:
    return command.verb


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Resources of a type that have been there since before: made without events when one is first needed, under keys
    of their own (`product:house-1`), so that they shift nobody else's number.

    `made` is told which one it makes; they are between `days` old.
    """

    count: int
    made: Maker
    days: tuple[int, int] = (30, 330)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a resource is made from: the type, the attribute that names it, and the commands that make one that will do.

    Without commands there is one in the house.
    """

    type: str
    attribute: str
    before: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`handlers` are by the verb of the lifecycle's row.

    `refine` picks the row where amounts decide (a refund in part or in full). `forms` are those of the fixtures of what
    the commands make, by type.
    """

    lifecycle: Lifecycle
    handlers: Mapping[str, Handler]
    forms: Mapping[str, Form]
    refine: Refine = field(default=as_asked)
    origin: Origin | None = None
    house: House | None = None

    @property
    def type(self) -> str:
        return self.lifecycle.type


class Groups(Protocol):
    """Every group of the shop, by type."""

    def get(self, type: str) -> Group | None: ...

    def form_of(self, type: str) -> Form:
        """How resources of this type look, also of one that another type's commands make."""
        ...


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
