"""Drafting: plans an event's deliveries and writes the records that journal them, before anything takes its course."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.core.job import Job
from emulator.core.plan import Plan, PlannedJob, Planner
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryKey, DeliveryState, FaultNote, Send, Treatment
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.record import Record

_PLANNED, _HELD, _DROPPED = DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.DROPPED
_REPLAY = "replay"
"""Whose doing a fault is that was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """Plans made at `at` and the records that journal them.

    Nothing is sent before the dispatcher admits them, so a journal that cannot be written loses nothing.
    """

    at: int
    plans: tuple[Plan, ...]
    jobs: tuple[Job, ...]
    records: tuple[Record, ...]


class Drafting:
    """Numbers deliveries, from `next_number` on; `job_id` names their jobs."""

    def __init__(self, *, scribe: Scribe, next_number: int, job_id: Callable[[DeliveryKey], str]) -> None:
        self._job_id = job_id
        self._scribe = scribe
        self._next_number = next_number

    def draft(
        self,
        planner: Planner,
        event: Event,
        integrations: Sequence[Integration],
        at: int,
        *,
        job: int = 1,
        due: int | None = None,
    ) -> Drafted:
        """One event for those who observe it. Changes nothing but counters."""
        plans, jobs, records = [], [], []
        for integration in integrations:
            plan = planner.plan(event, integration, job=job, at=due)
            plans.append(plan)
            original = plan.jobs[0]
            held = bool(original.sends) and original.sends[0].hold is not None
            for planned in plan.jobs:
                entry = self._open(planned)
                if held and planned is not original:
                    entry.follows = original.key.job
                jobs.append(entry)
                records.append(self._scribe.planned(entry, planned.sends, planned.faults, at))
        return Drafted(at=at, plans=tuple(plans), jobs=tuple(jobs), records=tuple(records))

    def replay(
        self,
        event: Event,
        integration: Integration,
        at: int,
        *,
        job_id: str,
        attempt: int,
        due: int,
        treatments: tuple[Treatment, ...] = (),
    ) -> Drafted:
        """A recorded message once more, as the attempt of the job that it was; no rule acts on it, and what was done to
        it then is done again."""
        key = DeliveryKey(event.identity, integration.key)
        notes = tuple(FaultNote(rule=_REPLAY, fault=each.fault, detail="as it was then") for each in treatments)
        send = Send(
            delivery=key, resource=event.resource, attempt=attempt, due=due, faults=notes, treatments=treatments
        )
        planned = PlannedJob(key=key, event=event, sends=(send,), faults=())
        entry = self._open(planned, job_id=job_id)
        plan = Plan(jobs=(planned,), ticks=())
        record = self._scribe.planned(entry, planned.sends, planned.faults, at)
        return Drafted(at=at, plans=(plan,), jobs=(entry,), records=(record,))

    def _open(self, planned: PlannedJob, *, job_id: str | None = None) -> Job:
        number = self._next_number
        self._next_number = number + 1
        key, event, sends, _ = planned
        state, attempt = _DROPPED, 1
        if sends:
            original = sends[0]
            state, attempt = _PLANNED if original.hold is None else _HELD, original.attempt
        return Job(number, key, job_id or self._job_id(key), event, state, attempt)
