"""Candidate: a rule that may act on the deliveries of one kind of event to one integration.

What can be said of it beforehand is said once, not for every delivery.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from emulator.core.dice import Decisions
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.outage import Outage
from emulator.core.faults.reorder import Reorder
from emulator.core.rule import Rule
from emulator.core.span import ALWAYS


class Candidate(NamedTuple):
    """`of_any` is whether it asks for nothing but the kind, `always` whether it is always in force.

    `displaces` is a reorder rule whose events are passed by others; `queues` one where those that it does not hit stay
    behind those of their resource that it did.
    """

    rule: Rule
    fault: Any
    decisions: Decisions
    of_any: bool
    always: bool
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
            of_any=match.attempt is None and match.resource is None and match.when is None,
            always=not rule.awaited and rule.span is ALWAYS,
            per_resource=reorder is not None and reorder.per_resource,
            displaces=reorder if reorder is not None and reorder.displaces else None,
            queues=reorder if reorder is not None and reorder.keeps_order else None,
        )


class Candidates(NamedTuple):
    """All of one kind, by when they are asked: as an attempt is planned, as it leaves, and as it is answered."""

    planning: tuple[Candidate, ...]
    outages: tuple[Candidate, ...]
    losses: tuple[Candidate, ...]

    @classmethod
    def of(cls, found: Iterable[Candidate]) -> "Candidates":
        groups: tuple[list[Candidate], list[Candidate], list[Candidate]] = ([], [], [])
        for one in found:
            groups[1 if isinstance(one.fault, Outage) else 2 if isinstance(one.fault, AckLoss) else 0].append(one)
        return cls(*map(tuple, groups))
