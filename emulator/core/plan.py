"""Plan: an event, those who observe it and the rules give the sends to make. Nothing here knows what time it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from emulator.core.dice import Dice, Stream
from emulator.core.fault import Draft, ScheduleFault
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.api import Api
from emulator.core.faults.drop import Drop
from emulator.core.faults.outage import Outage
from emulator.core.faults.reorder import Reorder
from emulator.core.rule import Rule
from emulator.core.rule_counts import RuleCounts
from emulator.core.span import ALWAYS
from emulator.domain.delivery import DeliveryKey, FaultNote, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.moment import SECOND

DEFAULT_MAX_HOLD = 2 * SECOND
_Kind = tuple[str, str, str, str]
_AT_SEND = (AckLoss, Outage)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """One delivery and its sends: the original, then the copies that follow it. A dropped one has none."""

    key: DeliveryKey
    event: Event
    sends: tuple[Send, ...]
    faults: tuple[FaultNote, ...]

    @property
    def dropped(self) -> bool:
        return not self.sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one event means for one integration. `jobs` beyond the first are copies with a job of their own.

    `ticks` are the groups in which this event passes the ones that are held back.
    """

    jobs: tuple[PlannedJob, ...]
    ticks: tuple[str, ...]


class Planner:
    """Applies the rules. `counts` is what each has come to so far.

    `about_calls` are the rules about the API, which plan nothing: Misbehaviour asks for them, and has them `hit`.
    """

    def __init__(
        self,
        *,
        dice: Dice,
        rules: Sequence[Rule] = (),
        max_hold: int = DEFAULT_MAX_HOLD,
        counts: RuleCounts | None = None,
    ) -> None:
        self._dice = dice
        self._max_hold = max_hold
        self.rules = tuple(rules)
        self.about_calls = tuple(rule for rule in self.rules if isinstance(rule.fault, Api))
        self._about_events = tuple(rule for rule in self.rules if not isinstance(rule.fault, Api))
        self.counts = counts or RuleCounts()
        self._unsaved = False
        self._awaiting = tuple(rule for rule in self._about_events if rule.awaited)
        self._schedule: dict[_Kind, tuple[Rule, ...]] = {}
        self._at_send: dict[_Kind, tuple[Rule, ...]] = {}

    @property
    def hits(self) -> Mapping[str, int]:
        """How often each rule has hit."""
        return self.counts.hits

    def with_rules(self, rules: Sequence[Rule], at: int = 0) -> "Planner":
        """The same dice and counts under other rules; those that are new are in force from `at` on."""
        counts = self.counts.kept(frozenset(rule.id for rule in rules), at)
        planner = self._renewed(rules, counts)
        planner._unsaved = True
        return planner

    def _renewed(self, rules: Sequence[Rule], counts: RuleCounts) -> "Planner":
        return Planner(dice=self._dice, rules=rules, max_hold=self._max_hold, counts=counts)

    def unsaved_counts(self) -> Mapping[str, Any] | None:
        """The counts that must outlive the process; None if they are as last asked."""
        if not self._unsaved:
            return None
        self._unsaved = False
        return self.counts.saved(frozenset(rule.id for rule in self.rules if rule.times is not None))

    def give_back(self, gained: Mapping[str, int], before: RuleCounts) -> None:
        """This was counted for something that never happened."""
        self.counts.give_back(gained, before)
        self._unsaved = True

    def forget_counts(self) -> None:
        self.counts.clear()
        self._unsaved = False

    def plan(self, event: Event, integration: Integration, *, job: int = 1, at: int | None = None) -> Plan:
        """The first attempt of this event at this integration, due at `at` (default: when it happened)."""
        key = DeliveryKey(event.identity, integration.key, job)
        due = event.at if at is None else at
        if self._awaiting and job == 1:
            self._count(event, integration)
        rules = self._candidates(event, integration)
        if not rules:
            send = Send(delivery=key, resource=event.resource, due=due)
            return Plan(jobs=(PlannedJob(key=key, event=event, sends=(send,), faults=()),), ticks=())
        draft, ticks = self._draft(event, integration, key, 1, due, rules)
        faults = tuple(draft.notes)
        if draft.dropped:
            return Plan(jobs=(PlannedJob(key=key, event=event, sends=(), faults=faults),), ticks=ticks)
        sends = list(self._sends(draft, key, 1))
        jobs = []
        for place, copy in enumerate((copy for copy in draft.copies if copy.new_job), start=1):
            own = DeliveryKey(event.identity, integration.key, job + place)
            extra = sends[0]._replace(delivery=own, due=sends[0].due + copy.after, hold=None)
            jobs.append(PlannedJob(key=own, event=event, sends=(extra,), faults=faults))
        first = PlannedJob(key=key, event=event, sends=tuple(sends), faults=faults)
        return Plan(jobs=(first, *jobs), ticks=ticks)

    def retry(
        self, event: Event, integration: Integration, key: DeliveryKey, attempt: int, at: int
    ) -> tuple[Send, ...]:
        """One more attempt, due at `at` but for the faults that act on it. It is never dropped."""
        rules = tuple(
            rule
            for rule in self._candidates(event, integration)
            if rule.acts_on(attempt) and not isinstance(rule.fault, Drop)
        )
        if not rules:
            return (Send(delivery=key, resource=event.resource, attempt=attempt, due=at),)
        draft, _ = self._draft(event, integration, key, attempt, at, rules)
        return self._sends(draft, key, attempt)

    def lost_ack(self, event: Event, integration: Integration, send: Send, *, lost: int, at: int) -> FaultNote | None:
        """Whether the acknowledgement of this send gets lost, `lost` of its delivery's being lost already.

        `at` is when it would have arrived.
        """
        for rule in self._deciding_at_send(event, integration):
            if isinstance(rule.fault, AckLoss) and lost < rule.fault.times and self._strikes(rule, event, send, at):
                return FaultNote(rule=rule.id, fault=AckLoss.kind, detail="the receiver's answer was ignored")
        return None

    def outage(self, event: Event, integration: Integration, send: Send, at: int) -> FaultNote | None:
        """Whether this send, which leaves at `at`, meets nobody."""
        for rule in self._deciding_at_send(event, integration):
            if isinstance(rule.fault, Outage) and self._strikes(rule, event, send, at):
                return FaultNote(rule=rule.id, fault=Outage.kind, detail="nobody was there")
        return None

    def _strikes(self, rule: Rule, event: Event, send: Send, at: int) -> bool:
        covers = rule.match.covers_one(event, send.attempt) and self._in_force(rule, event, send.delivery, at)
        return covers and self._hits(rule, event, send.delivery, send.attempt) is not None

    def _deciding_at_send(self, event: Event, integration: Integration) -> tuple[Rule, ...]:
        """The rules that are asked when an attempt leaves or is answered, not when it is planned."""
        kind = _kind(event, integration)
        found = self._at_send.get(kind)
        if found is None:
            found = tuple(rule for rule in self._of(event, integration) if isinstance(rule.fault, _AT_SEND))
            self._at_send[kind] = found
        return found

    def _of(self, event: Event, integration: Integration) -> list[Rule]:
        kind = (event.key, event.resource_type)
        transport = integration.integration_type
        return [
            rule for rule in self._about_events if rule.match.covers_kind(*kind, integration) and rule.suits(transport)
        ]

    def _candidates(self, event: Event, integration: Integration) -> tuple[Rule, ...]:
        kind = _kind(event, integration)
        found = self._schedule.get(kind)
        if found is None:
            found = tuple(rule for rule in self._of(event, integration) if not isinstance(rule.fault, _AT_SEND))
            self._schedule[kind] = found
        return found

    def _draft(
        self,
        event: Event,
        integration: Integration,
        key: DeliveryKey,
        attempt: int,
        at: int,
        rules: Sequence[Rule],
    ) -> tuple[Draft, tuple[str, ...]]:
        draft = Draft(event=event, integration=integration.key, at=at, max_hold=self._max_hold)
        ticks = []
        for rule in rules:
            if not rule.acts_on(attempt) or not rule.match.covers_one(event, attempt):
                continue
            if not self._in_force(rule, event, key, at):
                continue
            fault = cast(ScheduleFault, rule.fault)
            if isinstance(fault, Reorder) and fault.displaces and attempt == 1:
                ticks.append(draft.group(rule.id, fault.scope))
            stream = self._hits(rule, event, key, attempt)
            if stream is not None:
                fault.apply(rule.id, draft, stream)
            elif isinstance(fault, Reorder) and fault.keeps_order:
                fault.queue(rule.id, draft)
        return draft, tuple(ticks)

    def _hits(self, rule: Rule, event: Event, key: DeliveryKey, attempt: int) -> Stream | None:
        """The rule's stream for this send if it hits; else None."""
        about = key.event
        if isinstance(rule.fault, Reorder) and rule.fault.per_resource:
            about = event.resource
        return self.hit(rule, about, key.integration, key.job, attempt)

    def _in_force(self, rule: Rule, event: Event, key: DeliveryKey, at: int) -> bool:
        """Whether it is the rule's turn by the number of the event, and by the time."""
        begun = None
        if rule.awaited:
            begun = self.counts.awaited(rule.id, key.integration)
            if rule.match.nth is not None and begun != event.at:
                return False
            if rule.span.skipped and (begun is None or event.at <= begun):
                return False
        return rule.span is ALWAYS or rule.span.covers(at, self.counts.since.get(rule.id, 0), begun)

    def _count(self, event: Event, integration: Integration) -> None:
        """An event is here for the first time: rules that wait for the n-th of its kind count it."""
        for rule in self._awaiting:
            covers = rule.match.covers_kind(event.key, event.resource_type, integration)
            if covers and rule.match.covers_event(event, 1):
                self.counts.see(rule.id, integration.key, rule.awaited, event.at)
                self._unsaved = True

    def hit(self, rule: Rule, *about: str | int, at: int | None = None) -> Stream | None:
        """The rule's stream for the decision that `about` names if it hits, with its first draw taken; else None.

        `at`, where it is given, has to lie in the rule's span.
        """
        if rule.times is not None and self.hits.get(rule.id, 0) >= rule.times:
            return None
        if at is not None and not rule.span.covers(at, self.counts.since.get(rule.id, 0), None):
            return None
        stream = self._dice.stream("rule", rule.id, *about)
        if not stream.chance(rule.probability):
            return None
        self.counts.hits[rule.id] = self.hits.get(rule.id, 0) + 1
        self._unsaved = self._unsaved or rule.times is not None
        return stream

    @staticmethod
    def _sends(draft: Draft, key: DeliveryKey, attempt: int) -> tuple[Send, ...]:
        """The original, then the copies that share its job."""
        due = draft.at + draft.delay
        faults = tuple(draft.notes)
        original = Send(
            delivery=key,
            resource=draft.event.resource,
            attempt=attempt,
            due=due,
            hold=draft.hold,
            faults=faults,
            treatments=tuple(draft.treatments),
        )
        copies = (
            original._replace(copy=number, due=due + copy.after, hold=None)
            for number, copy in enumerate((copy for copy in draft.copies if not copy.new_job), start=1)
        )
        return (original, *copies)


def _kind(event: Event, integration: Integration) -> _Kind:
    """All that a rule's match can see which is the same for many deliveries."""
    return (event.key, event.resource_type, integration.key, integration.integration_type.value)
