"""Expectation: what a scenario expects of its deliveries, and of the receiver by way of probes. Durations are in
microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from emulator.core.evidence import Delivered
from emulator.core.probe_target import Fill, ProbeTarget, filled

STABLE_FOR = 250_000
"""How far apart two equal reads of a probe are, where nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which deliveries are meant: an event's key or glob, an integration's name or glob, a resource's key, alias or id,
    how its attempts ended and how many there were."""

    event: str = "*"
    integration: str | None = None
    resource: str | None = None
    delivered: bool | None = None
    attempts_from: int = 0
    attempts_to: int | None = None

    def concerns(self, delivery: Delivered) -> bool:
        """Whether it is about this one, whatever became of it."""
        return (
            fnmatchcase(delivery.event_key, self.event)
            and (self.integration is None or fnmatchcase(delivery.integration, self.integration))
            and (self.resource is None or self.resource in (delivery.resource, delivery.resource_id))
        )

    def became(self, delivery: Delivered) -> bool:
        """Whether that became of it which is sought."""
        return (
            self.delivered in (None, delivery.delivered)
            and self.attempts_from <= delivery.attempts
            and (self.attempts_to is None or delivery.attempts <= self.attempts_to)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a probe: the value at a JSONPath, or how many a JSONPath finds; two reads of it have to be equal
    `stable_for` wall time apart."""

    target: ProbeTarget
    path: str = "$"
    counts: bool = False
    stable_for: int = STABLE_FOR

    def filled(self, fill: Fill) -> "Asked":
        """With what is known in the place of `{port}` and `{{o1.id}}`."""
        return replace(self, target=self.target.filled(fill), path=fill(self.path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Eventually:
    """Every delivery that is meant, of which there is at least one, ends so, `within` so long of its event."""

    sought: Sought
    within: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """No delivery is like that."""

    sought: Sought


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many deliveries are like that, or `at_least` so many."""

    sought: Sought
    count: int
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """These events reach the receiver in this order, each for the first time; resource by resource where all are of one
    type of resource."""

    events: tuple[str, ...]
    sought: Sought


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMore:
    """Nothing that is meant reaches the receiver after an event (`after_event`) has reached it for the first time, or
    after so much time since the beginning (`after_time`)."""

    sought: Sought
    after_event: str | None = None
    after_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """The receiver says `value`; with `at_least` that or more, and with `never` anything but that."""

    asked: Asked
    value: Any
    at_least: bool = False
    never: bool = False

    def filled(self, fill: Fill) -> "Holds":
        return replace(self, asked=self.asked.filled(fill), value=filled(self.value, fill))


@dataclass(frozen=True, slots=True, kw_only=True)
class Converges:
    """The receiver ends up as it does when the same events come once, in order, without faults."""

    asked: Asked

    def filled(self, fill: Fill) -> "Converges":
        return replace(self, asked=self.asked.filled(fill))


OnDeliveries = Eventually | Never | Counted | Ordered | NoMore
OnReceiver = Holds | Converges
Expected = OnDeliveries | OnReceiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An expectation, and how it stands in its scenario: the word, and all of it."""

    word: str
    expected: Expected
    written: Mapping[str, Any] = field(default_factory=dict)

    @property
    def on_receiver(self) -> OnReceiver | None:
        """What is expected of the receiver; None where it is about deliveries."""
        return self.expected if isinstance(self.expected, Holds | Converges) else None

    @property
    def texts(self) -> list[str]:
        """Everything in it that may name a resource, to be filled in."""
        texts: list[str] = []
        if self.on_receiver is not None:
            self.on_receiver.filled(_noting(texts))
        return texts


def _noting(texts: list[str]) -> Fill:
    """Changes nothing, and notes what it was asked to fill."""

    def note(text: str) -> str:
        texts.append(text)
        return text

    return note
