"""The modes of reorder that draw nothing, and outages."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT, NOBODY
from emulator.core.rule import Rule
from emulator.core.simulate import simulate
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import SECOND
from emulator.domain.record import RecordKind


def _order(stage: Any, reorder: Mapping[str, Any], count: int, *, resources: int = 1, apart: int = 1000) -> list[int]:
    """In which order the events left, by their numbers."""
    run = stage.run({"id": "x", "reorder": reorder}, events=stage.life(count, resources=resources, apart=apart))
    return [int(identity.rpartition(":")[2]) for identity in run.order()]


@pytest.mark.parametrize(
    ("mode", "order"),
    [
        ("reverse", [4, 3, 2, 1, 8, 7, 6, 5]),
        ("swap", [4, 2, 3, 1, 8, 6, 7, 5]),
        ("latest_first", [4, 1, 2, 3, 8, 5, 6, 7]),
    ],
)
def test_a_window_of_events_goes_in_another_order(stage: Any, mode: str, order: list[int]) -> None:
    assert _order(stage, {"mode": mode, "window": 4}, 8) == order


@pytest.mark.parametrize("apart", [1000, SECOND // 2])
@pytest.mark.parametrize("late", ["30s", {"distribution": "uniform", "lower": "0s", "upper": "30s"}])
@pytest.mark.parametrize("first", ["delay", "reorder"])
def test_those_that_are_late_go_in_another_order_too(stage: Any, apart: int, late: Any, first: str) -> None:
    """Nobody goes before its own delay has passed."""
    rules = {"delay": {"id": "y", "delay": late}, "reorder": {"id": "x", "reorder": {"mode": "reverse", "window": 4}}}
    run = stage.run(rules.pop(first), *rules.values(), events=stage.life(4, apart=apart))
    assert [identity[-1] for identity in run.order()] == ["4", "3", "2", "1"]
    delays = {record.delivery: record.data["sends"][0]["due"] for record in run.of(RecordKind.PLANNED)}
    assert all(record.at >= delays[record.delivery] for record in run.of(RecordKind.SENT))


@pytest.mark.parametrize(("mode", "order"), [("reverse", "4321"), ("swap", "4231"), ("latest_first", "4123")])
def test_retries_change_places_where_the_match_names_their_attempt(stage: Any, mode: str, order: str) -> None:
    """Each goes after the wait of those that are to be before it."""
    rule = {"id": "x", "match": {"attempt": 2}, "reorder": {"mode": mode, "window": 4}}
    events = [*stage.life(4, apart=1000), stage.event(100)]
    run = stage.run({"id": "unheard", "ack_loss": {}}, rule, events=events)
    assert run.order() == [event.identity for event in events]
    assert "".join(send.delivery.event[-1] for send in run.sends if send.attempt == 2) == f"{order}0"


def test_those_within_one_slice_of_time_go_in_another_order(stage: Any) -> None:
    assert _order(stage, {"mode": "reverse", "within": "4s"}, 7, apart=SECOND) == [3, 2, 1, 7, 6, 5, 4]


def test_resources_change_places_as_blocks(stage: Any) -> None:
    """Of four events, 1 and 3 are one order's, 2 and 4 another's."""
    rule = {"mode": "reverse", "window": 4, "scope": "across_resources"}
    assert _order(stage, rule, 4, resources=2) == [2, 4, 1, 3]


def test_each_resource_is_a_window_of_its_own(stage: Any) -> None:
    rule = {"mode": "reverse", "window": 2, "scope": "same_resource"}
    assert _order(stage, rule, 4, resources=2) == [3, 1, 4, 2]


@given(
    seed=st.integers(),
    count=st.integers(1, 30),
    resources=st.integers(1, 3),
    extent=st.sampled_from([{"window": 3}, {"window": 5}, {"within": "3s"}]),
    mode=st.sampled_from(["reverse", "swap", "latest_first"]),
    scope=st.sampled_from(["any", "same_resource", "across_resources"]),
    probability=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_nothing_is_lost_and_across_resources_each_keeps_its_order(
    stage: Any,
    seed: int,
    count: int,
    resources: int,
    extent: Mapping[str, Any],
    mode: str,
    scope: str,
    probability: float,
) -> None:
    events = stage.life(count, resources=resources)
    rule = {"id": "x", "probability": probability, "reorder": {"mode": mode, "scope": scope, **extent}}
    order = stage.run(rule, events=events, seed=seed).order()
    accepted = [event.identity for event in events]
    assert sorted(order) == sorted(accepted)
    if probability == 0:
        assert order == accepted
    if scope == "across_resources":
        for number in range(1, resources + 1):
            mine = f"order:{number}/"
            assert [one for one in order if one.startswith(mine)] == [one for one in accepted if one.startswith(mine)]


def test_an_attempt_within_an_outage_fails_and_the_next_one_arrives(stage: Any) -> None:
    dispatcher = stage.dispatcher()
    rules = stage.rules([{"id": "x", "outage": {"for": "3s"}}])
    dispatcher.planner = dispatcher.planner.with_rules(rules, stage.event(0).at)
    records = simulate(dispatcher, [stage.event(1), stage.event(9)], [stage.integration()])
    attempts = [record for record in records if record.kind is RecordKind.ATTEMPTED]
    assert [(record.delivery, record.data["succeeded"]) for record in attempts] == [(1, False), (1, True), (2, True)]
    assert attempts[0].data["error"] == "nobody was there (injected outage)"
    assert [fault["rule"] for fault in attempts[0].data["faults"]] == ["x"]


def test_an_outage_may_begin_after_some_events(stage: Any) -> None:
    run = stage.run({"id": "x", "outage": {"after": 2, "for": "1h"}}, events=stage.life(3))
    first = {record.delivery: record for record in reversed(run.of(RecordKind.ATTEMPTED))}
    assert [first[number].data["succeeded"] for number in (1, 2, 3)] == [True, True, False]


def test_what_leaves_during_an_outage_after_some_events_fails_whichever_event_it_is_of(stage: Any) -> None:
    """The second one, by which it begins, has passed; the retry of the first one comes right into it."""
    unheard = {"id": "unheard", "match": {"resource": "order:1"}, "ack_loss": {}}
    events = [stage.event(n, resource=f"order:{n}") for n in (1, 2, 3)]
    run = stage.run(unheard, {"id": "down", "outage": {"after": 2, "for": "5s"}}, events=events)
    attempts: dict[int, list[str | None]] = {}
    for record in run.of(RecordKind.ATTEMPTED):
        attempts.setdefault(record.delivery or 0, []).append(record.data.get("error") or None)
    assert attempts == {1: [LOST_ACKNOWLEDGEMENT, NOBODY, None], 2: [None], 3: [NOBODY, None]}


def test_a_late_event_falls_into_the_outage_that_began_after_it(stage: Any) -> None:
    late = {"id": "late", "match": {"resource": "order:1"}, "delay": "30s"}
    events = [stage.event(n, resource=f"order:{n}") for n in (1, 2)]
    run = stage.run(late, {"id": "down", "outage": {"after": 2, "for": "1m"}}, events=events)
    assert run.of(RecordKind.ATTEMPTED)[1].data["error"] == NOBODY


def test_an_outage_for_the_nth_event_is_one_for_its_attempts_alone(stage: Any) -> None:
    unheard = {"id": "unheard", "match": {"resource": "order:2"}, "ack_loss": {}}
    events = [stage.event(n, resource=f"order:{n}") for n in (1, 2, 3)]
    run = stage.run(unheard, {"id": "down", "match": {"nth": 1}, "outage": {}}, events=events)
    assert run.last_states() == {1: "exhausted", 2: "succeeded", 3: "succeeded"}
    assert {record.delivery for record in run.of(RecordKind.ATTEMPTED) if record.data.get("error") == NOBODY} == {1}


def test_an_outage_that_never_ends_exhausts_everything(stage: Any) -> None:
    run = stage.run({"id": "x", "outage": {}}, events=[stage.event(1)])
    assert run.last_states() == {1: "exhausted"}
    assert not run.sends, "nobody was even tried"


def test_rules_of_both_are_described_as_they_are_written() -> None:
    for rule in (
        {"reorder": {"mode": "reverse", "window": 4}},
        {"reorder": {"mode": "latest_first", "within": "10s", "scope": "same_resource"}},
        {"outage": {"after": "30s", "for": "2m"}},
    ):
        parsed = Rule.parse({"id": "x", **rule})
        assert Rule.parse(parsed.describe()) == parsed


def test_mistakes_are_told() -> None:
    with pytest.raises(InvalidInput, match="not with both"):
        Rule.parse({"id": "x", "after": "1s", "outage": {"for": "2m"}})
    with pytest.raises(InvalidInput, match="in which events wait"):
        Rule.parse({"id": "x", "reorder": {"mode": "swap", "within": "0s"}})
    with pytest.raises(InvalidInput, match="unknown mode 'revers'; did you mean 'reverse'"):
        Rule.parse({"id": "x", "reorder": {"mode": "revers", "window": 3}})
