"""Strategies: what is drawn is legal, covers what there is, prints as a scenario has it, and shrinks to the point."""

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from emulator.core.fault import Legality
from emulator.core.scenario import Scenario
from emulator.domain.errors import InvalidInput
from emulator.harness.strategies import histories, plans
from emulator.loading.references import check_references
from emulator.loading.steps import parse_rules, parse_steps
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal
from emulator.store.kinds import KINDS

FIXTURES = load_fixtures()
TYPES = ("order", "cart", "customer", "product", "address", "subscription", "file", "account")

CALM = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
THOROUGH = settings(CALM, max_examples=2000, derandomize=True, database=None)


def scenario(steps: list[Any], rules: list[Any] = []) -> Scenario:  # noqa: B006  (nobody changes it)
    told = Scenario(name="drawn", steps=parse_steps(steps, "steps"), rules=parse_rules(rules, "chaos"))
    check_references(told)
    return told


def keys_of(steps: list[Any]) -> list[str]:
    return [step["trigger"] for step in steps]


@CALM
@given(steps=histories(*TYPES))
def test_every_history_is_legal_and_each_step_raises_its_event(steps: list[Any]) -> None:
    schedule = Rehearsal(scenario(steps), FIXTURES).schedule()
    raised = [event.key for event in schedule.events]
    assert all(key in raised for key in keys_of(steps))
    assert 1 <= len(steps) <= 12
    assert len({step["as"] for step in steps if "as" in step}) <= 3


@pytest.mark.parametrize("type", sorted(KINDS.types))
def test_there_are_histories_of_every_type_or_a_sentence(type: str) -> None:
    group = KINDS.get(type)
    assert group is not None
    if not any(key.startswith(f"{type}.") for key in group.lifecycle.raised) or type == "payment-gateway":
        with pytest.raises(InvalidInput, match="there are no histories of a"):
            histories(type)
        return
    strategy = histories(type, most=6)

    @settings(CALM, max_examples=5)
    @given(strategy)
    def legal(steps: list[Any]) -> None:
        Rehearsal(scenario(steps), FIXTURES).schedule()

    legal()


@CALM
@given(steps=histories(), rules=plans(legality="hostile"))
def test_what_is_drawn_can_be_pasted_into_a_scenario_file(steps: list[Any], rules: list[Any]) -> None:
    read = yaml.safe_load(f"steps: {steps!r}\nchaos: {rules!r}\n".replace("None", "null"))
    assert read == {"steps": steps, "chaos": rules}
    Rehearsal(scenario(read["steps"], read["chaos"]), FIXTURES).schedule()


@pytest.mark.parametrize("legality", list(Legality))
def test_plans_are_no_less_legal_than_was_asked_for(legality: Legality) -> None:
    order = list(Legality)

    @settings(CALM, max_examples=100)
    @given(plans("order.*", "cart.updated", legality=legality))
    def legal(rules: list[Any]) -> None:
        for rule in parse_rules(rules, "chaos"):
            assert order.index(rule.legality) <= order.index(legality)
            assert rule.match.event in ("order.*", "cart.updated")

    legal()


def test_everything_that_may_happen_to_an_order_is_drawn() -> None:
    drawn: set[str] = set()

    @settings(CALM, max_examples=200, derandomize=True, database=None)
    @given(steps=histories())
    def draw(steps: list[Any]) -> None:
        drawn.update(keys_of(steps))

    draw()
    assert drawn == {key for key in KINDS.raised if key.startswith("order.")}


@pytest.mark.parametrize("key", ["order.refunded", "order.deleted"])
def test_a_history_with_an_event_shrinks_to_what_leads_to_it(key: str) -> None:
    shortest = find(histories(), lambda steps: key in keys_of(steps), settings=THOROUGH)
    assert keys_of(shortest)[-1] == key
    assert len(shortest) <= 4


def test_a_history_shrinks_to_the_events_that_matter() -> None:
    def matters(steps: list[Any]) -> bool:
        keys = keys_of(steps)
        return "order.paid" in keys and "order.cancelled" in keys[keys.index("order.paid") :]

    found = find(histories("order", "cart"), matters, settings=THOROUGH)
    assert found == [
        {"trigger": "order.created", "as": "order-1"},
        {"trigger": "order.paid", "of": "order-1"},
        {"trigger": "order.cancelled", "of": "order-1"},
    ]


def test_a_plan_shrinks_to_the_rule_that_matters() -> None:
    def matters(rules: list[Any]) -> bool:
        return any(rule.get("ack_loss", {}).get("times", 0) >= 2 for rule in rules)

    found = find(plans("order.paid"), matters, settings=THOROUGH)
    assert found == [{"id": "rule-1", "match": "order.paid", "ack_loss": {"times": 2}}]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: histories("ordr"), "unknown resource type 'ordr'; did you mean 'order'"),
        (lambda: histories(most=0), "at least one step"),
        (lambda: plans("order.payd"), "did you mean 'order.paid'"),
        (lambda: plans(legality="documentd"), "unknown legality 'documentd'; did you mean 'documented'"),
    ],
)
def test_words_that_are_not_known_are_refused(make: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        make()


def test_both_are_strategies_to_build_on() -> None:
    assert isinstance(st.tuples(histories(), plans()), st.SearchStrategy)
