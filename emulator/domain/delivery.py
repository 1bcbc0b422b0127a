"""Delivery, send and attempt: one event on its way to one integration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from emulator.domain.outcome import Outcome


class DeliveryKey(NamedTuple):
    """Names a delivery in the dice, plans and cases; holds no ids.

    `job` counts the jobs that an event has with one integration, from 1.
    """

    event: str
    integration: str
    job: int = 1


_FINAL = ("succeeded", "exhausted", "cancelled", "dropped")


# What runs for every delivery keeps the members of these under names of its own: on Python 3.11 to ask an enum for one
# takes as long as a call.


class DeliveryState(StrEnum):
    """Where a delivery stands. The last four are final."""

    final: bool

    PLANNED = "planned"
    HELD = "held"
    SENDING = "sending"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"
    DROPPED = "dropped"

    def __init__(self, word: str) -> None:
        self.final = word in _FINAL


class FaultNote(NamedTuple):
    """What one rule did to one send, for people and for the journal."""

    rule: str
    fault: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What one rule does to one send when it leaves: to what it says, or to how it is written.

    `how` are plain JSON values that the fault's module reads. All chance is in them already, so that what is sent
    again is the same bytes again.
    """

    fault: str
    how: Mapping[str, Any] = field(hash=False)


class HoldKind(StrEnum):
    changes_places: bool

    DISPLACED = "displaced"
    GATHERED = "gathered"
    ARRANGED = "arranged"
    BY_HAND = "by hand"

    def __init__(self, word: str) -> None:
        self.changes_places = word in ("displaced", "arranged")


class Hold(NamedTuple):
    """Why a send waits for something other than time.

    DISPLACED goes when `count` further events of its `group` were accepted; GATHERED when `count` sends of its
    group are together (they go at the same moment); ARRANGED too, or when its time is over, and they go one after the
    other in another `order`; BY_HAND when somebody releases it. `until` (microseconds since the epoch) releases the
    first three at the latest. `behind` keeps the order within one resource. `late` is the delay of one that changes
    places: it begins when that one goes, so that who is late by the same stays in the order that was drawn.
    """

    kind: HoldKind
    rule: str
    group: str = ""
    count: int = 0  # type: ignore[assignment]  # a tuple's own, which nobody asks a hold for
    until: int | None = None
    behind: bool = False
    skip_resource: str = ""
    order: str = ""
    late: int = 0


class Send(NamedTuple):
    """One planned send of one attempt. Copy 0 alone decides about retries. `due` is microseconds since the epoch;
    among those that are due together, a lower `rank` leaves first, and names decide where it is the same."""

    delivery: DeliveryKey
    resource: str
    due: int
    attempt: int = 1
    copy: int = 0
    hold: Hold | None = None
    barrier: str | None = None
    faults: tuple[FaultNote, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    rank: int = 0

    def let_go(self, due: int, barrier: str | None) -> "Send":
        """The same, due then and held no more. As `_replace`, which takes twice as long."""
        _, resource, _, attempt, copy, _, _, faults, treatments, rank = self
        return Send(self.delivery, resource, due, attempt, copy, None, barrier, faults, treatments, rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One send that ended: what EPCC calls an integration log."""

    delivery: DeliveryKey
    attempt: int
    copy: int
    started_at: int
    ended_at: int
    outcome: Outcome
    faults: tuple[FaultNote, ...] = ()
