"""Fault: the port that every fault fills; the draft of a delivery, and the message that leaves, that faults work on.

What a fault of one's own needs can be imported from here (docs/how-to/custom-faults.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from emulator.core.dice import Stream
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Hold, Treatment
from emulator.domain.event import Event
from emulator.domain.integration import IntegrationType
from emulator.domain.wire_fault import WireFault

__all__ = [
    "Copy",
    "Draft",
    "Event",
    "Fault",
    "FaultNote",
    "Fields",
    "Hold",
    "IntegrationType",
    "Legality",
    "Manual",
    "MessageFault",
    "Parcel",
    "ScheduleFault",
    "Scope",
    "Stage",
    "Stream",
    "Treatment",
]


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


_SAME_RESOURCE = Scope.SAME_RESOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An extra send of one attempt: `after` microseconds later, as the same job or as one of its own."""

    after: int
    new_job: bool


@dataclass(slots=True)
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
        resource = self.event.resource if scope is _SAME_RESOURCE else "*"
        return f"{rule}|{self.integration}|{resource}"


class Stage(IntEnum):
    """When a message fault acts on a message that leaves, whatever the order of the rules."""

    SAID = 1  # on what it says of the resource: `payload`
    SIGNED = 2  # on how the sender proves itself: the secret in `body` and `headers`
    DAMAGED = 3  # on `body` and `headers` as they are; what was cut off cannot be read any more
    WRITTEN = 4  # on how the request is written


@dataclass(slots=True, kw_only=True)
class Parcel:
    """One message while it is made ready to leave.

    `payload` is JSON text, until the stage SAID is over; `body` is what is sent, from then on. `headers` are those that
    are to say something else than they would (None: be left out); webhooks alone have them, and `wire`. `before` tells
    what was last said of the resource that is something else than this event says.
    """

    payload: str
    before: Callable[[], str | None]
    body: bytes = b""
    headers: dict[str, bytes | None] = field(default_factory=dict)
    wire: WireFault | None = None


class Fault(Protocol):
    """What a rule does. `kind` is the word users write; `every_attempt` faults act on retries too, the others on
    first attempts unless the rule's match names an attempt. A class may have a `manual`, for its page."""

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
    """A fault that changes what is sent, or how it is written: it adds treatments to the draft, and applies them when
    the message leaves.

    One whose class has a `short` takes a text or number alone for that field, as in `connection: reset`.
    """

    stage: ClassVar[Stage]

    def refusal(self, transport: IntegrationType) -> str | None:
        """Why it cannot act on messages of this transport, in a sentence; None where it can."""
        ...

    @classmethod
    def treat(cls, parcel: Parcel, how: Mapping[str, Any]) -> None:
        """Does what the treatment says. It has to be the same every time."""
        ...
