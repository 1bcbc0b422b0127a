"""Rehearsal: a scenario played to nobody, in virtual time, to see what would be sent when."""

from collections.abc import Mapping, Sequence
from math import inf

from emulator.core.acts import Act, Beat, Until, placed_acts
from emulator.core.dice import Dice
from emulator.core.dispatcher import Dispatcher
from emulator.core.faults.connection import is_limited
from emulator.core.fixture import Fixtures
from emulator.core.job import Job
from emulator.core.plan import Planner
from emulator.core.retry import RetryPolicy
from emulator.core.rule import Rule
from emulator.core.scenario import Observer, Scenario
from emulator.core.schedule import PlannedEvent, Schedule
from emulator.core.schedule_scribe import ScheduleScribe
from emulator.core.simulate import CUT, accepts
from emulator.core.step import Heal, KeepBusy, Misbehave, Pause, Release, Resume, Settle, Sleep, Trigger
from emulator.domain.delivery import Send
from emulator.domain.errors import UserError, nearest
from emulator.domain.event import Event
from emulator.domain.identity import derived_id
from emulator.domain.integration import (
    Integration,
    IntegrationType,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.moment import END_OF_TIME
from emulator.domain.outcome import Outcome
from emulator.domain.resource import Change
from emulator.loading.profiles import load_profile
from emulator.runtime.collector import not_looking
from emulator.runtime.pace import Pace
from emulator.runtime.registry import Registry
from emulator.runtime.rendering import Rendering
from emulator.runtime.together import TOGETHER
from emulator.store.memory import MemoryShelves
from emulator.store.mix import Mix
from emulator.store.shop import Shop
from emulator.store.traffic import Traffic

ANYBODY = Observer(name="receiver")
"""Who receives where a scenario names nobody."""


class Rehearsal:
    """Plays once. What depends on answers is worked out as if everybody took everything at once.

    A `traffic` step ends early, once it has raised `most_traffic` events: to see whether the scenario can be played.
    """

    def __init__(self, scenario: Scenario, fixtures: Fixtures, *, most_traffic: float = inf) -> None:
        self._scenario = scenario
        self._most_traffic = most_traffic
        self._now = scenario.clock.start
        self._last_event = 0
        self._shop = Shop(seed=scenario.seed, fixtures=fixtures)
        self._rendering = Rendering(self._shop)
        self._shelves = MemoryShelves()
        self._traffic: Traffic | None = None
        own = {rule.id for rule in scenario.rules}
        given = (rule for rule in load_profile(scenario.profile).rules if rule.id not in own)
        self._rules: tuple[Rule, ...] = (*given, *scenario.rules)
        self._registry = Registry(_integration(one, scenario.seed) for one in scenario.integrations or (ANYBODY,))
        self._scribe = ScheduleScribe()
        planner = Planner(dice=Dice(scenario.seed)).with_rules(self._rules, self._now)
        self._dispatcher = Dispatcher(
            seed=scenario.seed,
            planner=planner,
            retry=RetryPolicy(),
            scribe=self._scribe,
            max_in_flight=1_000_000,
            ordered=self._registry.ordered,
            job_id=lambda _: "",  # nobody gets to see it
        )
        self._events: list[PlannedEvent] = []
        self.moments: list[int] = []
        """When each act began, in microseconds."""

    def schedule(self) -> Schedule:
        """Everything that would be sent. Raises InvalidInput for a step that the shop refuses, with its place."""
        with not_looking():
            self._play()
        return Schedule(
            scenario=self._scenario.name,
            seed=self._scenario.seed,
            start=self._scenario.clock.start,
            integrations=tuple(integration.key for integration in self._registry.all()),
            events=tuple(self._events),
            sends=tuple(self._scribe.sends),
            dropped=tuple(self._scribe.dropped),
        )

    def _play(self) -> None:
        for path, act in placed_acts(self._scenario):
            self.moments.append(self._now)
            try:
                self._do(act)
            except UserError as error:
                raise self._scenario.refused(error, *path) from None
        self._settle()

    def _do(self, act: Act) -> None:
        match act:
            case Trigger():
                self._trigger(act)
            case KeepBusy():
                self._keep_busy(act)
            case Sleep() | Beat():
                self._run_until(self._now + act.micros)
            case Until():
                self._wait_until(self._scenario.clock.start + act.micros)
            case Settle():
                self._settle()
            case Heal():
                self._heal()
            case Pause():
                self._dispatcher.pause(act.integration)
            case Resume():
                self._resume(act.integration)
            case Release():
                self._dispatcher.release(None, self._now)
            case Misbehave():
                self._put(without(self._rules, act.remove))
                self._put(with_more(self._rules, act.add))

    def _trigger(self, act: Trigger) -> None:
        commands = self._shop.path_to(
            act.key,
            self._shelves,
            of=act.of,
            overrides=act.override,
            add=act.add,
            remove=act.remove,
            only=act.only,
            alias=act.alias,
        )
        changes = self._shop.execute_all(commands, self._shelves, max(self._now, self._last_event + 1))
        for change in changes:
            self._shelves.put(change.resources)
        self._accept(changes)

    def _keep_busy(self, act: KeepBusy) -> None:
        """As the emulator does it in virtual time: what is due by now happens together."""
        mix = Mix(weights=act.mix) if act.mix else Mix()
        traffic = self._traffic = Traffic(self._scenario.seed, mix, self._traffic)
        pace = Pace(act.rate, self._now)
        last = END_OF_TIME if act.duration is None else min(self._now + act.duration, END_OF_TIME)
        for type in sorted({type for story in mix.stories for type in story.house}):
            at = max(self._now, self._last_event + 1)
            self._shelves.put(self._shop.furnished(type, self._shelves, at))
        raised, most = 0, min(self._most_traffic, inf if act.count is None else act.count)
        while raised < most and pace.due < last:
            self._run_until(max(pace.due, self._now))
            now = min(self._now, last - 1)
            at, changes, spent, commands = max(self._now, self._last_event + 1), list[Change](), 0, 0
            together = 0
            while (
                max(commands, together) < TOGETHER
                and pace.due_after(spent) <= now
                and (act.count is None or raised + together < act.count)
            ):
                turn = traffic.next()
                commands += 1
                try:
                    change = self._shop.execute(turn.command, self._shelves, at)
                except UserError:
                    traffic.refused(turn)
                    spent += 1
                    continue
                self._shelves.put(change.resources)
                traffic.done(turn, change.subject)
                changes.append(change)
                at += max(1, len(change.events))
                together += len(change.events)
                spent += len(change.events)
            self._accept(changes)
            raised += together
            pace.spend(spent)
        if act.count is None or raised < most:
            self._run_until(max(last, self._now))

    def _accept(self, changes: Sequence[Change]) -> None:
        drafted = []
        for change in changes:
            for event in change.events:
                self._events.append(_planned(event))
                targets = self._registry.observers(event)
                drafted.append(self._dispatcher.draft(event, targets, event.at))
                self._last_event = event.at
        for draft in drafted:
            self._dispatcher.admit(draft)
        self._now = max(self._now, self._last_event)

    def _run_until(self, moment: int | None) -> None:
        dispatcher = self._dispatcher
        while (due := dispatcher.next_due) is not None and (moment is None or due <= moment):
            self._now = max(self._now, due)
            sends, _ = dispatcher.take_due(self._now, 1)
            for send in sends:
                integration = self._registry.get(send.delivery.integration)
                assert integration is not None, "nobody leaves during a rehearsal"
                met, outcome = dispatcher.meet(send, integration, self._now)
                answer = outcome or self._answer(send, integration)
                dispatcher.resolve(met, answer, integration, started_at=self._now, now=self._now)
        if moment is not None:
            self._now = moment

    def _answer(self, send: Send, integration: Integration) -> Outcome:
        """A request of which less is written than its body alone does not arrive."""
        if not is_limited(send.treatments):
            return accepts(send)
        job = self._dispatcher.job(send.delivery)
        assert job is not None, "it is being sent"
        named = Job(
            number=job.number, key=job.key, job_id=derived_id(self._scenario.seed, "job", *job.key), event=job.event
        )
        try:
            message = self._rendering(named, integration, send)
        except UserError:  # a fault of somebody else's could not be applied
            return CUT
        return CUT if message.wire is not None and message.wire.bytes <= len(message.body) else accepts(send)

    def _wait_until(self, moment: int) -> None:
        if moment > self._now:
            self._run_until(moment)

    def _settle(self) -> None:
        """Until nothing is left that time alone can move; what is reordered goes at once."""
        while True:
            self._dispatcher.end_holds(self._now)
            if self._dispatcher.next_due is None:
                return
            self._run_until(None)

    def _heal(self) -> None:
        self._put(())
        self._resume("*")
        self._dispatcher.release(None, self._now)

    def _resume(self, integration: str) -> None:
        """`*` is everybody, also who was paused by name."""
        for each in self._dispatcher.paused if integration == "*" else (integration,):
            self._dispatcher.resume(each)

    def _put(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._dispatcher.planner = self._dispatcher.planner.with_rules(self._rules, self._now)


def without(rules: Sequence[Rule], ids: Sequence[str]) -> tuple[Rule, ...]:
    """The rules but for these. Raises UserError for the first that is not there."""
    left = {rule.id: rule for rule in rules}
    for missing in ids:
        if left.pop(missing, None) is None:
            raise UserError(f"there is no rule '{missing}' to take away{nearest(missing, left)}")
    return tuple(left.values())


def with_more(rules: Sequence[Rule], added: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules and these. Raises UserError for the first that is there already."""
    ids = {rule.id for rule in rules}
    for rule in added:
        if rule.id in ids:
            raise UserError(f"there is a rule '{rule.id}' already; give the other another id")
    return (*rules, *added)


def _planned(event: Event) -> PlannedEvent:
    return PlannedEvent(event.identity, event.key, event.resource, event.at, event.payload)


def _integration(observer: Observer, seed: int) -> Integration:
    """Only its name, type and wishes count here; where it is does not, but for whether a queue keeps an order."""
    nowhere: Mapping[IntegrationType, WebhookConfiguration | SqsConfiguration | StompConfiguration] = {
        IntegrationType.WEBHOOK: WebhookConfiguration(url="http://127.0.0.1:1/"),
        IntegrationType.AWS_SQS: SqsConfiguration(
            url=str(observer.configuration.get("url", f"http://127.0.0.1:1/{observer.queue}")),
            aws_access_key_id="",
            aws_secret_access_key="",
            region="us-east-1",
        ),
        IntegrationType.STOMP: StompConfiguration(addresses=("stomp://127.0.0.1:1",), destination="/queue/nowhere"),
    }
    return Integration(
        key=observer.name,
        id=derived_id(seed, "integration", observer.name),
        name=observer.name,
        managed=True,
        enabled=observer.enabled,
        observes=observer.observes,
        integration_type=observer.integration_type,
        configuration=nowhere[observer.integration_type],
        created_at=0,
        updated_at=0,
    )
