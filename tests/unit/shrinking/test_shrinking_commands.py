"""Commands: every set of them that is tried is one that the shop allows, and raises what it raised in the run."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.harness.shrinking.commands import Ref
from emulator.harness.shrinking.draft import Draft, Drafting
from emulator.loading.scenario_text import scenario_yaml

BUSY = """\
steps:
  - {traffic: {rate: 5/s, count: 40}}
  - {trigger: order.paid, as: mine}
"""
REPEATED = """\
stagger: 300ms
steps:
  - repeat: {count: 3, steps: [{trigger: order.created, as: "o{{n}}"}, {trigger: order.paid, of: "o{{n}}"}]}
  - settle
  - {trigger: order.refunded, of: last, after: 5s}
  - {trigger: cart.updated}
  - {trigger: product.updated}
chaos: [{id: late, delay: 1m}]
"""


def test_a_run_is_told_command_by_command(world: Any) -> None:
    commands, _ = world.told(world.scenario())
    assert [(one.act.key, one.act.alias, one.act.of, one.about) for one in commands.all] == [
        ("order.created", "o1", None, "o1"),
        ("order.created", "order-2", None, "order-2"),
        ("customer.created", "c1", None, "c1"),
        ("order.paid", None, "o1", "o1"),
        ("order.paid", None, "order-2", "order-2"),
        ("order.fulfilled", None, "o1", "o1"),
        ("customer.updated", None, "c1", "c1"),
        ("order.refunded", None, "o1", "o1"),
        ("customer.deleted", None, "c1", "c1"),
    ]
    assert commands.names == {"order:2": "order-2"}
    assert commands.all[5].step(spaced=True) == {
        "trigger": "order.fulfilled",
        "of": "o1",
        "override": {"data.shipping": "by-hand"},
    }
    assert commands.refs["order:2/order.paid:1"] == Ref(4, "order.paid")
    assert all(one.at < other.at for one, other in pairwise(commands.all))


@pytest.mark.parametrize("text", [REPEATED, BUSY], ids=["repeated", "busy"])
def test_repetitions_and_traffic_are_told_too(world: Any, text: str) -> None:
    scenario = world.scenario(text)
    commands, retelling = world.told(scenario)
    assert retelling.closed(commands.all) == commands.all
    assert all(one.about for one in commands.all)
    whole = Draft(commands=commands.all, pins=(), observed=(("receiver", "order.paid"),))
    again = world.planned(world.scenario(scenario_yaml(drafting(retelling).document(whole))))
    before, now = (Counter(event.key for event in plan.events) for plan in (world.planned(scenario), again))
    assert not before - now


def test_what_is_told_happens_when_it_did(world: Any) -> None:
    """To the microsecond that a command may take before its first event."""
    scenario = world.scenario(REPEATED)
    commands, retelling = world.told(scenario)
    whole = Draft(commands=commands.all, pins=(), observed=(("receiver", "order.paid"),))
    again = world.planned(world.scenario(scenario_yaml(drafting(retelling).document(whole))))
    before = world.planned(scenario).events
    assert [one.key for one in again.events] == [one.key for one in before]
    assert all(abs(one.at - then.at) <= 1 for one, then in zip(again.events, before, strict=True))


def drafting(retelling: Any) -> Drafting:
    return Drafting({}, retelling, name="x", description="", seed=1, failed=(), names={})


def test_what_comes_later_goes_with_what_it_needs(world: Any) -> None:
    commands, retelling = world.told(world.scenario())

    def closed(*left_out: int) -> list[int]:
        kept = tuple(one for one in commands.all if one.number not in left_out)
        return [one.number for one in retelling.closed(kept)]

    everything = [one.number for one in commands.all]
    assert closed() == everything
    assert closed(2) == [0, 1, 3, 4, 5, 7]  # the customer, and all that was done to them
    assert closed(3) == [0, 1, 2, 4, 6, 8]  # an order that was not paid is neither fulfilled nor refunded
    assert closed(7) == [0, 1, 2, 3, 4, 5, 6, 8]
    assert closed(6) == [0, 1, 2, 3, 4, 5, 7, 8]
    assert closed(0) == [1, 2, 4, 6, 8]


@given(st.sets(st.integers(0, 8)))
@settings(max_examples=20, deadline=None)
def test_what_is_left_of_any_commands_is_closed_and_plays_as_it_was_told(world: Any, chosen: set[int]) -> None:
    commands, retelling = world.told(world.scenario())
    kept = retelling.closed(tuple(one for one in commands.all if one.number in chosen))
    assert retelling.closed(kept) == kept
    assert {one.number for one in kept} <= chosen
    if not kept:
        return
    draft = Draft(commands=kept, pins=(), observed=(("shop", "order.paid"), ("shop", "customer.created")))
    plan = world.planned(world.scenario(scenario_yaml(drafting(retelling).document(draft))))
    raised = [list(dict.fromkeys(event.key for event in events)) for events in retelling.play(kept).values()]
    assert [set(keys) for keys in raised] == [set(one.raises) for one in kept]
    told = [event.at for events in retelling.play(kept).values() for event in events]
    assert [event.at for event in plan.events] == told
