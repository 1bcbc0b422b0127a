"""What was wrong, in words without ids, and runs that failed grouped by it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.cause import causes
from emulator.core.evidence import Delivered, Made
from emulator.core.symptom import Naming, Symptom, of_deliveries, of_differences, said
from emulator.core.verdict import Finding, Verdict
from emulator.domain.delivery import DeliveryState

ORDERS = ("5f2c1b0a-1111-4222-8333-444455556666", "7d3c1b0a-1111-4222-8333-444455556666")


def delivered(number: int, key: str = "order.paid", *, id: str = ORDERS[0], status: int | None = None) -> Delivered:
    last = Made(attempt=6, copy=0, started_at=1, ended_at=1, succeeded=False, reached=True, status=status)
    return Delivered(
        number=number,
        event=f"o{number}/{key}:1",
        event_key=key,
        resource=f"o{number}",
        resource_id=id,
        resource_type=key.partition(".")[0],
        integration="shop",
        state=DeliveryState.EXHAUSTED,
        happened_at=0,
        attempts=6,
        made=() if status is None else (last,),
    )


def naming(*ids: str) -> Naming:
    return Naming([delivered(number, id=id) for number, id in enumerate(ids or ORDERS)])


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"path": "$.a", "baseline": 1, "value": 2}, "$.a is more"),
        ({"path": "$.a", "baseline": 2.5, "value": 2}, "$.a is less"),
        ({"path": "$.a", "baseline": 1, "value": True}, "$.a is another"),
        ({"path": "$.a", "baseline": "x", "value": None}, "$.a is another"),
        ({"path": "$.a", "baseline": 1}, "$.a is missing"),
        ({"path": "$.a", "value": 1}, "$.a is there"),
        ({"path": "$.a", "baseline": [1, 2], "value": [2, 1]}, "$.a is in another order"),
        ({"path": "$[12].a", "baseline": 1}, "$[*].a is missing"),
        (
            {"path": f"$.emails['{ORDERS[0]}: receipt']", "baseline": 1, "value": 2},
            "$.emails['<order>: receipt'] is more",
        ),
        (
            {"path": f"$.orders['{ORDERS[1]}'].status", "baseline": "a", "value": "b"},
            "$.orders['<order>'].status is another",
        ),
    ],
)
def test_how_two_states_differ(found: dict[str, Any], text: str) -> None:
    again = replace(finding(), differences=(found, found))
    assert list(of_differences(again, naming())) == [text]


def test_words_without_ids_numbers_and_times() -> None:
    text = f"delivery 12 of {ORDERS[0]} at 2026-01-01T00:00:05.000Z, job 00000000-0000-4000-8000-000000000000"
    assert said(text, naming(ORDERS[0])) == "delivery # of <order> at <time>, job <id>"
    assert said("none", Naming(())) == "none"


def finding(*numbers: int, sentence: str = "3 of 4 deliveries") -> Finding:
    return Finding(expectation="e", place="p", verdict=Verdict.FAIL, sentence=sentence, deliveries=numbers)


def test_what_became_of_deliveries() -> None:
    known = [
        delivered(1, status=500),
        delivered(2, "order.created", status=500),
        delivered(3),
        delivered(4, status=500),
    ]
    assert list(of_deliveries(finding(1, 2, 4), known, naming())) == [
        "order.paid is exhausted: answered 500",
        "order.created is exhausted: answered 500",
    ]
    assert list(of_deliveries(finding(3), known, naming())) == ["order.paid was never sent"]
    assert list(of_deliveries(finding(), known, naming())) == ["# of # deliveries"]


values = st.none() | st.booleans() | st.sampled_from([0, 1, 2.5, 3]) | st.sampled_from(["a", "b"])
found = st.fixed_dictionaries(
    {"path": st.sampled_from(["$", "$.a", "$[3]", *(f"$['{id}'].b[7]" for id in ORDERS)])},
    optional={"baseline": values, "value": values},
)


@given(differences=st.lists(found, max_size=5))
def test_other_ids_and_places_make_no_other_difference(differences: list[dict[str, Any]]) -> None:
    new = [id.replace("1111", "9999") for id in ORDERS]
    text = json.dumps(differences).replace("[3]", "[4]")
    for old, other in zip(ORDERS, new, strict=True):
        text = text.replace(old, other)
    one = list(of_differences(replace(finding(), differences=tuple(differences)), naming()))
    other_one = list(of_differences(replace(finding(), differences=tuple(json.loads(text))), naming(*new)))
    assert one == other_one
    assert len(set(one)) == len(one)
    assert bool(one) == bool(differences)


def symptoms(*whats: str) -> frozenset[Symptom]:
    return frozenset(Symptom(0, "e", what) for what in whats)


def test_an_expectation_that_fails_only_along_with_another_is_told_of() -> None:
    late, twice = Symptom(1, "converges", "late"), Symptom(0, "exactly", "twice")
    found = causes({1: frozenset({late}), 2: frozenset({late, twice}), 3: frozenset({late, twice, *symptoms("x")})})
    assert [(one.symptoms, one.seeds) for one in found] == [((late,), (1, 2, 3)), ((twice, late), (2, 3))]


def test_what_goes_wrong_alone_is_a_cause_and_what_only_goes_along_is_none() -> None:
    found = causes({1: symptoms("a"), 2: symptoms("a", "b"), 3: symptoms("b", "c"), 4: symptoms("a", "b", "c")})
    assert [(whats(one.symptoms), one.seeds, one.pure) for one in found] == [
        ("a", (1, 2, 4), (1,)),
        ("bc", (3, 4), (3,)),
    ]
    assert causes({}) == ()


def whats(found: Sequence[Symptom]) -> str:
    return "".join(one.what for one in found)


failures = st.dictionaries(
    st.integers(0, 30), st.frozensets(st.sampled_from("abcd"), min_size=1).map(lambda s: symptoms(*s))
)


@given(failed=failures)
def test_each_failed_run_has_a_cause_and_each_cause_a_run_of_its_own(failed: dict[int, frozenset[Symptom]]) -> None:
    found = causes(failed)
    assert {seed for cause in found for seed in cause.seeds} == set(failed)
    for cause in found:
        assert cause.pure
        assert set(cause.pure) <= set(cause.seeds)
        assert all(failed[seed] == set(cause.symptoms) for seed in cause.pure)
        assert all(set(cause.symptoms) <= failed[seed] for seed in cause.seeds)
        assert not any(set(other.symptoms) < set(cause.symptoms) for other in found)  # all are of one expectation


@given(failed=failures)
def test_the_order_of_runs_is_nothing(failed: dict[int, frozenset[Symptom]]) -> None:
    assert causes(dict(reversed(failed.items()))) == causes(failed)
