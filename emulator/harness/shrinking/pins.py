"""Pins: what went wrong with the deliveries of a run, fault by fault, as rules that let it happen again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.delay import Delay
from emulator.core.faults.drop import Drop
from emulator.core.faults.duplicate import Duplicate
from emulator.core.faults.hold import HoldBack
from emulator.core.faults.outage import Outage
from emulator.core.faults.overlap import Overlap
from emulator.core.scenario import Observer
from emulator.core.schedule import PlannedEvent, PlannedSend, Schedule
from emulator.domain.moment import SECOND, exact_duration
from emulator.harness.pins import treated
from emulator.harness.shrinking.commands import Ref

_WORDS: Mapping[str, str] = {
    Delay.kind: "late",
    Duplicate.kind: "twice",
    AckLoss.kind: "unheard",
    Overlap.kind: "together",
    Outage.kind: "away",
    Drop.kind: "never",
    HoldBack.kind: "held",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One fault, of one delivery; an overlap is of several. `how` is as a user would write it, and `attempt` which
    attempt it is about where that has to be said."""

    events: tuple[Ref, ...]
    integration: str
    fault: str
    how: Mapping[str, Any] = field(default_factory=dict)
    attempt: int | None = None

    @property
    def word(self) -> str:
        """What its rule's id begins with."""
        return _WORDS.get(self.fault, self.fault.replace("_", "-"))

    @property
    def delay(self) -> int | None:
        """How late it makes a delivery, in microseconds; None of another fault."""
        return self.how["value"] if self.fault == Delay.kind else None

    def by(self, micros: int) -> "Pin":
        """The same with another delay."""
        return replace(self, how={"value": micros})


def pins_of(plan: Schedule, observers: Sequence[Observer], refs: Mapping[str, Ref]) -> tuple[Pin, ...]:
    """The faults of a plan, in the order of its events."""
    return tuple(pin for observer in observers for pin in _Pinning(plan, observer, refs).pins())


def on_every_attempt(pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """With what was done to the message of one attempt done to those of all: one fault of a delivery, not one of each
    of its attempts."""
    found: list[Pin] = []
    for pin in pins:
        one = pin if pin.fault == Outage.kind else replace(pin, attempt=None)
        if one not in found:
            found.append(one)
    return tuple(found)


class _Pinning:
    """Of the deliveries to one integration."""

    def __init__(self, plan: Schedule, observer: Observer, refs: Mapping[str, Ref]) -> None:
        self._name = observer.name
        self._refs = refs
        self._observed = [
            event
            for event in plan.events
            if observer.enabled and any(fnmatchcase(event.key, glob) for glob in observer.observes)
        ]
        self._sends: dict[str, list[PlannedSend]] = {}
        for send in plan.sends:
            if send.integration == self._name:
                self._sends.setdefault(send.event, []).append(send)
        self._dropped = {one.event for one in plan.dropped if one.integration == self._name}
        self._earliest = _earliest(plan)
        self._leaving = self._left(plan)
        self._groups = self._together()

    def pins(self) -> Iterator[Pin]:
        for event in self._observed:
            yield from self._of(event)
        for members in self._groups.values():
            yield Pin(
                events=tuple(self._refs[event] for event in members),
                integration=self._name,
                fault=Overlap.kind,
                how={"count": len(members)},
            )

    def _of(self, event: PlannedEvent) -> Iterator[Pin]:
        sends = self._sends.get(event.identity, [])
        if not sends:
            yield self._pin(event, Drop.kind if event.identity in self._dropped else HoldBack.kind)
            return
        if self._leaving[event.identity] > self._earliest[event.identity]:
            yield self._pin(event, Delay.kind, {"value": self._leaving[event.identity] - event.at})
        jobs: dict[int, list[PlannedSend]] = {}
        for send in sends:
            jobs.setdefault(send.job, []).append(send)
        first = [send for send in jobs[1] if send.attempt == 1]
        original = next(send for send in first if send.copy == 0)
        others = [next(send for send in sends if send.copy == 0) for job, sends in sorted(jobs.items()) if job > 1]
        for copies, identity in (([send for send in first if send.copy], {}), (others, {"identity": "new_job"})):
            if copies:
                spacing = max(0, max(send.at for send in copies) - original.at) // len(copies)
                apart = {} if spacing == SECOND else {"spacing": exact_duration(spacing)}
                yield self._pin(event, Duplicate.kind, {"copies": len(copies), **apart, **identity})
        attempts = [send for send in jobs[1] if send.copy == 0]
        if lost := [send for send in attempts if _noted(send, AckLoss.kind)]:
            yield self._pin(event, AckLoss.kind, {"times": len(lost)})
        for send in attempts:
            if _noted(send, Outage.kind):
                yield replace(self._pin(event, Outage.kind), attempt=send.attempt)
            for treatment in send.treatments:
                yield replace(
                    self._pin(event, treatment.fault, treated(treatment.fault, treatment.how)), attempt=send.attempt
                )

    def _pin(self, event: PlannedEvent, fault: str, how: Mapping[str, Any] | None = None) -> Pin:
        return Pin(events=(self._refs[event.identity],), integration=self._name, fault=fault, how=how or {})

    def _left(self, plan: Schedule) -> dict[str, int]:
        """When each delivery left for the first time. What is late, or was overtaken, and left at the same moment as
        what came before it, leaves a microsecond later: no order is left to the draw."""
        happened = {event.identity: event.at for event in plan.events}
        left: dict[str, int] = {}
        last, newest, group = 0, 0, None
        for send in plan.sends:
            if send.integration != self._name or send.attempt > 1 or send.copy or send.job > 1:
                continue
            at = send.at
            displaced = at > self._earliest[send.event] or happened[send.event] < newest
            if at <= last and displaced and (group is None or send.together != group):
                at = last + 1
            left[send.event] = at
            last, group = max(last, at), send.together
            newest = max(newest, happened[send.event]) if at == self._earliest[send.event] else newest
        then = last + 1
        for event, at in reversed(left.items()):
            if at == self._earliest[event]:  # it is due as soon as it has happened, which may be before it can leave
                then = min(then, happened[event])
            elif then - 1 > self._earliest[event]:
                then = left[event] = min(at, then - 1)
        return left

    def _together(self) -> dict[str, list[str]]:
        """The events of each group that went at the same moment. Where they went as soon as the last of them had
        happened, none of them was late."""
        groups: dict[str, list[str]] = {}
        for event in self._observed:
            for send in self._sends.get(event.identity, []):
                if send.together is not None and send.attempt == 1 and not send.copy and send.job == 1:
                    groups.setdefault(send.together, []).append(event.identity)
        for members in groups.values():
            last = max(self._earliest[event] for event in members)
            if all(self._leaving[event] == last for event in members):
                self._leaving |= {event: self._earliest[event] for event in members}
        return {name: members for name, members in groups.items() if len(members) > 1}


def _earliest(plan: Schedule) -> dict[str, int]:
    """When each event can be sent: what happens without any time between is sent when all of it has happened."""
    earliest: dict[str, int] = {}
    last = 0
    for event, then in zip(reversed(plan.events), [None, *reversed(plan.events)], strict=False):
        if then is None or then.at > event.at + 1:
            last = event.at
        earliest[event.identity] = last
    return earliest


def _noted(send: PlannedSend, fault: str) -> bool:
    return any(note.fault == fault for note in send.faults)
