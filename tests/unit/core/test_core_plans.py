"""Plans: the same seed gives the same bytes, and one thing more changes no other draw."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.plan import Plan
from emulator.core.record_data import send_data
from emulator.domain.delivery import HoldKind
from emulator.domain.integration import IntegrationType, StompConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.record import RecordKind

CHAOS: list[dict[str, Any]] = [
    {"id": "late", "probability": 0.5, "delay": {"distribution": "lognormal", "median": "4s", "sigma": 1.5}},
    {"id": "mixed", "probability": 0.5, "reorder": {"window": 4}},
    {"id": "shifted", "probability": 0.3, "reorder": {"within": "20s", "scope": "across_resources"}},
    {"id": "twice", "probability": 0.3, "duplicate": {"copies": 2, "identity": "new_job"}},
    {"id": "same", "probability": 0.2, "duplicate": {"copies": 1}},
    {"id": "coincide", "probability": 0.2, "overlap": {"count": 3}},
    {"id": "lost", "probability": 0.1, "drop": {}},
    {"id": "unheard", "probability": 0.3, "ack_loss": {"times": 2}},
    {"id": "damaged", "probability": 0.3, "corrupt": "bitflip"},
    {"id": "cut", "probability": 0.3, "connection": "close_early"},
]


def text_of(plan: Plan) -> str:
    return repr([(job.key, [send_data(send) for send in job.sends], job.faults) for job in plan.jobs])


def test_the_same_seed_gives_the_same_records(stage: Any) -> None:
    events = stage.life(60, resources=4)
    shops = [stage.integration("shop"), stage.integration("erp")]
    runs = [
        stage.run(*CHAOS, events=events, integrations=shops, seed=9, answer=stage.answers(5, 0.4)).records
        for _ in range(2)
    ]
    assert repr(runs[0]) == repr(runs[1])
    other = stage.run(*CHAOS, events=events, integrations=shops, seed=10, answer=stage.answers(5, 0.4)).records
    assert repr(other) != repr(runs[0])


IN_ANOTHER_PROCESS = """
import hashlib, importlib.util, sys
def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
stage = load("stage", sys.argv[1]).Stage()
chaos = load("plans", sys.argv[2]).CHAOS
run = stage.run(*chaos, events=stage.life(60, resources=4), seed=9, answer=stage.answers(5, 0.4))
print(hashlib.sha256(repr(run.records).encode()).hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_the_same_seed_gives_the_same_records_in_every_process(stage: Any, hash_seed: str) -> None:
    here = stage.run(*CHAOS, events=stage.life(60, resources=4), seed=9, answer=stage.answers(5, 0.4)).records
    conftest = sys.modules[type(stage).__module__].__file__
    there = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(conftest), __file__],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == hashlib.sha256(repr(here).encode()).hexdigest()


@given(st.integers(), st.integers(1, 30))
def test_another_event_changes_no_other_draw(stage: Any, seed: int, extra: int) -> None:
    events = stage.life(30, resources=3)
    planner, other = (stage.planner(*CHAOS, seed=seed) for _ in range(2))
    added = stage.event(extra, resource="cart:1", key="cart.updated")
    alone = [text_of(planner.plan(event, stage.integration())) for event in events]
    together = []
    for event in events:
        if event is events[extra - 1]:
            other.plan(added, stage.integration())
        together.append(text_of(other.plan(event, stage.integration())))
    assert alone == together


@given(st.integers())
def test_another_integration_changes_no_other_draw(stage: Any, seed: int) -> None:
    events = stage.life(20, resources=3)
    planner, other = (stage.planner(*CHAOS, seed=seed) for _ in range(2))
    alone = [text_of(planner.plan(event, stage.integration())) for event in events]
    together = []
    for event in events:
        other.plan(event, stage.integration("another"))
        together.append(text_of(other.plan(event, stage.integration())))
    assert alone == together


@given(st.integers(), st.integers(0, 6))
def test_another_rule_changes_no_other_draw(stage: Any, seed: int, place: int) -> None:
    """Schedules may shift, so what each rule decided is compared, not when it goes."""
    added = {"id": "added", "probability": 0.7, "delay": {"value": "1s"}}
    longer = [*CHAOS[:place], added, *CHAOS[place:]]
    planner, other = stage.planner(*CHAOS, seed=seed), stage.planner(*longer, seed=seed)
    for event in stage.life(20, resources=3):
        before = planner.plan(event, stage.integration()).jobs
        after = other.plan(event, stage.integration()).jobs
        assert [job.faults for job in before] == [
            tuple(note for note in job.faults if note.rule != "added") for job in after
        ]


