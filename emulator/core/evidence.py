"""Evidence: what is known of the deliveries of a run when it is over. Times are microseconds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.connection import Connection
from emulator.core.faults.delay import Delay
from emulator.core.faults.duplicate import Duplicate
from emulator.core.faults.hold import HoldBack
from emulator.core.faults.overlap import Overlap
from emulator.core.faults.payload import Payload
from emulator.core.faults.reorder import Reorder
from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import parse_instant

Document = Mapping[str, Any]

_BEARABLE = frozenset(fault.kind for fault in (AckLoss, Delay, Duplicate, HoldBack, Overlap, Payload, Reorder))
"""What a receiver has to cope with; the others keep messages from it, or make them such as it has to refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One send that ended. `reached` is whether the receiver got it, whatever it answered.

    `rank` tells the order of those that ended at the same time; where both are `together` (overlap) there is none.
    `spoiled`: a rule did to it what no receiver has to bear.
    """

    attempt: int
    copy: int
    started_at: int
    ended_at: int
    succeeded: bool
    reached: bool
    status: int | None = None
    error: str | None = None
    rank: int = 0
    together: bool = False
    spoiled: bool = False

    def after(self, other: "Made") -> bool:
        """Whether it surely came later than the other, which had been answered when this one left."""
        if self.together and other.together and self.started_at == other.started_at:
            return False
        return (self.started_at, self.rank) > (other.started_at, other.rank) and self.started_at >= other.ended_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One delivery, as it stood in the end, with its sends in the order in which they left."""

    number: int
    event: str
    event_key: str
    resource: str
    resource_id: str
    resource_type: str
    integration: str
    state: DeliveryState
    happened_at: int
    attempts: int
    made: tuple[Made, ...] = ()

    @property
    def delivered(self) -> bool:
        """Whether the receiver has acknowledged it."""
        return self.delivered_at is not None

    @property
    def delivered_at(self) -> int | None:
        """When it was acknowledged for the first time."""
        return min((one.ended_at for one in self.made if one.succeeded), default=None)

    @property
    def withheld(self) -> bool:
        """Whether it is over and the receiver never had a fair chance to hear of it."""
        heard = any(one.succeeded or one.error == LOST_ACKNOWLEDGEMENT or not one.spoiled for one in self.made)
        return self.state.final and not heard

    @property
    def arrivals(self) -> tuple[Made, ...]:
        """The sends with which it reached the receiver, the first one first."""
        return tuple(one for one in self.made if one.reached)


def evidence(deliveries: Iterable[Document], attempts: Iterable[Document]) -> tuple[Delivered, ...]:
    """From deliveries and attempts as the control API has them, these in the order in which they ended; in the order of
    the deliveries' numbers."""
    made: dict[int, list[Made]] = defaultdict(list)
    for rank, attempt in enumerate(attempts):
        made[attempt["delivery"]].append(_made(attempt, rank))
    found = [_delivered(one, made[one["number"]]) for one in deliveries]
    return tuple(sorted(found, key=lambda one: one.number))


def _made(attempt: Document, rank: int) -> Made:
    error = attempt["error"]
    faults = {note["fault"] for note in attempt["faults"]}
    if attempt["status"] is not None:
        faults.discard(Connection.kind)  # however slowly it came, it came whole
    return Made(
        attempt=attempt["attempt"],
        copy=attempt["copy"],
        started_at=parse_instant(attempt["started_at"]),
        ended_at=parse_instant(attempt["ended_at"]),
        succeeded=attempt["succeeded"],
        reached=bool(attempt["succeeded"] or attempt["status"] is not None or error == LOST_ACKNOWLEDGEMENT),
        status=attempt["status"],
        error=error,
        rank=rank,
        together=Overlap.kind in faults,
        spoiled=not faults <= _BEARABLE,
    )


def _delivered(row: Document, made: list[Made]) -> Delivered:
    return Delivered(
        number=row["number"],
        event=row["event"],
        event_key=row["event_key"],
        resource=row["resource"],
        resource_id=row["resource_id"],
        resource_type=row["resource_type"],
        integration=row["integration"],
        state=DeliveryState(row["state"]),
        happened_at=parse_instant(row["created_at"]),
        attempts=row["attempts"],
        made=tuple(sorted(made, key=lambda one: (one.started_at, one.rank))),
    )
