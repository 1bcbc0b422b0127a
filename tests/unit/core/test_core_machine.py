"""The dispatcher under everything at once: any order of events, outcomes, hands and restarts."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from emulator.core.dispatcher import Dispatcher
from emulator.core.projection import DeliveryView, fold
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryState, Send
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record

CHAOS: list[dict[str, Any]] = [
    {"id": "late", "probability": 0.4, "delay": {"distribution": "uniform", "lower": "0s", "upper": "10s"}},
    {"id": "mixed", "probability": 0.4, "reorder": {"window": 3}},
    {"id": "across", "probability": 0.4, "reorder": {"window": 3, "scope": "across_resources"}},
    {"id": "together", "probability": 0.4, "overlap": {"count": 2, "scope": "same_resource"}},
    {"id": "twice", "probability": 0.4, "duplicate": {"copies": 2, "spacing": "0s"}},
    {"id": "anew", "probability": 0.3, "duplicate": {"copies": 1, "identity": "new_job", "spacing": "1s"}},
    {"id": "held", "probability": 0.3, "hold": {}},
    {"id": "unheard", "probability": 0.3, "ack_loss": {"times": 2}},
    {"id": "lost", "probability": 0.1, "drop": {}},
]
RULES = st.lists(st.sampled_from(CHAOS), unique_by=lambda one: one["id"], min_size=2)
NAMES = ("shop", "erp")
ORDERED = {"erp"}
KNOWN_FINAL = {DeliveryState.SUCCEEDED, DeliveryState.EXHAUSTED, DeliveryState.CANCELLED, DeliveryState.DROPPED}


class Machine(RuleBasedStateMachine):
    stage: Any

    @initialize(seed=st.integers(0, 1000), chaos=RULES)
    def begin(self, seed: int, chaos: list[dict[str, Any]]) -> None:
        self.seed = seed
        self.chaos = chaos
        self.now = 1_000 * SECOND
        self.events: dict[str, Event] = {}
        self.records: list[Record] = []
        self.flying: list[tuple[Send, int]] = []
        self.integrations: dict[str, Integration] = {name: self.stage.integration(name) for name in NAMES}
        self.dispatcher: Dispatcher = self.stage.dispatcher(*chaos, seed=seed, max_in_flight=3, ordered=ORDERED)

    # What may happen

    @rule(resources=st.lists(st.sampled_from(["order:1", "order:2"]), min_size=1, max_size=4))
    def accept(self, resources: list[str]) -> None:
        for resource in resources:
            self.now += 1
            event = self.stage.event(len(self.events) + 1, resource=resource, at=self.now)
            self.events[event.identity] = event
            observers = [one for one in self.integrations.values() if one.enabled]
            drafted = self.dispatcher.draft(event, observers, event.at)
            self.records += drafted.records
            self.records += self.dispatcher.admit(drafted)

    @rule(seconds=st.sampled_from([0, 1, 5, 60]))
    def let_pass(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule(limit=st.integers(1, 5))
    def take(self, limit: int) -> None:
        sends, records = self.dispatcher.take_due(self.now, limit)
        self.records += records
        for barrier in {send.barrier for send in sends if send.barrier}:
            split = barrier in {send.barrier for send, _ in self.flying}
            assert not split or ORDERED & {send.delivery.integration for send in sends}, "a group was split"
        paused = self.dispatcher.paused
        assert not any(send.delivery.integration in paused or "*" in paused for send in sends)
        self.flying += [(send, self.now) for send in sends]

    @precondition(lambda self: self.flying)
    @rule(which=st.integers(0, 100), succeeded=st.booleans())
    def resolve(self, which: int, succeeded: bool) -> None:
        self._resolve(which % len(self.flying), succeeded)

    @rule(name=st.sampled_from([*NAMES, "*"]))
    def pause(self, name: str) -> None:
        self.dispatcher.pause(name)

    @rule(name=st.sampled_from([*NAMES, "*"]))
    def resume(self, name: str) -> None:
        self.dispatcher.resume(name)

    @rule()
    def release_all(self) -> None:
        _, records = self.dispatcher.release(None, self.now)
        self.records += records

    @precondition(lambda self: len(self.dispatcher.holdings))
    @rule(which=st.integers(0, 100))
    def release_one(self, which: int) -> None:
        held = list(self.dispatcher.holdings)
        key = held[which % len(held)].send.delivery
        count, records = self.dispatcher.release(key, self.now)
        assert count >= 1
        self.records += records

    @rule()
    def end_holds(self) -> None:
        self.records += self.dispatcher.end_holds(self.now)

    @rule(name=st.sampled_from(NAMES))
    def switch(self, name: str) -> None:
        """Disabled, its deliveries are cancelled; enabled again, it does not get them."""
        one = self.integrations[name]
        self.integrations[name] = self.stage.integration(name, enabled=not one.enabled)
        if one.enabled:
            self.records += self.dispatcher.cancel(name, "the integration was disabled", self.now)
            assert not any(job.planned for job in self.dispatcher.jobs() if job.key.integration == name)

    @precondition(lambda self: self.events)
    @rule(which=st.integers(0, 100))
    def retry_by_hand(self, which: int) -> None:
        views = [view for view in self._views() if view.state is not DeliveryState.DROPPED]
        if not views:
            return
        view = views[which % len(views)]
        integration = self.integrations[view.key.integration]
        job = self.dispatcher.job(view.key)
        if not integration.enabled or (job is not None and job.flying):
            return
        if job is None:
            job = view.job(self.events[view.key.event])
        before = self._sent(view.key)
        self.records += self.dispatcher.again(job, integration, self.now)
        assert self._sent(view.key) == before
        assert any(copy == 0 for _, copy in job.planned)

    @rule(chaos=RULES)
    def change_rules(self, chaos: list[dict[str, Any]]) -> None:
        self.chaos = chaos
        self.dispatcher.planner = self.dispatcher.planner.with_rules(self.stage.rules(chaos))

    @rule()
    def kill_and_start(self) -> None:
        """What flies has no outcome, and is made again as the same attempt."""
        paused = self.dispatcher.paused
        views = self._views()
        self.flying = []
        scribe = Scribe(next_seq=len(self.records) + 1, last_at=self.records[-1].at if self.records else 0)
        number = max((view.number for view in views), default=0) + 1
        self.dispatcher = self.stage.dispatcher(
            *self.chaos,
            seed=self.seed,
            max_in_flight=3,
            ordered=ORDERED,
            scribe=scribe,
            next_number=number,
        )
        for name in paused:
            self.dispatcher.pause(name)
        for view in views:
            if view.pending or not view.state.final:
                event = self.events[view.key.event]
                self.records += self.dispatcher.restore(view.job(event), view.pending, self.now)

    # What is always so

    @invariant()
    def the_record_stream_is_whole(self) -> None:
        assert [record.seq for record in self.records] == list(range(1, len(self.records) + 1))
        assert all(a.at <= b.at for a, b in pairwise(self.records))

    @invariant()
    def the_journal_knows_what_the_dispatcher_knows(self) -> None:
        jobs = {job.number: job for job in self.dispatcher.jobs()}
        flying = defaultdict(set)
        for send, _ in self.flying:
            flying[send.delivery].add((send.attempt, send.copy))
        for view in self._views():
            job = jobs.pop(view.number, None)
            if job is None:
                assert view.state.final
                assert not view.pending
                continue
            assert (job.key, job.attempt, job.lost) == (view.key, view.attempt, view.lost)
            to_be_sent_again = view.state is DeliveryState.SENDING and job.state is DeliveryState.WAITING
            assert job.state is view.state or to_be_sent_again
            voided = view.state is DeliveryState.CANCELLED
            expected = set(job.planned) | (set() if voided else flying[job.key])
            assert {(send.attempt, send.copy) for send in view.pending} - flying[job.key] == expected - flying[job.key]
            assert len(flying[job.key]) == job.flying
            due = {(send.attempt, send.copy): send.due for send in job.planned.values()}
            assert all(
                send.due == due[send.attempt, send.copy] for send in view.pending if (send.attempt, send.copy) in due
            )
        assert not jobs

    @invariant()
    def of_a_lane_one_delivery_is_under_way_and_one_send_open(self) -> None:
        ordered = [job for job in self.dispatcher.jobs() if job.key.integration in ORDERED]
        under_way = Counter(job.event.resource for job in ordered if job.under_way)
        open_now = Counter(send.resource for send, _ in self.flying if send.delivery.integration in ORDERED)
        assert max([0, *under_way.values(), *open_now.values()]) <= 1

    @invariant()
    def nothing_is_open_that_cannot_move(self) -> None:
        for job in self.dispatcher.jobs():
            assert job.pending, f"{job} can never settle"

    def teardown(self) -> None:
        if not hasattr(self, "dispatcher"):
            return
        self.change_rules([])
        for name in (*NAMES, "*"):
            self.resume(name)
        while True:
            while self.flying:
                self._resolve(0, True)
            self.release_all()
            self.end_holds()
            due = self.dispatcher.next_due
            if due is None:
                break
            self.now = max(self.now, due)
            self.take(1000)
        assert self.dispatcher.settled
        assert self.dispatcher.pending == 0
        for view in self._views():
            assert view.state in KNOWN_FINAL
            sent = {(attempt.attempt, attempt.copy) for attempt in view.attempts}
            assert (view.state is DeliveryState.SUCCEEDED) <= any(
                attempt.outcome.succeeded and attempt.copy == 0 for attempt in view.attempts
            )
            assert len(sent) == len(view.attempts), "an attempt has two outcomes"

    def _resolve(self, which: int, succeeded: bool) -> None:
        send, started_at = self.flying.pop(which)
        outcome = Outcome(succeeded=succeeded, status=200 if succeeded else 500)
        integration = self.integrations[send.delivery.integration]
        self.records += self.dispatcher.resolve(send, outcome, integration, started_at=started_at, now=self.now)

    def _views(self) -> list[DeliveryView]:
        of: dict[int, list[Record]] = defaultdict(list)
        for record in self.records:
            of[record.delivery].append(record)
        return [view for number in sorted(of) if (view := fold(of[number])) is not None]

    def _sent(self, key: object) -> int:
        return sum(send.delivery == key for send, _ in self.flying)


@pytest.mark.slow
@pytest.mark.soak
def test_the_dispatcher_under_everything_at_once(stage: Any) -> None:
    machine = type("Machine", (Machine,), {"stage": stage})
    run_state_machine_as_test(machine, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))
