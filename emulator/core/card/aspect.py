"""Aspects: what a report card asks of a receiver, each with the fault that shows it. A new one is a row here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from emulator.core.fault import Legality
from emulator.core.rule import Rule

LATE = "25m"
"""How late: the provider aims at half an hour."""
NOVELTY = "emulator_novelty_ext.created"
"""An event that no receiver has heard of: a Custom API's."""


class Hits(StrEnum):
    """Whom the fault hits where all event types are examined at once."""

    NOTHING = "nothing"
    EVERY = "every"  # event
    NEIGHBOURS = "neighbours"  # two events of a resource that follow each other, and then its whole life
    ALTERNATE = "alternate"  # event types, and then the others, so that each meets some that are not hit
    NOVELTY = "novelty"  # an event besides those that the receiver knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """`title` says what is tolerated, or rejected, `sentence` what is done to find out. `fault` is the rule's, without
    whom it hits; `whole_life` is another for all events of a resource together.

    With `answers` the receiver's answers prove it; otherwise only a probe of its state does. With `refuses` it is right
    to refuse. `of_webhooks` makes no sense for queues, for the reason given. `measured` needs no run of its own.
    """

    name: str
    title: str
    sentence: str
    hits: Hits = Hits.EVERY
    fault: Mapping[str, Any] = field(default_factory=dict)
    whole_life: Mapping[str, Any] = field(default_factory=dict)
    answers: bool = False
    refuses: bool = False
    measured: bool = False
    of_webhooks: str = ""
    of_receiver: bool = False
    documented: bool = False

    @property
    def legality(self) -> Legality | None:
        """Of its fault; None where nothing goes wrong."""
        if self.fault:
            return Rule.parse({"id": self.name, **self.fault}).legality
        return Legality.DOCUMENTED if self.documented else None


PLAIN = Aspect(
    name="plain",
    title="takes it",
    sentence="each event once, in order, and nothing goes wrong",
    hits=Hits.NOTHING,
    answers=True,
)
IN_TIME = Aspect(
    name="in-time",
    title="answers in time",
    sentence="the slowest answer in all of the runs, beside the timeout",
    measured=True,
    answers=True,
    documented=True,
    of_webhooks="nobody waits for a queue's consumer to answer",
)
NEW_EVENTS = Aspect(
    name="new-events",
    title="new events",
    sentence="an event comes that it has never heard of",
    hits=Hits.NOVELTY,
    answers=True,
    of_receiver=True,
    documented=True,
)
_NO_SECRET = "a queue's messages carry no secret"  # noqa: S105  (no password)

ASPECTS: tuple[Aspect, ...] = (
    PLAIN,
    Aspect(
        name="duplicates",
        title="duplicates",
        sentence="the same attempt comes twice",
        fault={"duplicate": {"copies": 1, "spacing": "0s"}},
    ),
    Aspect(
        name="redelivery",
        title="redelivery",
        sentence="its acknowledgement is lost, so that the same job comes again later",
        fault={"ack_loss": {"times": 1}},
    ),
    Aspect(
        name="out-of-order",
        title="out of order",
        sentence="it changes places with the event before it",
        hits=Hits.NEIGHBOURS,
        fault={"reorder": {"mode": "reverse", "window": 2, "scope": "same_resource"}},
        whole_life={"reorder": {"mode": "reverse", "window": 64, "scope": "same_resource"}},
    ),
    Aspect(
        name="simultaneity",
        title="simultaneity",
        sentence="it comes at the same moment as the event before it",
        hits=Hits.NEIGHBOURS,
        fault={"overlap": {"count": 2, "scope": "same_resource"}},
    ),
    Aspect(
        name="late",
        title="late delivery",
        sentence=f"it comes {LATE} late, when others have long come",
        hits=Hits.ALTERNATE,
        fault={"delay": LATE},
    ),
    Aspect(
        name="slow-path",
        title="slow path",
        sentence="its request comes in pieces, slowly, but well within the timeout",
        fault={"connection": {"mode": "dribble", "chunk": 256, "delay": "2ms"}},
        answers=True,
        of_webhooks="a queue's messages come whole",
    ),
    IN_TIME,
    Aspect(
        name="new-fields",
        title="new fields",
        sentence="the resource has a field that was never there before",
        fault={"payload": {"mode": "unknown_field"}},
        answers=True,
    ),
    NEW_EVENTS,
    Aspect(
        name="missing-secret",
        title="rejects a missing secret",
        sentence="its first attempt carries no secret",
        fault={"secret": {"value": "missing", "in": "both"}},
        answers=True,
        refuses=True,
        of_webhooks=_NO_SECRET,
    ),
    Aspect(
        name="wrong-secret",
        title="rejects a wrong secret",
        sentence="its first attempt carries somebody else's secret",
        fault={"secret": {"value": "wrong", "in": "both"}},
        answers=True,
        refuses=True,
        of_webhooks=_NO_SECRET,
    ),
)
"""In the order in which a card has them. `plain` comes first: what a receiver does not even take so is not examined."""


def aspect(name: str) -> Aspect:
    """Raises StopIteration."""
    return next(one for one in ASPECTS if one.name == name)
