"""Candidate: a rule that may act on the deliveries of one kind of event to one integration.

What can be said of it beforehand is said once, not for every delivery.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from emulator.core.dice import Decisions
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.drop import Drop
from emulator.core.faults.outage import Outage
from emulator.core.faults.reorder import Reorder
from emulator.core.rule import Rule
from emulator.core.span import ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`plain` is one that asks for nothing but the kind and is always in force, so that it acts on all first attempts.

    `displaces` is a reorder rule whose events are passed by others; `queues` one where those that it does not hit stay
    behind those of their resource that it did.
    """

    rule: Rule
    fault: Any
    decisions: Decisions
    plain: bool
    per_resource: bool
    displaces: Reorder | None
    queues: Reorder | None

    @classmethod
    def of(cls, rule: Rule, decisions: Decisions) -> "Candidate":
        match = rule.match
        reorder = rule.fault if isinstance(rule.fault, Reorder) else None
        return cls(
            rule=rule,
            fault=rule.fault,
            decisions=decisions,
            plain=(match.attempt, match.resource, match.when) == (None, None, None)
            and not rule.awaited
            and rule.span is ALWAYS,
            per_resource=reorder is not None and reorder.per_resource,
            displaces=reorder if reorder is not None and reorder.displaces else None,
            queues=reorder if reorder is not None and reorder.keeps_order else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """All of one kind, by when they are asked: as the first attempt is planned, as another one is (which is never
    dropped), as an attempt leaves, and as it is answered."""

    first: tuple[Candidate, ...]
    another: tuple[Candidate, ...]
    outages: tuple[Candidate, ...]
    losses: tuple[Candidate, ...]

    @classmethod
    def of(cls, found: Iterable[Candidate]) -> "Candidates":
        all_of_them = tuple(found)
        first = tuple(one for one in all_of_them if not isinstance(one.fault, Outage | AckLoss))
        return cls(
            first=first,
            another=tuple(one for one in first if not isinstance(one.fault, Drop)),
            outages=tuple(one for one in all_of_them if isinstance(one.fault, Outage)),
            losses=tuple(one for one in all_of_them if isinstance(one.fault, AckLoss)),
        )