@given(st.integers())
def test_a_renamed_integration_draws_as_before(stage: Any, seed: int) -> None:
    shop = stage.integration("shop")
    planner = stage.planner(*CHAOS, seed=seed)
    event = stage.event(1)
    assert text_of(planner.plan(event, shop)) == text_of(planner.plan(event, replace(shop, name="renamed")))


def test_a_rule_that_is_called_like_a_stream_of_ours_shares_nothing_with_it(stage: Any) -> None:
    """Else every delivery that a rule `retry` hits would also wait in step with it."""
    seeds = range(400)
    rule = {"id": "retry", "probability": 0.5, "delay": {"value": "1s"}}
    fails = stage.answers(1, 1.0)
    longer_when_hit = []
    for seed in seeds:
        run = stage.run(rule, events=[stage.event(1)], seed=seed, answer=fails)
        hit = bool(run.of(RecordKind.PLANNED)[0].data["faults"])
        ended, added = run.of(RecordKind.ATTEMPTED)[0], run.of(RecordKind.ADDED)[0]
        longer_when_hit.append(hit == (added.due - ended.at > 5 * SECOND))
    assert 140 < sum(longer_when_hit) < 260


@pytest.mark.parametrize("fault", [{"delay": {"value": "1s"}}, {"drop": {}}, {"duplicate": {}}, {"ack_loss": {}}])
def test_probability_0_is_exactly_never_and_1_exactly_always(stage: Any, fault: Mapping[str, Any]) -> None:
    events = stage.life(300)
    never = stage.run({"id": "x", "probability": 0, **fault}, events=events)
    always = stage.run({"id": "x", "probability": 1, **fault}, events=events)
    assert len(never.sends) == 300
    assert not any(record.data.get("faults") for record in never.records)
    hit = {record.delivery for record in always.records if record.data.get("faults")}
    assert len(hit) == 300


def test_times_bounds_how_often_a_rule_hits_in_all(stage: Any) -> None:
    run = stage.run({"id": "x", "times": 3, "delay": {"value": "1s"}}, events=stage.life(20))
    assert sum(bool(record.data["faults"]) for record in run.of(RecordKind.PLANNED)) == 3


def test_a_rule_says_once_that_its_count_has_changed(stage: Any) -> None:
    planner = stage.planner({"id": "x", "times": 3, "delay": {"value": "1s"}}, {"id": "y", "delay": {"value": "1s"}})
    assert planner.unsaved_counts() is None
    planner.plan(stage.event(1), stage.integration())
    assert planner.unsaved_counts() == {"hits": {"x": 1}, "seen": {}, "since": {}}
    assert planner.unsaved_counts() is None


def test_what_never_happened_is_not_counted(stage: Any) -> None:
    planner = stage.planner({"id": "x", "times": 1, "delay": {"value": "1s"}})
    before = planner.counts.copy()
    planner.plan(stage.event(1), stage.integration())
    planner.give_back(planner.counts.gained(before), before)
    assert planner.unsaved_counts() == {"hits": {"x": 0}, "seen": {}, "since": {}}
    assert planner.plan(stage.event(2), stage.integration()).jobs[0].faults


def test_counts_outlive_a_change_of_the_rules(stage: Any) -> None:
    planner = stage.planner({"id": "x", "times": 1, "drop": {}}, {"id": "y", "times": 5, "drop": {}})
    planner.plan(stage.event(1), stage.integration())
    changed = planner.with_rules(stage.rules([{"id": "x", "times": 1, "drop": {}}]), 7)
    assert changed.unsaved_counts() == {"hits": {"x": 1}, "seen": {}, "since": {"x": 7}}
    assert not changed.plan(stage.event(2), stage.integration()).jobs[0].dropped


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"event": "order.*"}, True),
        ({"event": "cart.*"}, False),
        ({"integration": "sh?p"}, True),
        ({"integration": "erp"}, False),
        ({"transport": "webhook"}, True),
        ({"transport": "stomp"}, False),
        ({"resource_type": "order"}, True),
        ({"resource_type": "cart"}, False),
        ({"resource": "order:1"}, True),
        ({"resource": "id-of-order:1"}, True),
        ({"resource": "order:2"}, False),
        ({"attempt": 1}, True),
        ({"attempt": 2}, False),
        ({"event": "order.*", "resource": "order:2"}, False),
    ],
)
@pytest.mark.parametrize("fault", [{"delay": {"value": "1s"}}, {"ack_loss": {}}])
def test_a_rule_hits_those_that_it_matches(
    stage: Any, match: Mapping[str, Any], hit: bool, fault: Mapping[str, Any]
) -> None:
    run = stage.run({"id": "x", "match": match, **fault}, events=[stage.event(1)])
    first = run.of(RecordKind.ATTEMPTED)[0]
    assert bool(first.data["faults"]) is hit


