"""The rules by which the faults of a card hit, and to whom they have really happened."""

import json
from typing import Any

import pytest

from emulator.core.card.aspect import ASPECTS, LATE, NEW_EVENTS, PLAIN, Hits, aspect
from emulator.core.card.cast import Appearance, Cast
from emulator.core.card.exercised import exercised
from emulator.core.fault import Legality
from emulator.core.rule import Rule
from emulator.core.schedule import Schedule
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

CREATED, PAID, UPDATED, FULFILLED = (f"order.{word}" for word in ("created", "paid", "updated", "fulfilled"))
LIFE = (CREATED, PAID, UPDATED, FULFILLED, UPDATED)
KEYS = {CREATED, PAID, UPDATED, FULFILLED}
STEPS = [
    {"trigger": CREATED, "as": "o1"},
    {"trigger": PAID, "of": "o1"},
    {"trigger": FULFILLED, "of": "o1"},
    {"trigger": "file.created", "as": "f1"},
]
CAST = Cast(appearances=(*(Appearance(key, "o1") for key in LIFE), Appearance("file.created", "f1")))


ONE_BY_ONE = [one.name for one in ASPECTS if one.hits in (Hits.EVERY, Hits.ALTERNATE) and one.fault]


def rehearsed(rules: list[dict[str, Any]]) -> Schedule:
    document = {
        "stagger": "100ms",
        "integrations": [{"name": "shop", "url": "http://127.0.0.1:1/", "observes": ["order.*", "file.*"]}],
        "steps": STEPS,
        "chaos": rules,
    }
    scenario = parse_scenario(json.dumps(document), "card.yaml", {})
    return Rehearsal(scenario, load_fixtures(None)).schedule()


def hit(name: str, only: str | None = None) -> list[set[str]]:
    """The event types that are really hit in each of the aspect's runs."""
    one = aspect(name)
    return [set(exercised(one, rehearsed(rules), "shop")) for rules in CAST.rules(one, only)]


def test_the_cast_is_what_a_rehearsal_raises() -> None:
    heard = [(event.key, event.resource) for event in rehearsed([]).events if event.key in (*KEYS, "file.created")]
    assert heard == list(CAST.appearances)
    assert CAST.keys == (CREATED, PAID, UPDATED, FULFILLED, "file.created")
    assert CAST.has_company(UPDATED)
    assert not CAST.has_company("file.created")


@pytest.mark.parametrize(
    "name", ["duplicates", "redelivery", "slow-path", "new-fields", "missing-secret", "wrong-secret", "plain"]
)
def test_what_hits_every_event_type_hits_all_in_one_run(name: str) -> None:
    assert hit(name) == [{*KEYS, "file.created"}]


def test_neighbours_meet_in_turn_and_then_the_whole_life() -> None:
    assert hit("out-of-order") == [{CREATED, PAID, UPDATED, FULFILLED}, {PAID, UPDATED, FULFILLED}, KEYS]
    assert hit("simultaneity") == [{CREATED, PAID, UPDATED, FULFILLED}, {PAID, UPDATED, FULFILLED}]
    orders = [
        [event.partition("/")[2] for _, event, *_ in rehearsed(rules).sends if event.startswith("o1")]
        for rules in CAST.rules(aspect("out-of-order"))
    ]
    assert orders[0] == ["order.paid:1", "order.created:1", "order.fulfilled:1", "order.updated:1", "order.updated:2"]
    assert orders[2] == [f"{key}:{number}" for key, number in zip(reversed(LIFE), (2, 1, 1, 1, 1), strict=True)]


def test_half_of_the_event_types_are_late_and_then_the_others() -> None:
    assert hit("late") == [{CREATED, UPDATED, "file.created"}, {PAID, FULFILLED}]


@pytest.mark.parametrize("only", [PAID, CREATED, FULFILLED])
@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_one_event_type_alone_is_hit(name: str, only: str) -> None:
    assert hit(name, only) == [{only}]


@pytest.mark.parametrize("name", ["out-of-order", "simultaneity"])
@pytest.mark.parametrize(
    ("only", "pair"),
    [
        (CREATED, {CREATED, PAID}),
        (PAID, {CREATED, PAID}),
        (UPDATED, {PAID, UPDATED}),
        (FULFILLED, {UPDATED, FULFILLED}),
    ],
)
def test_one_event_type_changes_places_with_the_one_before_it(name: str, only: str, pair: set[str]) -> None:
    assert hit(name, only) == [pair]


def test_a_fault_that_comes_to_nothing_has_hit_nobody() -> None:
    rules = [{"id": "late", "match": {"event": "cart.deleted"}, "delay": LATE}]
    assert exercised(aspect("late"), rehearsed(rules), "shop") == frozenset()
    alone = [{"id": "x", "match": {"resource": "f1"}, "overlap": {"count": 2, "scope": "same_resource"}}]
    assert exercised(aspect("simultaneity"), rehearsed(alone), "shop") == frozenset()


def test_rules_name_the_integration_where_there_is_another() -> None:
    both = Cast(appearances=CAST.appearances, integration="shop")
    [[rule]] = both.rules(aspect("wrong-secret"), PAID)
    assert rule["match"] == {"integration": "shop", "event": PAID, "attempt": 1}
    assert Rule.parse(rule).fault.kind == "secret"


def test_every_aspect_says_how_legal_it_is() -> None:
    words = {one.name: one.legality for one in ASPECTS}
    plausible = {"slow-path", "missing-secret", "wrong-secret"}
    assert {name for name, word in words.items() if word is Legality.PLAUSIBLE} == plausible
    assert {name for name, word in words.items() if word is None} == {"plain"}
    assert Legality.HOSTILE not in words.values()
    assert CAST.rules(PLAIN) == CAST.rules(NEW_EVENTS) == [[]]
