"""Whatever a scenario says: nothing is lost but by a rule that says so, nothing is sent that was not planned or
decided, and times, windows and spans are kept."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.schedule import PlannedEvent, PlannedSend, Schedule
from emulator.core.schedule_check import check
from emulator.domain.moment import SECOND, exact_duration, parse_duration, parse_instant, to_micros
from emulator.harness.scenario_run import play
from emulator.harness.served_app import ServedApp
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

FIXTURES = load_fixtures()
MAX_HOLD = 2 * SECOND
KEYS = ["order.created", "order.paid", "order.fulfilled", "cart.updated", "customer.created"]
GLOBS = ["*", "order.*", "order.paid", "cart.*"]
START = parse_instant("2026-01-01T00:00:00Z")
durations = st.integers(0, 40_000).map(lambda millis: exact_duration(millis * 1000))
spans = st.integers(1, 40_000).map(lambda millis: exact_duration(millis * 1000))
instants = st.integers(0, 40).map(lambda seconds: to_micros(START + seconds * SECOND))
reorders = st.builds(
    lambda mode, extent, scope: {"reorder": {"mode": mode, **extent, "scope": scope}},
    st.sampled_from(["shuffle", "reverse", "swap", "latest_first"]),
    st.one_of(
        st.builds(lambda size: {"window": size}, st.integers(2, 5)), st.builds(lambda time: {"within": time}, spans)
    ),
    st.sampled_from(["any", "same_resource", "across_resources"]),
)

faults = st.one_of(
    st.builds(lambda value: {"delay": {"value": value}}, durations),
    st.builds(
        lambda median, most: {"delay": {"distribution": "lognormal", "median": median, "max": most}},
        durations,
        durations,
    ),
    reorders,
    st.just({"hold": None}),
    st.builds(lambda count: {"overlap": {"count": count}}, st.integers(2, 3)),
    st.builds(
        lambda copies, spacing, identity: {"duplicate": {"copies": copies, "spacing": spacing, "identity": identity}},
        st.integers(1, 3),
        durations,
        st.sampled_from(["same", "new_job"]),
    ),
    st.just({"drop": None}),
    st.builds(lambda times: {"ack_loss": {"times": times}}, st.integers(1, 3)),
    st.just({"outage": None}),
    st.sampled_from([{"payload": "unknown_field"}, {"payload": "stale"}, {"corrupt": "bitflip"}]),
)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "match": st.fixed_dictionaries(
                {"event": st.sampled_from(GLOBS)}, optional={"nth": st.integers(1, 4), "integration": st.just("shop")}
            ),
            "fault": faults,
        },
        optional={
            "probability": st.integers(0, 20).map(lambda share: share / 20),
            "times": st.integers(1, 4),
            "after": st.one_of(durations, st.integers(1, 3)),
            "for": durations,
            "until": st.one_of(durations, instants),
        },
    ),
    max_size=4,
).map(lambda made: [{"id": f"r{place}", **_flat(one)} for place, one in enumerate(made)])
triggers = st.fixed_dictionaries(
    {"trigger": st.sampled_from(KEYS)}, optional={"after": durations, "count": st.integers(1, 3)}
)
steps = st.lists(
    st.one_of(
        triggers,
        st.sampled_from(["settle", "release", {"sleep": "7s"}]),
        st.builds(lambda inner: {"repeat": {"count": 2, "steps": inner}}, st.lists(triggers, min_size=1, max_size=2)),
    ),
    min_size=1,
    max_size=6,
)
STEPS_END = st.sampled_from([[], ["release"]])
documents = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32),
        "integrations": st.sampled_from(
            [
                [{"name": "shop", "url": "${RECEIVER_URL}", "observes": ["*"]}],
                [
                    {"name": "shop", "url": "${RECEIVER_URL}", "observes": ["order.*"]},
                    {"name": "erp", "url": "${RECEIVER_URL}", "observes": ["order.paid", "customer.created"]},
                ],
            ]
        ),
        "steps": st.builds(lambda before, last: [*before, *last], steps, STEPS_END),
        "chaos": rules,
    }
)
Document = dict[str, Any]


def _flat(rule: Document) -> Document:
    """As it is written; an `nth` and a number of events for `after` count the same, so one of them is enough."""
    counted = "nth" in rule["match"] and isinstance(rule.get("after"), int)
    left_out = ("fault", "after") if counted else ("fault",)
    return {**{key: value for key, value in rule.items() if key not in left_out}, **rule["fault"]}


def _schedule(document: Document, url: str = "http://127.0.0.1:1/") -> Schedule:
    return Rehearsal(parse_scenario(json.dumps(document), "random.yaml", {"RECEIVER_URL": url}), FIXTURES).schedule()


def _by_delivery(schedule: Schedule) -> Mapping[tuple[str, str], list[PlannedSend]]:
    found: dict[tuple[str, str], list[PlannedSend]] = {}
    for send in schedule.sends:
        found.setdefault((send.event, send.integration), []).append(send)
    return found


@settings(max_examples=40, deadline=None)
@given(documents)
def test_nothing_is_lost_but_what_is_dropped_or_never_released_and_nobody_gets_what_it_does_not_observe(
    document: Document,
) -> None:
    schedule = _schedule(document)
    observed = {
        (event.identity, one["name"])
        for event in schedule.events
        for one in document["integrations"]
        if any(fnmatchcase(event.key, glob) for glob in one["observes"]) and not event.key.startswith("integration.")
    }
    dropped = {(one.event, one.integration) for one in schedule.dropped}
    sent = set(_by_delivery(schedule))
    held = observed - sent - dropped
    assert sent | dropped <= observed
    assert not sent & dropped
    keys = {event.identity: event.key for event in schedule.events}
    holds = [rule for rule in document["chaos"] if "hold" in rule]
    if document["steps"][-1] == "release":
        assert not held
    else:
        assert all(any(_is_about(rule, keys[event], to) for rule in holds) for event, to in held)
    assert all(any(note.fault == "drop" for note in one.faults) for one in schedule.dropped)


@settings(max_examples=40, deadline=None)
@given(documents)
def test_attempts_follow_from_each_other_and_the_plan_can_be_kept_to(document: Document) -> None:
    schedule = _schedule(document)
    check(schedule)
    assert [send.at for send in schedule.sends] == sorted(send.at for send in schedule.sends)
    for sends in _by_delivery(schedule).values():
        originals = [send for send in sends if send.copy == 0]
        for job in {send.job for send in originals}:
            attempts = [send.attempt for send in originals if send.job == job]
            assert attempts == list(range(1, len(attempts) + 1))


@settings(max_examples=40, deadline=None)
@given(documents)
def test_rules_keep_to_what_they_say(document: Document) -> None:
    """Whom they hit, how often, when; and how late they may make anything."""
    schedule = _schedule(document)
    given_rules = {rule["id"]: rule for rule in document["chaos"]}
    hits: Counter[str] = Counter()
    for send in schedule.sends:
        event = schedule.event(send.event)
        for note in send.faults:
            rule = given_rules[note.rule]
            assert note.fault in rule
            assert _is_about(rule, event.key, send.integration)
            assert rule.get("probability", 1) > 0
            counted = _counted(schedule, document, rule, send.integration)
            if "nth" in rule["match"]:
                assert counted[rule["match"]["nth"] - 1].identity == send.event
            if note.fault in ("outage", "ack_loss"):
                _assert_in_span(rule, send.at, schedule.start, counted)
            elif send.attempt == 1:
                _assert_in_span(rule, event.at, schedule.start, counted)
            if send.copy == 0 and send.job == 1:
                hits[note.rule] += 1
        if send.attempt == 1 and send.copy == 0 and send.job == 1:
            held = any(note.fault in ("reorder", "overlap") for note in send.faults)
            by_hand = any(note.fault == "hold" for note in send.faults)
            if by_hand or (_keeps_order(document) and any("hold" in rule for rule in document["chaos"])):
                continue
            most = sum(_latest(given_rules[note.rule]) for note in send.faults if note.fault == "delay")
            room = sum(_waits(rule) for rule in document["chaos"]) if held or _keeps_order(document) else 0
            assert send.at - event.at <= most + room + 1_000, "and what one command raises is a moment of its own"
    for rule in document["chaos"]:
        if "times" in rule and "ack_loss" not in rule and "outage" not in rule:
            assert hits[rule["id"]] <= rule["times"]


def _is_about(rule: Document, key: str, integration: str) -> bool:
    match = rule["match"]
    return fnmatchcase(key, match["event"]) and match.get("integration", integration) == integration


def _counted(schedule: Schedule, document: Document, rule: Document, integration: str) -> list[PlannedEvent]:
    """The events that the rule counts with this integration, in order."""
    (observes,) = [one["observes"] for one in document["integrations"] if one["name"] == integration]
    return [
        event
        for event in schedule.events
        if _is_about(rule, event.key, integration) and any(fnmatchcase(event.key, glob) for glob in observes)
    ]


def _assert_in_span(rule: Document, at: int, start: int, counted: Sequence[PlannedEvent]) -> None:
    after = rule.get("after", 0)
    begin = counted[after - 1].at if isinstance(after, int) and after else start
    begin += parse_duration(after) if isinstance(after, str) else 0
    assert at >= begin
    if "for" in rule:
        assert at < begin + parse_duration(rule["for"])
    if "until" in rule:
        until = rule["until"]
        assert at < (parse_instant(until) if "T" in until else start + parse_duration(until))


def _waits(rule: Document) -> int:
    """How long this rule may let somebody wait for others."""
    return max(MAX_HOLD, parse_duration(rule.get("reorder", {}).get("within", "0s")))


def _latest(rule: Document) -> int:
    delay = rule["delay"]
    return parse_duration(delay["max"] if "max" in delay else delay["value"])


def _keeps_order(document: Document) -> bool:
    """Whether somebody may wait behind another of its resource without a note of its own."""
    return any(rule.get("reorder", {}).get("scope") == "across_resources" for rule in document["chaos"])


@settings(max_examples=40, deadline=None)
@given(documents, reorders)
def test_who_is_passed_by_whom_keeps_to_the_window(document: Document, reorder: Document) -> None:
    """Of one rule alone: by fewer than its window, or by what happened within its time; and as its scope says."""
    how = reorder["reorder"]
    schedule = _schedule({**document, "chaos": [{"id": "x", **reorder}]})
    for integration in schedule.integrations:
        sent = [schedule.event(send.event) for send in schedule.sends if send.integration == integration]
        for place, event in enumerate(sent):
            passing = [one for one in sent[:place] if one.at > event.at]
            same = [one for one in passing if one.resource == event.resource]
            if how["scope"] == "across_resources":
                assert not same
            if "within" in how:
                assert all(one.at - event.at <= parse_duration(how["within"]) for one in passing)
            elif how["scope"] != "across_resources":
                assert len(passing if how["scope"] == "any" else same) < how["window"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents)
def test_what_is_planned_is_what_arrives(served: ServedApp, document: Document) -> None:
    """At a real socket: every planned send, at its microsecond, and nothing else."""
    url = f"{served.url}/"
    played = play(parse_scenario(json.dumps(document), "random.yaml", {"RECEIVER_URL": url}))
    assert played.settled
    deliveries = {one["number"]: one for one in played.deliveries}
    sent = sorted(
        (
            deliveries[one["delivery"]]["event"],
            one["integration"],
            deliveries[one["delivery"]]["job"],
            one["attempt"],
            one["copy"],
            parse_instant(one["started_at"]),
        )
        for one in played.attempts
    )
    schedule = _schedule(document, url)
    assert sent == sorted(
        (send.event, send.integration, send.job, send.attempt, send.copy, send.at) for send in schedule.sends
    )
    states = Counter(one["state"] for one in played.deliveries)
    assert states["dropped"] == len(schedule.dropped)
    assert set(states) <= {"succeeded", "dropped", "exhausted", "held"}
    sent_or_dropped = {(send.event, send.integration) for send in (*schedule.sends, *schedule.dropped)}
    assert {(one["event"], one["integration"]) for one in played.deliveries if one["state"] == "held"} == {
        (one["event"], one["integration"]) for one in played.deliveries
    } - sent_or_dropped


@pytest.fixture(scope="module")
def served() -> Any:
    async def take(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as running:
        yield running
