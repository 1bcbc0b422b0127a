"""Trigger: makes the shop raise a named event, and tells what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.core.drafting import Drafted
from emulator.core.faults.drop import Drop
from emulator.domain.delivery import FaultNote
from emulator.domain.event import Event
from emulator.runtime.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRequest:
    """What to raise, and how.

    `of` is the id or key of a resource to go on from, or `last`. `rate` is repetitions per emulated second; None is at
    once.
    `override`, `add` and `remove` change the payload of the event itself; `raw` replaces it. `alias` becomes the
    key of the resource that is made.
    """

    key: str
    count: int = 1
    of: str | None = None
    only: bool = False
    override: tuple[tuple[str, Any], ...] = ()
    add: tuple[tuple[str, Any], ...] = ()
    remove: tuple[str, ...] = ()
    raw: Mapping[str, Any] | None = None
    rate: float | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDelivery:
    """One delivery that came of it. `due` is None where it is dropped; `held` says why it waits for more than time."""

    number: int
    job_id: str
    event: str
    event_key: str
    integration: str
    due: int | None
    held: str | None
    faults: tuple[FaultNote, ...]
    dropped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerReport:
    """`reasons` says, sentence by sentence, why an event has no delivery."""

    events: tuple[Event, ...]
    deliveries: tuple[PlannedDelivery, ...]
    reasons: tuple[str, ...]


def report(events: Sequence[Event], drafted: Sequence[Drafted], registry: Registry) -> TriggerReport:
    """What was raised and planned."""
    deliveries = []
    reasons: dict[str, None] = {}
    unheard: dict[str, None] = {}
    for event, plan in zip(events, drafted, strict=True):
        if not plan.jobs and (concerned := [one.name for one in registry.all() if registry.concerns(event, one)]):
            reasons[_disabled(event, concerned)] = None
        elif not plan.jobs:
            unheard[event.key] = None
        jobs = iter(plan.jobs)
        for made in plan.plans:
            for planned in made.jobs:
                job = next(jobs)
                first = planned.sends[0] if planned.sends else None
                hold = first.hold if first else None
                deliveries.append(
                    PlannedDelivery(
                        number=job.number,
                        job_id=job.job_id,
                        event=event.identity,
                        event_key=event.key,
                        integration=job.key.integration,
                        due=first.due if first else None,
                        held=f"{hold.kind.value} by rule {hold.rule}" if hold else None,
                        faults=planned.faults,
                        dropped=planned.dropped,
                    )
                )
                if planned.dropped:
                    rule = next(note.rule for note in planned.faults if note.fault == Drop.kind)
                    reasons[f"{event.key} is never sent to {job.key.integration}: dropped by rule {rule}"] = None
    if unheard:
        reasons[_unobserved(list(unheard), registry)] = None
    return TriggerReport(events=tuple(events), deliveries=tuple(deliveries), reasons=tuple(reasons))


def _disabled(event: Event, concerned: Sequence[str]) -> str:
    names, one = ", ".join(concerned), len(concerned) == 1
    what = "observes it but is disabled; enable it" if one else "observe it but are disabled; enable one"
    return f"{event.key} goes nowhere: {names} {what} to receive events"


def _unobserved(keys: Sequence[str], registry: Registry) -> str:
    integrations = registry.all()
    if not integrations:
        return "nothing goes anywhere: there are no integrations; register one, or run epcc-emulator listen"
    what = "goes nowhere: no integration observes it" if len(keys) == 1 else "go nowhere: no integration observes them"
    observed = sorted({key for one in integrations for key in one.observes})
    return f"{', '.join(keys)} {what} (observed: {', '.join(observed)})"
