"""Scenario files as YAML: anchors, merges, and what no text can mean."""

import pytest

from emulator.core.step import Trigger
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import MINUTE
from emulator.loading.document import Document
from emulator.loading.scenarios import parse_scenario

SETTLE = "steps: [settle]\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "steps: &a [{trigger: order.created}, {repeat: {count: 2, steps: *a}}]\n",
            "x.yaml:1:58: steps[1].repeat.steps",
        ),
        ("steps: &a [settle, *a]\n", "x.yaml:1:8: steps[1]"),
        (SETTLE + "receiver: &a {<<: *a, url: here}\n", "x.yaml:2:15: receiver.<<"),
    ],
)
def test_what_contains_itself_is_refused_where_it_does(text: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_scenario(text, "x.yaml", {})
    assert str(caught.value) == f"{place}: this contains itself, without an end; write out what is meant"


@pytest.mark.parametrize(
    "merge",
    ["{<<: *r, id: b}", "{id: b, <<: *r}", "{<<: [*s, *r], id: b}", "{<<: {id: c, delay: 5s}, id: b}"],
)
def test_a_key_stands_instead_of_the_one_that_is_merged(merge: str) -> None:
    text = f"{SETTLE}chaos:\n  - &r {{id: a, delay: 5s}}\n  - &s {{<<: *r, id: s, delay: 5s}}\n  - {merge}\n"
    first, _, merged = parse_scenario(text, "x.yaml", {}).rules
    assert (first.id, merged.id, merged.fault) == ("a", "b", first.fault)


def test_a_mistake_in_what_is_merged_is_told_where_it_is_written() -> None:
    text = SETTLE + "chaos:\n  - &r {id: a, delay: 5s}\n  - {<<: *r, id: b,\n     probability: 2}\n"
    with pytest.raises(InvalidInput, match=r"^x.yaml:5:6: chaos\[1\].probability: expected 0 to 1"):
        parse_scenario(text, "x.yaml", {})
    document = Document.parse(text, "x.yaml")
    assert document.place_of(("chaos", 1, "delay")) == "x.yaml:3:16: chaos[1].delay"
    assert document.place_of(("chaos", 1, "id")) == "x.yaml:4:14: chaos[1].id"


@pytest.mark.parametrize("twice", ["{id: a, delay: 5s, id: b}", "{<<: *r, id: b, id: c}", "{<<: {id: b, id: c}}"])
def test_a_key_that_really_stands_twice_is_refused(twice: str) -> None:
    with pytest.raises(InvalidInput, match=r"^x.yaml:4: 'id' stands here twice; the first is on line 4"):
        Document.parse(f"{SETTLE}chaos:\n  - &r {{id: a, drop: }}\n  - {twice}\n", "x.yaml")


def test_a_moment_needs_no_quotes() -> None:
    """YAML 1.1 would make of them what no JSON holds, and 750 of 12:30; a JSON text is what is meant."""
    text = (
        "clock: {mode: virtual, start: 2026-01-01T11:58:00Z}\n"
        "steps:\n  - {trigger: order.created, add: {day: 2026-01-02, moment: 2026-01-02 03:04:05, slot: 12:30}}\n"
        "chaos:\n  - {id: a, until: 2026-01-01T12:10:00Z, delay: 5s}\n"
    )
    scenario = parse_scenario(text, "x.yaml", {})
    (trigger,) = scenario.steps
    assert isinstance(trigger, Trigger)
    assert trigger.add == {"day": "2026-01-02", "moment": "2026-01-02 03:04:05", "slot": "12:30"}
    assert scenario.rules[0].span.until_instant == scenario.clock.start + 12 * MINUTE
