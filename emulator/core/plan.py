"""Plan: an event, those who observe it and the rules give the sends to make. Nothing here knows what time it is."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from emulator.core.candidate import Candidate, Candidates
from emulator.core.dice import Decisions, Dice, Stream, spelt
from emulator.core.fault import Draft
from emulator.core.faults.ack_loss import AckLoss
from emulator.core.faults.api import Api
from emulator.core.faults.outage import Outage
from emulator.core.rule import Rule
from emulator.core.rule_counts import RuleCounts
from emulator.core.span import ALWAYS
from emulator.domain.delivery import DeliveryKey, FaultNote, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType
from emulator.domain.moment import SECOND

DEFAULT_MAX_HOLD = 2 * SECOND


class PlannedJob(NamedTuple):
    """One delivery and its sends: the original, then the copies that follow it. A dropped one has none."""

    key: DeliveryKey
    event: Event
    sends: tuple[Send, ...]
    faults: tuple[FaultNote, ...]

    @property
    def dropped(self) -> bool:
        return not self.sends


class Plan(NamedTuple):
    """What one event means for one integration. `jobs` beyond the first are copies with a job of their own.

    `ticks` are the groups in which this event passes the ones that are held back.
    """

    jobs: tuple[PlannedJob, ...]
    ticks: tuple[str, ...]

    @property
    def sends(self) -> tuple[Send, ...]:
        """Of all jobs, the first one's first."""
        jobs = self.jobs
        return jobs[0].sends if len(jobs) == 1 else tuple(send for job in jobs for send in job.sends)


