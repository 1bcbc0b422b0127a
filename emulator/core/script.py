"""Script: a schedule to keep to. What it plans is sent as it says; what it does not know, rules and dice decide."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from emulator.core.dice import Dice
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.drop import Drop
from emulator.core.faults.outage import Outage
from emulator.core.plan import Another, Plan, PlannedJob, Planner
from emulator.core.rule import Rule
from emulator.core.rule_counts import RuleCounts
from emulator.core.schedule import PlannedEvent, PlannedSend, Schedule
from emulator.domain.delivery import DeliveryKey, FaultNote, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration

_LEFT_OUT = FaultNote(rule="plan", fault=Drop.kind, detail="the plan does not send it")
_DECIDED_LATER = (AckLoss.kind, Outage.kind)
_Attempts = dict[int, list[tuple[int, PlannedSend]]]


class Script:
    """`exact` is for virtual time, where an event that happens at another moment than planned is another event: a
    receiver that writes to the shop raises some, too. On other clocks sends keep their distance from their event."""

    def __init__(self, schedule: Schedule, *, exact: bool) -> None:
        self._exact = exact
        self._events: Mapping[str, PlannedEvent] = schedule.by_identity
        self._integrations = frozenset(schedule.integrations)
        self._dropped = {(one.event, one.integration): one.faults for one in schedule.dropped}
        self._jobs: dict[tuple[str, str], dict[int, _Attempts]] = {}
        for rank, send in enumerate(schedule.sends, start=1):
            jobs = self._jobs.setdefault((send.event, send.integration), {})
            jobs.setdefault(send.job, {}).setdefault(send.attempt, []).append((rank, send))

    def knows(self, event: Event, integration: Integration) -> bool:
        """Whether what becomes of this event there is planned."""
        return integration.key in self._integrations and self._planned(event) is not None

    def said(self, event: Event) -> Event:
        """The event with the payload that is planned for it."""
        planned = self._planned(event)
        return event if planned is None or planned.payload == event.payload else replace(event, payload=planned.payload)

    def jobs(self, event: Event, integration: Integration) -> tuple[PlannedJob, ...]:
        """The deliveries of an event that is known, with their first attempts."""
        place = event.identity, integration.key
        jobs = []
        for number in sorted(self._jobs.get(place, {})):
            key = DeliveryKey(*place, number)
            sends = self.attempt(event, key, 1)
            jobs.append(PlannedJob(key=key, event=event, sends=sends, faults=sends[0].faults))
        if not jobs:
            faults = self._dropped.get(place, (_LEFT_OUT,))
            jobs.append(PlannedJob(key=DeliveryKey(*place), event=event, sends=(), faults=faults))
        return tuple(jobs)

    def attempt(self, event: Event, key: DeliveryKey, attempt: int) -> tuple[Send, ...]:
        """The sends of one attempt, the original first; none where it is not planned."""
        planned = self._planned(event)
        if planned is None:
            return ()
        return tuple(
            Send(
                delivery=key,
                resource=event.resource,
                due=event.at + send.at - planned.at,
                attempt=attempt,
                copy=send.copy,
                barrier=send.together,
                faults=tuple(note for note in send.faults if note.fault not in _DECIDED_LATER),
                treatments=send.treatments,
                rank=rank,
            )
            for rank, send in sorted(self._sends(key, attempt), key=lambda ranked: ranked[1].copy)
        )

    def fate(self, event: Event, send: Send, fault: str) -> tuple[bool, FaultNote | None]:
        """Whether this send is planned, and the note of such a fault that befalls it when it leaves or is answered."""
        if self._planned(event) is None:
            return False, None
        for _, planned in self._sends(send.delivery, send.attempt):
            if planned.copy == send.copy:
                return True, next((note for note in planned.faults if note.fault == fault), None)
        return False, None

    def _sends(self, key: DeliveryKey, attempt: int) -> Sequence[tuple[int, PlannedSend]]:
        return self._jobs.get((key.event, key.integration), {}).get(key.job, {}).get(attempt, ())

    def _planned(self, event: Event) -> PlannedEvent | None:
        planned = self._events.get(event.identity)
        return None if planned is None or (self._exact and planned.at != event.at) else planned


class ScriptedPlanner(Planner):
    """Keeps to a script."""

    def __init__(
        self, script: Script, *, dice: Dice, max_hold: int, rules: Sequence[Rule] = (), counts: RuleCounts | None = None
    ) -> None:
        super().__init__(dice=dice, rules=rules, max_hold=max_hold, counts=counts)
        self._script = script

    def plan(self, event: Event, integration: Integration, *, job: int = 1, at: int | None = None) -> Plan:
        if job != 1 or not self._script.knows(event, integration):
            return super().plan(event, integration, job=job, at=at)
        self._count(event, integration)
        jobs = self._script.jobs(event, integration)
        self._count_hits(jobs[0].faults)
        return Plan(jobs=jobs, ticks=())

    def retry(self, event: Event, integration: Integration, key: DeliveryKey, attempt: int, at: int) -> Another:
        planned = self._script.attempt(event, key, attempt)
        if not planned:
            return super().retry(event, integration, key, attempt, at)
        self._count_hits(planned[0].faults)
        return Another(planned, at)

    def lost_ack(self, event: Event, integration: Integration, send: Send, *, lost: int, at: int) -> FaultNote | None:
        planned, note = self._script.fate(event, send, AckLoss.kind)
        return note if planned else super().lost_ack(event, integration, send, lost=lost, at=at)

    def outage(self, event: Event, integration: Integration, send: Send, at: int) -> FaultNote | None:
        planned, note = self._script.fate(event, send, Outage.kind)
        return note if planned else super().outage(event, integration, send, at)

    def _renewed(self, rules: Sequence[Rule], counts: RuleCounts) -> "ScriptedPlanner":
        return ScriptedPlanner(self._script, dice=self._dice, max_hold=self._max_hold, rules=rules, counts=counts)

    def _count_hits(self, faults: Sequence[FaultNote]) -> None:
        """Rules that hit so often only go on counting where the dice decide."""
        for rule in {note.rule for note in faults}:
            self.counts.hits[rule] = self.hits.get(rule, 0) + 1
        self._unsaved = True
