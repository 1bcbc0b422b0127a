"""Reorder and overlap: who passes whom, and by how many."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.domain.moment import SECOND
from emulator.domain.record import RecordKind

SCOPES = st.sampled_from(["any", "same_resource", "across_resources"])


def passed_by(order: Sequence[str], accepted: Sequence[str]) -> dict[str, int]:
    """How many later accepted ones left before each."""
    place = {event: n for n, event in enumerate(accepted)}
    return {event: sum(place[other] > place[event] for other in order[:n]) for n, event in enumerate(order)}


def of_resource(order: Sequence[str], resource: str) -> list[str]:
    return [event for event in order if event.startswith(f"{resource}/")]


@settings(max_examples=150)
@given(
    seed=st.integers(),
    count=st.integers(1, 40),
    resources=st.integers(1, 4),
    window=st.integers(2, 8),
    scope=SCOPES,
    probability=st.sampled_from([0.3, 1.0]),
    apart=st.sampled_from([1, SECOND // 10, 3 * SECOND]),
)
def test_a_window_keeps_the_multiset_and_bounds_how_many_pass(
    stage: Any, seed: int, count: int, resources: int, window: int, scope: str, probability: float, apart: int
) -> None:
    events = stage.life(count, resources=resources, apart=apart)
    rule = {"id": "x", "probability": probability, "reorder": {"window": window, "scope": scope}}
    run = stage.run(rule, events=events, seed=seed)
    accepted = [event.identity for event in events]
    order = run.order()
    assert Counter(order) == Counter(accepted)
    for group in [f"order:{n}" for n in range(1, resources + 1)] if scope == "same_resource" else ["order:"]:
        inside = [event for event in order if event.startswith(group)]
        assert max(passed_by(inside, accepted).values(), default=0) <= window - 1


@given(seed=st.integers(), count=st.integers(1, 20), window=st.integers(2, 8), attempt=st.integers(2, 3))
def test_a_retry_that_lets_others_pass_goes_after_them(
    stage: Any, seed: int, count: int, window: int, attempt: int
) -> None:
    """Not before those are due whose attempt before it failed later."""
    rule = {"id": "x", "match": {"attempt": attempt}, "reorder": {"window": window}}
    unheard = {"id": "unheard", "ack_loss": {"times": attempt - 1}}
    run = stage.run(unheard, rule, events=[*stage.life(count, apart=SECOND // 10), stage.event(100)], seed=seed)
    assert Counter(send.attempt for send in run.sends) == dict.fromkeys(range(1, attempt + 1), count + 1)
    added = [record for record in run.of(RecordKind.ADDED) if record.attempt == attempt and record.delivery <= count]
    left = {record.delivery: record.at for record in run.of(RecordKind.SENT) if record.attempt == attempt}
    for place, record in enumerate(added):
        passing = record.data["sends"][0].get("hold", {"count": 0})["count"]
        assert all(left[record.delivery] >= (other.due or 0) for other in added[place : place + passing + 1])


@given(seed=st.integers(), mode=st.sampled_from(["shuffle", "reverse"]), scope=SCOPES)
def test_retries_that_are_late_by_the_same_change_places_as_if_they_were_not(
    stage: Any, seed: int, mode: str, scope: str
) -> None:
    events = [*stage.life(8, resources=3, apart=SECOND // 10), stage.event(100)]
    rule = {"id": "x", "match": {"attempt": 2}, "reorder": {"mode": mode, "window": 3, "scope": scope}}
    rules = {"id": "unheard", "ack_loss": {}}, rule, {"id": "late", "match": {"attempt": 2}, "delay": "10s"}
    at_once, late = (
        [
            (send.delivery.event, send.due)
            for send in stage.run(*some, events=events, seed=seed).sends
            if send.attempt == 2
        ]
        for some in (rules[:2], rules)
    )
    assert late == [(event, due + 10 * SECOND) for event, due in at_once]


def test_a_window_does_change_the_order(stage: Any) -> None:
    events = stage.life(40, apart=SECOND // 10)
    run = stage.run({"id": "x", "reorder": {"window": 5}}, events=events)
    accepted = [event.identity for event in events]
    assert run.order() != accepted
    assert max(passed_by(run.order(), accepted).values()) > 1


@given(
    seed=st.integers(),
    count=st.integers(1, 40),
    window=st.integers(2, 8),
    mode=st.sampled_from(["shuffle", "reverse", "swap", "latest_first"]),
    scope=SCOPES,
    apart=st.sampled_from([1, SECOND // 10, 3 * SECOND]),
)
def test_what_is_late_by_the_same_changes_places_as_if_it_were_not(
    stage: Any, seed: int, count: int, window: int, mode: str, scope: str, apart: int
) -> None:
    events = stage.life(count, resources=3, apart=apart)
    rules = {"id": "x", "reorder": {"mode": mode, "window": window, "scope": scope}}, {"id": "late", "delay": "30s"}
    at_once, late = (stage.run(*some, events=events, seed=seed) for some in (rules[:1], rules))
    assert late.order() == at_once.order()
    assert [send.due - 30 * SECOND for send in late.sends] == [send.due for send in at_once.sends]


@given(seed=st.integers(), count=st.integers(1, 40), resources=st.integers(1, 4), window=st.integers(2, 8))
def test_across_resources_keeps_the_order_of_each(
    stage: Any, seed: int, count: int, resources: int, window: int
) -> None:
    events = stage.life(count, resources=resources, apart=SECOND // 10)
    rule = {"id": "x", "probability": 0.7, "reorder": {"window": window, "scope": "across_resources"}}
    order = stage.run(rule, events=events, seed=seed).order()
    for n in range(1, resources + 1):
        mine = [event.identity for event in events if event.resource == f"order:{n}"]
        assert of_resource(order, f"order:{n}") == mine


def test_who_waits_behind_another_goes_as_soon_as_it_has_gone(stage: Any) -> None:
    """The first lets one pass, the second none: when a third passes the first, both go."""
    rule = {"id": "x", "reorder": {"window": 2, "scope": "across_resources"}}
    first, second = stage.event(1, at=1), stage.event(2, at=2)
    third = stage.event(1, resource="order:2", at=3)
    draws = lambda seed: [  # noqa: E731
        stage.plan(rule, event=event, seed=seed).jobs[0].sends[0].hold.count for event in (first, second, third)
    ]
    seed = next(seed for seed in range(200) if draws(seed) == [1, 0, 0])
    run = stage.run(rule, events=[first, second, third], seed=seed)
    assert run.order() == [third.identity, first.identity, second.identity]
    assert [record.at for record in run.of(RecordKind.SENT)] == [3, 3, 3]


@given(seed=st.integers(), count=st.integers(1, 40), resources=st.integers(1, 4))
def test_within_a_time_across_resources_keeps_the_order_of_each(
    stage: Any, seed: int, count: int, resources: int
) -> None:
    events = stage.life(count, resources=resources)
    rule = {"id": "x", "probability": 0.7, "reorder": {"within": "30s", "scope": "across_resources"}}
    order = stage.run(rule, events=events, seed=seed).order()
    for n in range(1, resources + 1):
        mine = [event.identity for event in events if event.resource == f"order:{n}"]
        assert of_resource(order, f"order:{n}") == mine


@given(seed=st.integers(), count=st.integers(1, 40))
def test_within_one_resource_nobody_waits_for_another(stage: Any, seed: int, count: int) -> None:
    """Events of other resources neither pass nor let pass: each resource is as if alone."""
    events = stage.life(count, resources=3, apart=SECOND // 10)
    rule = {"id": "x", "reorder": {"window": 4, "scope": "same_resource"}}
    order = stage.run(rule, events=events, seed=seed).order()
    for n in range(1, 4):
        mine = [event for event in events if event.resource == f"order:{n}"]
        alone = stage.run(rule, events=mine, seed=seed).order()
        assert of_resource(order, f"order:{n}") == alone


@given(seed=st.integers(), count=st.integers(1, 30))
def test_within_a_time_nothing_is_later_than_it(stage: Any, seed: int, count: int) -> None:
    events = stage.life(count)
    run = stage.run({"id": "x", "reorder": {"within": "10s"}}, events=events, seed=seed)
    happened = {event.identity: event.at for event in events}
    assert all(0 <= send.due - happened[send.delivery.event] <= 10 * SECOND for send in run.sends)


@given(seed=st.integers(), window=st.integers(2, 50))
def test_nobody_waits_longer_than_the_longest_hold(stage: Any, seed: int, window: int) -> None:
    events = stage.life(5, apart=SECOND // 2)
    run = stage.run({"id": "x", "reorder": {"window": window}}, events=[*events, stage.event(100)], seed=seed)
    happened = {event.identity: event.at for event in events}
    waits = [send.due - happened[send.delivery.event] for send in run.sends if send.delivery.event in happened]
    assert max(waits) <= 2 * SECOND


@settings(max_examples=150)
@given(
    seed=st.integers(),
    count=st.integers(1, 40),
    resources=st.integers(1, 3),
    together=st.integers(2, 6),
    scope=SCOPES,
    copies=st.booleans(),
)
def test_a_group_shares_a_barrier_a_moment_and_is_never_split(
    stage: Any, seed: int, count: int, resources: int, together: int, scope: str, copies: bool
) -> None:
    rules: list[dict[str, Any]] = [{"id": "x", "probability": 0.8, "overlap": {"count": together, "scope": scope}}]
    if copies:
        rules.append({"id": "y", "probability": 0.5, "duplicate": {"spacing": "0s"}})
        rules.append(
            {"id": "z", "probability": 0.5, "delay": {"distribution": "uniform", "lower": "0s", "upper": "5s"}}
        )
    dispatcher = stage.dispatcher(*rules, seed=seed)
    shop = stage.integration()
    batches = []
    for event in stage.life(count, resources=resources, apart=SECOND // 5):
        dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    dispatcher.end_holds(event.at)
    while (due := dispatcher.next_due) is not None:
        sends, _ = dispatcher.take_due(due, 1)
        batches.append(sends)
        for send in sends:
            dispatcher.resolve(send, stage.answers(1, 0)(send), shop, started_at=due, now=due)
    groups: dict[str, int] = {}
    for batch in batches:
        for barrier in {send.barrier for send in batch if send.barrier}:
            members = [send for send in batch if send.barrier == barrier]
            assert barrier not in groups, "a group was split"
            groups[barrier] = len(members)
            assert 2 <= len(members) <= together
            assert len({send.due for send in members}) == 1
            if scope != "any":
                expected = 1 if scope == "same_resource" else len(members)
                assert len({send.resource for send in members}) == expected
    if not copies and resources == 1 and scope == "any" and count > 3 * together:
        assert groups


def test_whoever_finds_no_company_goes_alone(stage: Any) -> None:
    run = stage.run({"id": "x", "overlap": {"count": 2}}, events=[stage.event(1)])
    [released] = run.of(RecordKind.RELEASED)
    assert released.data["why"] == "nothing came to go with it"
    assert [send.barrier for send in run.sends] == [None]