class Another(NamedTuple):
    """The sends of one more attempt, and the groups in which it passes those that are held back.

    `at` is when it would be due without any faults.
    """

    sends: tuple[Send, ...]
    at: int
    ticks: tuple[str, ...] = ()


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
        self._resting: tuple[Rule, ...] = ()
        self._unsaved = False
        self._awaiting = tuple(rule for rule in self._about_events if rule.awaited)
        self._decisions: dict[str, Decisions] = {}
        self._known: dict[tuple[str, str, str, IntegrationType], Candidates] = {}
        self._suited: dict[IntegrationType, tuple[Rule, ...]] = {}
        self._has_outages = any(isinstance(rule.fault, Outage) for rule in self.rules)

    @property
    def hits(self) -> Mapping[str, int]:
        """How often each rule has hit."""
        return self.counts.hits

    def with_rules(self, rules: Sequence[Rule], at: int = 0, *, resting: Sequence[Rule] = ()) -> "Planner":
        """The same dice and counts under other rules; those that are new, or another of the same id, are in force from
        `at` on.

        What those have come to that are `resting` is kept, for when they are in force again.
        """
        there, known = (*rules, *resting), {rule.id: rule for rule in (*self.rules, *self._resting)}
        anew = frozenset(rule.id for rule in there if known.get(rule.id, rule) != rule)
        counts = self.counts.kept(frozenset(rule.id for rule in there), at, anew=anew)
        planner = self._renewed(rules, counts)
        planner._resting = tuple(resting)
        planner._unsaved = True
        return planner

    def _renewed(self, rules: Sequence[Rule], counts: RuleCounts) -> "Planner":
        return Planner(dice=self._dice, rules=rules, max_hold=self._max_hold, counts=counts)

    def unsaved_counts(self) -> Mapping[str, Any] | None:
        """The counts that must outlive the process; None if they are as last asked."""
        if not self._unsaved:
            return None
        self._unsaved = False
        known = (*self.rules, *self._resting)
        return self.counts.saved(frozenset(rule.id for rule in known if rule.times is not None))

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
        candidates = self._candidates(event, integration).first
        if not candidates:
            return Plan((PlannedJob(key, event, (Send(key, event.resource, due),), ()),), ())
        draft, ticks = self._draft(event, integration, key, 1, due, candidates)
        if draft.dropped:
            return Plan((PlannedJob(key, event, (), tuple(draft.notes)),), ticks)
        sends = self._sends(draft, key, 1)
        faults = sends[0].faults
        job_of_original = PlannedJob(key, event, sends, faults)
        if not draft.copies:
            return Plan((job_of_original,), ticks)
        jobs = [job_of_original]
        for copy in draft.copies:
            if copy.new_job:
                own = DeliveryKey(event.identity, integration.key, job + len(jobs))
                extra = sends[0]._replace(delivery=own, due=sends[0].due + copy.after, hold=None)
                jobs.append(PlannedJob(own, event, (extra,), faults))
        return Plan(tuple(jobs), ticks)

    def retry(self, event: Event, integration: Integration, key: DeliveryKey, attempt: int, at: int) -> Another:
        """One more attempt, due at `at` but for the faults that act on it. It is never dropped."""
        candidates = [one for one in self._candidates(event, integration).another if one.rule.acts_on(attempt)]
        if not candidates:
            return Another((Send(key, event.resource, at, attempt),), at)
        draft, ticks = self._draft(event, integration, key, attempt, at, candidates)
        return Another(self._sends(draft, key, attempt), at, ticks)

    def lost_ack(self, event: Event, integration: Integration, send: Send, *, lost: int, at: int) -> FaultNote | None:
        """Whether the acknowledgement of this send gets lost, `lost` of its delivery's being lost already.

        `at` is when it would have arrived.
        """
        for one in self._candidates(event, integration).losses:
            if lost < one.fault.times and self._strikes(one, event, send, at):
                return FaultNote(one.rule.id, AckLoss.kind, "the receiver's answer was ignored")
        return None

    def outage(self, event: Event, integration: Integration, send: Send, at: int) -> FaultNote | None:
        """Whether this send, which leaves at `at`, meets nobody."""
        if not self._has_outages:
            return None
        for one in self._candidates(event, integration).outages:
            if self._strikes(one, event, send, at, turn=send.due):
                return FaultNote(one.rule.id, Outage.kind, "nobody was there")
        return None

    def _strikes(self, one: Candidate, event: Event, send: Send, at: int, *, turn: int | None = None) -> bool:
        key, attempt = send.delivery, send.attempt
        if not (one.plain or self._applies(one, event, key, attempt, at, turn=turn)):
            return False
        return self._decide(one.rule, one.decisions, _about(event.identity, key, attempt)) is not None

    def _candidates(self, event: Event, integration: Integration) -> Candidates:
        # All that a rule's match can see which is the same for many deliveries.
        place = (event.key, event.resource_type, integration.key, integration.integration_type)
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = Candidates.of(
                Candidate.of(rule, self._decisions_of(rule))
                for rule in self._suited_to(integration.integration_type)
                if rule.match.covers_kind(event.key, event.resource_type, integration)
            )
        return found

    def _suited_to(self, transport: IntegrationType) -> tuple[Rule, ...]:
        found = self._suited.get(transport)
        if found is None:
            found = self._suited[transport] = tuple(rule for rule in self._about_events if rule.suits(transport))
        return found

    def _decisions_of(self, rule: Rule) -> Decisions:
        found = self._decisions.get(rule.id)
        if found is None:
            found = self._decisions[rule.id] = self._dice.decisions("rule", rule.id, probability=rule.probability)
        return found

    def _draft(
        self,
        event: Event,
        integration: Integration,
        key: DeliveryKey,
        attempt: int,
        at: int,
        candidates: Sequence[Candidate],
    ) -> tuple[Draft, tuple[str, ...]]:
        draft = Draft(event, key.integration, at, self._max_hold)
        ticks: tuple[str, ...] = ()
        about = _about(event.identity, key, attempt)
        for one in candidates:
            if not ((one.plain and attempt == 1) or self._applies(one, event, key, attempt, at)):
                continue
            rule = one.rule
            if one.displaces is not None:
                ticks += (draft.group(rule.id, one.displaces.scope),)
            own = _about(event.resource, key, attempt) if one.per_resource else about
            stream = self._decide(rule, one.decisions, own)
            if stream is not None:
                one.fault.apply(rule.id, draft, stream)
            elif one.queues is not None:
                one.queues.queue(rule.id, draft)
        return draft, ticks

    def _applies(
        self, one: Candidate, event: Event, key: DeliveryKey, attempt: int, at: int, *, turn: int | None = None
    ) -> bool:
        """Whether the rule is about this attempt, and in force; chance aside."""
        rule = one.rule
        covers = rule.acts_on(attempt) and rule.match.covers_one(event, attempt)
        return covers and self._in_force(rule, event, key, at, event.at if turn is None else turn)

    def _in_force(self, rule: Rule, event: Event, key: DeliveryKey, at: int, turn: int) -> bool:
        """Whether it is the rule's turn by the number of the event, and by the time.

        `turn` has to be later than the last event that the rule skips: when this event happened, or when this send is
        due (not when it leaves, which is a little later on a real clock: the last one that is skipped would not pass).
        """
        begun = None
        if rule.awaited:
            begun = self.counts.awaited(rule.id, key.integration)
            if rule.match.nth is not None and begun != event.at:
                return False
            if rule.span.skipped and (begun is None or turn <= begun):
                return False
        return rule.span is ALWAYS or rule.span.covers(at, self.counts.since.get(rule.id, 0), begun)

    def _count(self, event: Event, integration: Integration) -> None:
        """An event is here for the first time: rules that wait for the n-th of its kind count it."""
        for rule in self._awaiting:
            covers = rule.match.covers_kind(event.key, event.resource_type, integration)
            if covers and rule.match.covers_event(event, 1):
                self.counts.see(rule.id, integration.key, rule.awaited, event.at)
                self._unsaved = True

    def in_span(self, rule: Rule, at: int | None) -> bool:
        """Whether this moment lies in the span of a rule that waits for no events; None does."""
        return at is None or rule.span.covers(at, self.counts.since.get(rule.id, 0), None)

    def hit(self, rule: Rule, *about: str | int) -> Stream | None:
        """The rule's stream for the decision that `about` names if it hits, with its first draw taken; else None."""
        return self._decide(rule, self._decisions_of(rule), spelt(*about))

    def _decide(self, rule: Rule, decisions: Decisions, about: bytes) -> Stream | None:
        times = rule.times
        if times is not None and self.counts.hits.get(rule.id, 0) >= times:
            return None
        stream = decisions.hit(about)
        if stream is not None:
            hits = self.counts.hits
            hits[rule.id] = hits.get(rule.id, 0) + 1
            if times is not None:
                self._unsaved = True
        return stream

    @staticmethod
    def _sends(draft: Draft, key: DeliveryKey, attempt: int) -> tuple[Send, ...]:
        """The original, then the copies that share its job."""
        due = draft.at + draft.delay
        hold = draft.hold
        if hold is not None and draft.delay and hold.kind.changes_places:
            hold = hold._replace(late=draft.delay)
        faults, treatments = tuple(draft.notes), tuple(draft.treatments)
        original = Send(key, draft.event.resource, due, attempt, 0, hold, None, faults, treatments)
        if not draft.copies:
            return (original,)
        sends = [original]
        for copy in draft.copies:
            if not copy.new_job:
                sends.append(original._replace(copy=len(sends), due=due + copy.after, hold=None))
        return tuple(sends)


def _about(what: str, key: DeliveryKey, attempt: int) -> bytes:
    """What a decision on this attempt is about, as `spelt`."""
    _, integration, job = key
    return what.encode() + _attempt(integration, job, attempt)


@lru_cache(1_000)
def _attempt(integration: str, job: int, attempt: int) -> bytes:
    return spelt("", integration, job, attempt)
