"""Lanes: to a queue that keeps order, the deliveries of one resource go one after the other."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.projection import fold
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryState, Send
from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record

GOOD = Outcome(succeeded=True, status=200)
BAD = Outcome(succeeded=False, error="the queue refused it")
RULES = [
    {"id": "late", "probability": 0.4, "delay": {"distribution": "uniform", "lower": "0s", "upper": "30s"}},
    {"id": "mixed", "probability": 0.4, "reorder": {"window": 3}},
    {"id": "together", "probability": 0.5, "overlap": {"count": 3}},
    {"id": "twice", "probability": 0.4, "duplicate": {"copies": 2, "spacing": "1s"}},
    {"id": "at-once", "probability": 0.4, "duplicate": {"copies": 2, "spacing": "0s"}},
    {"id": "anew", "probability": 0.2, "duplicate": {"copies": 1, "identity": "new_job"}},
    {"id": "unheard", "probability": 0.3, "ack_loss": {"times": 2}},
]
RULE_SETS = st.lists(st.sampled_from(RULES), unique_by=lambda rule: rule["id"])


class Fifo:
    """The keys of the integrations whose queues keep order, by their names."""

    def __contains__(self, integration: object) -> bool:
        return str(integration).endswith(".fifo")


@dataclass
class Work:
    """A dispatcher whose sends take as long, and end in such an order, as chance will have it."""

    stage: Any
    dispatcher: Any
    answer: Any
    chance: Random
    now: int = 0
    integrations: dict[str, Any] = field(default_factory=dict)
    flying: list[Send] = field(default_factory=list)
    departed: list[Send] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def accept(self, events: list[Any], names: tuple[str, ...]) -> None:
        self.integrations = {name: self.stage.integration(name) for name in names}
        for event in events:
            drafted = self.dispatcher.draft(event, list(self.integrations.values()), event.at)
            self.records += [*drafted.records, *self.dispatcher.admit(drafted)]
            self.now = event.at
        self.records += self.dispatcher.end_holds(self.now)

    def step(self) -> bool:
        """Whether there was anything left to do."""
        due = self.dispatcher.next_due
        if self.flying and (due is None or self.chance.random() < 0.5):
            self.resolve(self.chance.randrange(len(self.flying)))
        elif due is not None:
            self.now = max(self.now, due)
            self.take(self.chance.randint(1, 4))
        else:
            return False
        return True

    def idle(self) -> bool:
        """Whether nothing can leave now."""
        due = self.dispatcher.next_due
        return due is None or due > self.now

    def let_pass(self) -> None:
        """Until something is due."""
        self.now = max(self.now, self.dispatcher.next_due)

    def take(self, limit: int) -> list[Send]:
        sends, records = self.dispatcher.take_due(self.now, limit)
        assert sends or records, "something is due that cannot leave"
        self.records += records
        for send in sends:
            self.depart(send)
        return list(sends)

    def depart(self, send: Send) -> None:
        if send.delivery.integration in Fifo():
            lane = lane_of(send)
            assert lane not in map(lane_of, self.flying), "two of a lane are open"
            for job in self.dispatcher.jobs():
                if (job.key.integration, job.event.resource) == lane and job.key != send.delivery:
                    assert not job.under_way, f"{send.delivery} passed {job.key}"
        self.flying.append(send)
        self.departed.append(send)

    def resolve(self, which: int = 0, outcome: Outcome | None = None) -> None:
        send = self.flying.pop(which)
        integration = self.integrations[send.delivery.integration]
        outcome = outcome or self.answer(send)
        self.records += self.dispatcher.resolve(send, outcome, integration, started_at=self.now, now=self.now)

    def views(self) -> list[Any]:
        of: dict[int, list[Record]] = defaultdict(list)
        for record in self.records:
            of[record.delivery].append(record)
        return [view for number in sorted(of) if (view := fold(of[number])) is not None]

    def turns(self) -> dict[Any, list[Any]]:
        """Of each lane the deliveries, each as often as it began when another one had been before it."""
        lanes = defaultdict(list)
        for send in self.departed:
            if send.copy == 0 and send.delivery.integration in Fifo():
                lanes[lane_of(send)].append(send.delivery)
        return {lane: [key for key, _ in groupby(keys)] for lane, keys in lanes.items()}


def lane_of(send: Send) -> tuple[str, str]:
    return (send.delivery.integration, send.resource)


@pytest.fixture
def at_work(stage: Any) -> Any:
    """`at_work(*rules)`: a dispatcher to which queues whose name ends in `.fifo` keep order."""

    def make(*rules: Any, answer: Any = lambda send: GOOD, seed: int = 1, **options: Any) -> Work:
        dispatcher = stage.dispatcher(*rules, seed=seed, ordered=Fifo(), **options)
        return Work(stage, dispatcher, answer, Random(seed))

    return make


def settled_once(work: Work) -> None:
    views = work.views()
    assert {view.state for view in views} <= {DeliveryState.SUCCEEDED, DeliveryState.EXHAUSTED}
    assert not any(view.pending for view in views)
    assert work.dispatcher.settled
    assert work.dispatcher.pending == 0
    for view in views:
        attempts = [(attempt.attempt, attempt.copy) for attempt in view.attempts]
        assert len(attempts) == len(set(attempts)), "an attempt has two outcomes"
        succeeded = [attempt for attempt in view.attempts if attempt.outcome.succeeded and attempt.copy == 0]
        assert len(succeeded) == (view.state is DeliveryState.SUCCEEDED)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 15),
    resources=st.integers(1, 3),
    failing=st.sampled_from([0.0, 0.4, 1.0]),
    most=st.sampled_from([1, 2, 64]),
    rules=RULE_SETS,
)
def test_every_delivery_settles_once_and_nobody_passes_who_has_begun(
    stage: Any, seed: int, count: int, resources: int, failing: float, most: int, rules: list[Any]
) -> None:
    dispatcher = stage.dispatcher(*rules, seed=seed, ordered=Fifo(), max_in_flight=most)
    work = Work(stage, dispatcher, stage.answers(seed, failing), Random(seed))
    work.accept(stage.life(count, resources=resources, apart=SECOND // 3), ("a.fifo", "b"))
    while work.step():
        assert dispatcher.settled == (dispatcher.pending == 0)
    settled_once(work)
    for turns in work.turns().values():
        assert Counter(turns).most_common(1)[0][1] == 1, "one had two turns"


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 12),
    failing=st.sampled_from([0.0, 0.4]),
    rules=RULE_SETS,
    steps=st.integers(0, 40),
)
def test_after_a_restart_who_had_begun_goes_on_first_and_nothing_is_lost(
    stage: Any, seed: int, count: int, failing: float, rules: list[Any], steps: int
) -> None:
    events = stage.life(count, resources=2, apart=SECOND // 3)
    answer = stage.answers(seed, failing)
    first = Work(stage, stage.dispatcher(*rules, seed=seed, ordered=Fifo()), answer, Random(seed))
    first.accept(events, ("a.fifo",))
    for _ in range(steps):
        first.step()

    views = first.views()
    scribe = Scribe(next_seq=len(first.records) + 1, last_at=first.now)
    dispatcher = stage.dispatcher(
        *rules, seed=seed, ordered=Fifo(), scribe=scribe, next_number=len(views) + 1, max_in_flight=2
    )
    second = Work(stage, dispatcher, answer, Random(seed), now=first.now, integrations=first.integrations)
    second.records = list(first.records)
    known = {event.identity: event for event in events}
    begun = set()
    for view in views:
        if view.pending or not view.state.final:
            second.records += dispatcher.restore(view.job(known[view.key.event]), view.pending, first.now)
        if view.state in (DeliveryState.SENDING, DeliveryState.WAITING):
            begun.add(view.key)
    while second.step():
        pass
    settled_once(second)
    assert len(second.views()) == len(views)
    for lane, turns in second.turns().items():
        assert len(turns) == len(set(turns))
        mine = [key for key in begun if (key.integration, known[key.event].resource) == lane]
        assert turns[: len(mine)] == mine


def lives(work: Work, count: int, *, resources: int = 1) -> list[str]:
    """Accepts so many events for one ordered queue, all due at once; answers with their identities."""
    events = work.stage.life(count, resources=resources, apart=1)
    work.accept(events, ("a.fifo",))
    return [event.identity for event in events]


def taken(work: Work) -> list[str]:
    return [send.delivery.event for send in work.dispatcher.take_due(work.now, 100)[0]]


def test_one_of_each_resource_is_open_and_the_next_goes_when_it_has_ended(at_work: Any) -> None:
    work = at_work()
    first, second, third, fourth = lives(work, 4, resources=2)
    assert {send.delivery.event for send in work.take(100)} == {first, second}
    assert work.idle()
    work.resolve()
    work.resolve()
    assert {send.delivery.event for send in work.take(100)} == {third, fourth}


@pytest.mark.parametrize("reason", ["it failed", "its acknowledgement was lost"])
def test_whoever_is_to_be_tried_again_holds_up_its_resource_and_no_other(at_work: Any, reason: str) -> None:
    rules = [] if reason == "it failed" else [{"id": "x", "match": {"resource": "order:1"}, "ack_loss": {}}]
    work = at_work(*rules)
    events = work.stage.life(5, resources=2, apart=1)
    work.accept(events, ("a.fifo",))
    while work.flying or not work.idle():
        if not work.flying:
            work.take(100)
        send = work.flying[0]
        work.resolve(outcome=BAD if send.resource == "order:1" and reason == "it failed" else GOOD)
    assert [send.delivery.event for send in work.departed if send.resource == "order:1"] == [events[1].identity]
    assert sum(send.resource == "order:2" for send in work.departed) == 3
    work.let_pass()
    [again] = work.take(100)
    assert (again.delivery.event, again.attempt) == (events[1].identity, 2)
    work.resolve(outcome=GOOD)
    assert taken(work) == [events[3].identity]


def test_copies_go_one_at_a_time_while_their_original_waits_for_its_next_attempt(at_work: Any) -> None:
    work = at_work({"id": "x", "times": 1, "duplicate": {"copies": 2, "spacing": "1s"}})
    first, second = lives(work, 2)
    work.take(100)
    work.resolve(outcome=BAD)
    seen = []
    while second not in seen:
        work.let_pass()
        [send] = work.take(100)
        assert work.idle()
        seen.append(send.delivery.event if send.delivery.event != first else (send.attempt, send.copy))
        work.resolve()
    assert seen == [(1, 1), (1, 2), (2, 0), second]


def test_a_copy_of_what_has_settled_is_held_up_like_anything_else(at_work: Any) -> None:
    work = at_work({"id": "x", "times": 1, "duplicate": {"copies": 1, "spacing": "1s"}})
    first, second = lives(work, 2)
    for outcome in (GOOD, BAD):
        work.take(100)
        work.resolve(outcome=outcome)
    work.now += 2 * SECOND
    assert work.idle()
    work.let_pass()
    assert [(send.delivery.event, send.attempt) for send in work.take(100)] == [(second, 2)]
    work.resolve()
    assert [(send.delivery.event, send.copy) for send in work.take(100)] == [(first, 1)]


def test_what_is_held_holds_up_nobody_although_it_has_failed_before(at_work: Any) -> None:
    work = at_work({"id": "h", "match": {"attempt": 2}, "hold": {}})
    first, second = lives(work, 2)
    work.take(100)
    work.resolve(outcome=BAD)
    assert work.dispatcher.job(work.departed[0].delivery).state is DeliveryState.HELD
    assert [send.delivery.event for send in work.take(100)] == [second]
    work.records += work.dispatcher.release(None, work.now)[1]
    assert work.idle()
    work.resolve()
    work.let_pass()
    assert [send.delivery.event for send in work.take(100)] == [first]


def test_retried_by_hand_it_keeps_its_turn(at_work: Any) -> None:
    work = at_work()
    first, _ = lives(work, 2)
    work.take(100)
    work.resolve(outcome=BAD)
    [job] = [job for job in work.dispatcher.jobs() if job.key.event == first]
    work.dispatcher.again(job, work.integrations["a.fifo"], work.now)
    assert [(send.delivery.event, send.attempt) for send in work.take(100)] == [(first, 2)]


def test_retried_by_hand_what_has_not_begun_waits_for_its_turn(at_work: Any) -> None:
    work = at_work()
    first, second, third = lives(work, 3)
    work.take(100)
    [job] = [job for job in work.dispatcher.jobs() if job.key.event == third]
    work.dispatcher.again(job, work.integrations["a.fifo"], work.now)
    assert work.idle()
    departed = []
    while work.flying:
        departed.append(work.flying[0].delivery.event)
        work.resolve()
        if not work.idle():
            work.take(100)
    assert departed == [first, second, third]


@pytest.mark.parametrize("state", ["sending", "waiting"])
def test_cancelled_it_gives_up_its_turn_to_what_comes_later(at_work: Any, state: str) -> None:
    work = at_work()
    lives(work, 3)
    work.take(100)
    if state == "waiting":
        work.resolve(outcome=BAD)
    work.dispatcher.cancel("a.fifo", "the integration was disabled", work.now)
    assert work.idle()
    later = work.stage.event(9, at=work.now + 1)
    work.accept([later], ("a.fifo",))
    if work.flying:
        assert work.idle(), "the request that is being ended is still open"
        work.resolve()
    assert [send.delivery.event for send in work.take(100)] == [later.identity]
    work.resolve()
    assert work.dispatcher.settled


def test_a_group_that_overlaps_goes_one_after_the_other_within_a_resource(at_work: Any) -> None:
    work = at_work({"id": "x", "overlap": {"count": 4}})
    events = lives(work, 4, resources=2)
    together = work.take(1)
    assert len(together) == 2
    assert len({send.barrier for send in together}) == 1
    assert work.idle()
    while work.step():
        pass
    assert sorted(send.delivery.event for send in work.departed) == sorted(events)
    settled_once(work)


def test_whoever_is_held_up_takes_no_room_from_others(at_work: Any) -> None:
    """With room for one, the first waits for its next attempt, and the room is the other resource's."""
    work = at_work(max_in_flight=1)
    events = work.stage.life(6, resources=2, apart=1)
    work.accept(events, ("a.fifo",))
    begun = []
    for outcome in (BAD, GOOD, GOOD, GOOD):
        [send] = work.take(100)
        begun.append(send.delivery.event)
        work.resolve(outcome=outcome)
    assert begun == [event.identity for event in (events[0], events[1], events[3], events[5])]
    assert work.idle()


def test_paused_in_the_middle_it_goes_on_where_it_was(at_work: Any) -> None:
    work = at_work()
    first, second, _ = lives(work, 3)
    work.take(100)
    work.dispatcher.pause("a.fifo")
    work.resolve(outcome=BAD)
    assert work.idle()
    assert work.dispatcher.settled
    work.dispatcher.resume("a.fifo")
    work.let_pass()
    work.now += MINUTE
    assert [(send.delivery.event, send.attempt) for send in work.take(100)] == [(first, 2)]
    work.resolve()
    assert [send.delivery.event for send in work.take(100)] == [second]


def test_a_queue_that_no_longer_keeps_order_forgets_nothing_that_was_held_up(at_work: Any, stage: Any) -> None:
    """Its URL was changed while deliveries waited for each other."""
    ordered = {"a"}
    work = Work(stage, stage.dispatcher(ordered=ordered), lambda send: GOOD, Random(1))
    work.accept(stage.life(5, apart=1), ("a",))
    work.take(100)
    assert work.idle()
    ordered.clear()
    while work.step():
        pass
    settled_once(work)
    assert len(work.departed) == 5