def test_a_rule_for_a_transport_follows_an_integration_that_changes_its_transport(stage: Any) -> None:
    planner = stage.planner({"id": "x", "match": {"transport": "stomp"}, "delay": {"value": "1s"}})
    webhook = stage.integration()
    stomp = replace(
        webhook,
        integration_type=IntegrationType.STOMP,
        configuration=StompConfiguration(addresses=("stomp://localhost",), destination="/queue/x"),
    )
    assert not planner.plan(stage.event(1), webhook).jobs[0].faults
    assert planner.plan(stage.event(2), stomp).jobs[0].faults


def test_faults_of_a_schedule_act_on_first_attempts_unless_the_match_names_one(stage: Any) -> None:
    fails_once = lambda send: stage.answers(1, 1.0 if send.attempt == 1 else 0.0)(send)  # noqa: E731
    plain = stage.run({"id": "x", "duplicate": {}}, events=[stage.event(1)], answer=fails_once)
    second = stage.run(
        {"id": "x", "match": {"attempt": 2}, "duplicate": {}}, events=[stage.event(1)], answer=fails_once
    )
    assert [(send.attempt, send.copy) for send in plain.sends] == [(1, 0), (1, 1), (2, 0)]
    assert [(send.attempt, send.copy) for send in second.sends] == [(1, 0), (2, 0), (2, 1)]


def test_a_hold_acts_on_every_attempt(stage: Any) -> None:
    dispatcher = stage.dispatcher({"id": "x", "hold": {}})
    event, shop = stage.event(1), stage.integration()
    dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    assert [held.send.hold.kind for held in dispatcher.holdings] == [HoldKind.BY_HAND]
    dispatcher.release(None, event.at)
    [send], _ = dispatcher.take_due(event.at, 1)
    dispatcher.resolve(send, stage.answers(1, 1.0)(send), shop, started_at=event.at, now=event.at)
    assert [held.send.attempt for held in dispatcher.holdings] == [2]


@settings(max_examples=50)
@given(st.integers(), st.integers(1, 40))
def test_a_dropped_event_is_settled_and_never_sent(stage: Any, seed: int, count: int) -> None:
    run = stage.run({"id": "x", "probability": 0.5, "drop": {}}, events=stage.life(count), seed=seed)
    dropped = {record.delivery for record in run.of(RecordKind.PLANNED) if record.state == "dropped"}
    sent = {record.delivery for record in run.of(RecordKind.SENT)}
    assert dropped | sent == set(range(1, count + 1))
    assert not dropped & sent


def test_a_rule_that_rests_keeps_its_counts_and_changes_no_draw_of_others(stage: Any) -> None:
    late = {"id": "late", "probability": 0.5, "delay": {"distribution": "uniform", "lower": "1s", "upper": "9s"}}
    twice = {"id": "twice", "times": 3, "duplicate": {}}
    both, alone = stage.rules([late, twice]), stage.rules([late])
    resting = stage.rules([twice])
    events = [stage.event(n) for n in range(1, 41)]
    shop = stage.integration()
    switched, plain = stage.planner().with_rules(both), stage.planner().with_rules(alone)
    dues = []
    for number, event in enumerate(events):
        if number == 2:
            switched = switched.with_rules(alone, 5, resting=resting)
            assert switched.unsaved_counts()["hits"] == {"twice": 2}
        if number == 20:
            switched = switched.with_rules(both, 9)
        sends = switched.plan(event, shop).sends
        dues.append(sends[0].due)
        assert len(sends) == (2 if number in (0, 1, 20) else 1), "twice before, once after, and then its times are over"
    assert dues == [plain.plan(event, shop).sends[0].due for event in events]
    assert switched.counts.since["twice"] == 0, "its span goes on, too"
