"""Fault: the port that every fault fills, and the draft of a delivery that schedule faults work on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from emulator.core.dice import Stream
from emulator.core.fields import Fields
from emulator.domain.delivery import FaultNote, Hold, Treatment
from emulator.domain.event import Event
from emulator.domain.integration import IntegrationType


class Legality(StrEnum):
    """Whether a receiver has to expect it: the provider allows it, it happens anyway, or it should never happen."""

    DOCUMENTED = "documented"
    PLAUSIBLE = "plausible"
    HOSTILE = "hostile"


class Scope(StrEnum):
    """Which events change places, or coincide, with which."""

    ANY = "any"
    SAME_RESOURCE = "same_resource"
    ACROSS_RESOURCES = "across_resources"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An extra send of one attempt: `after` microseconds later, as the same job or as one of its own."""

    after: int
    new_job: bool


@dataclass(slots=True, kw_only=True)
class Draft:
    """One attempt of one delivery while the faults take their turns. `at` is when it would go without any."""

    event: Event
    integration: str
    at: int
    max_hold: int
    delay: int = 0
    hold: Hold | None = None
    copies: tuple[Copy, ...] = ()
    dropped: bool = False
    notes: list[FaultNote] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)

    def group(self, rule: str, scope: Scope) -> str:
        """Names those that change places with, or coincide with, each other."""
        resource = self.event.resource if scope is Scope.SAME_RESOURCE else "*"
        return f"{rule}|{self.integration}|{resource}"


class Fault(Protocol):
    """What a rule does. `kind` is the word users write; `every_attempt` faults act on retries too, the others on
    first attempts unless the rule's match names an attempt."""

    kind: ClassVar[str]
    legality: ClassVar[Legality]
    every_attempt: ClassVar[bool]

    @classmethod
    def parse(cls, fields: Fields) -> "Fault":
        """Raises InvalidInput."""
        ...

    def describe(self) -> Mapping[str, Any]:
        """As a user would write it."""
        ...


class ScheduleFault(Fault, Protocol):
    """A fault that changes when, and how often, something is sent."""

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None: ...


@runtime_checkable
class MessageFault(ScheduleFault, Protocol):
    """A fault that changes what is sent, or how it is written, when it leaves: it adds treatments to the draft.

    `short` is the field that a text alone fills, as in `connection: reset`.
    """

    short: ClassVar[str]

    def refusal(self, transport: IntegrationType) -> str | None:
        """Why it cannot act on messages of this transport, in a sentence; None where it can."""
        ...
