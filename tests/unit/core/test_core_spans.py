"""Which events are a rule's: by their number, by what they say, and by the time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from emulator.core.rule import Rule
from emulator.core.rule_counts import RuleCounts
from emulator.domain.delivery import DeliveryKey, Send
from emulator.domain.errors import InvalidInput
from emulator.domain.event import Event
from emulator.domain.moment import SECOND

FAULT = {"delay": {"value": "1ms"}}


def _hit(stage: Any, rule: Mapping[str, Any], events: Any, since: int = 0) -> list[int]:
    """The numbers of the events that the rule hits."""
    planner = stage.planner().with_rules(stage.rules([{"id": "x", **FAULT, **rule}]), since)
    return [n for n, event in enumerate(events, 1) if planner.plan(event, stage.integration()).jobs[0].faults]


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ({"match": {"nth": 3}}, [3]),
        ({"match": {"nth": 2, "resource": "order:1"}}, [6]),
        ({"after": 4}, [5, 6]),
        ({"after": "3s"}, [3, 4, 5, 6]),
        ({"after": "2s", "for": "2s"}, [2, 3]),
        ({"until": "3s"}, [1, 2]),
        ({"after": "2s", "until": "4s"}, [2, 3]),
        ({"for": "90s"}, [1, 2, 3, 4, 5, 6]),
        ({"until": "2026-01-01T00:00:04Z"}, [1, 2, 3]),
        ({"after": 1, "times": 2}, [2, 3]),
    ],
)
def test_a_rule_acts_on_its_events_only(stage: Any, rule: Mapping[str, Any], numbers: list[int]) -> None:
    start = stage.event(0).at
    assert _hit(stage, rule, stage.life(6, resources=3), since=start) == numbers


def test_a_rule_that_skips_events_and_lasts_counts_from_the_last_skipped(stage: Any) -> None:
    assert _hit(stage, {"after": 2, "for": "2s"}, stage.life(6)) == [3]


def test_events_are_counted_at_each_integration(stage: Any) -> None:
    planner = stage.planner({"id": "x", "match": {"nth": 2}, **FAULT})
    shop, erp = stage.integration("shop"), stage.integration("erp")
    seen = [
        bool(planner.plan(stage.event(n), one).jobs[0].faults) for n, one in ((1, shop), (2, erp), (3, shop), (4, erp))
    ]
    assert seen == [False, False, True, True]


def test_the_nth_event_stays_it_on_every_attempt(stage: Any) -> None:
    rule = {"id": "x", "match": {"nth": 2}, "ack_loss": {"times": 2}}
    run = stage.run(rule, events=stage.life(3))
    attempts = dict.fromkeys(("1", "2", "3"), 0)
    for send in run.sends:
        attempts[send.delivery.event[-1]] += 1
    assert attempts == {"1": 1, "2": 3, "3": 1}


def _send(event: Event) -> Send:
    return Send(delivery=DeliveryKey(event.identity, "shop"), resource=event.resource, due=event.at)


def test_acknowledgements_are_lost_for_a_while(stage: Any) -> None:
    rule = {"id": "x", "after": "2s", "for": "1s", "ack_loss": {"times": 1}}
    planner = stage.planner().with_rules(stage.rules([rule]), stage.event(0).at)
    notes = [planner.lost_ack(event, stage.integration(), _send(event), lost=0, at=event.at) for event in stage.life(4)]
    assert [note is not None for note in notes] == [False, True, False, False]


def test_a_condition_looks_into_the_message(stage: Any) -> None:
    paid, unpaid = (
        replace(stage.event(n), payload=f'{{"data":{{"payment":"{word}"}}}}')
        for n, word in ((1, "paid"), (2, "unpaid"))
    )
    assert _hit(stage, {"match": {"when": "data.payment == 'paid'"}}, [paid, unpaid]) == [1]
    assert _hit(stage, {"match": {"when": "data.payment == 'unpaid'", "nth": 1}}, [paid, unpaid]) == [2]


def test_counts_outlive_the_process(stage: Any) -> None:
    rules = [{"id": "x", "match": {"nth": 3}, **FAULT}]
    first = stage.planner().with_rules(stage.rules(rules), 5)
    for n in (1, 2):
        first.plan(stage.event(n), stage.integration())
    saved = first.unsaved_counts()
    second = stage.planner(counts=RuleCounts.restored(saved)).with_rules(stage.rules(rules), 99)
    assert second.counts.since == {"x": 5}
    assert second.plan(stage.event(3), stage.integration()).jobs[0].faults


def test_a_rule_of_any_name_keeps_its_count_when_others_change(stage: Any) -> None:
    def names(*some: str) -> Any:
        return stage.rules([{"id": name, "match": {"nth": 3}, **FAULT} for name in some])

    planner, shop = stage.planner().with_rules(names("a", "a|b")), stage.integration("c|d")
    for n in (1, 2):
        planner.plan(stage.event(n), shop)
    planner = stage.planner(counts=RuleCounts.restored(planner.unsaved_counts()))
    planner = planner.with_rules(names("a"), 5).with_rules(names("a", "a|b"), 6)
    assert [note.rule for note in planner.plan(stage.event(3), shop).jobs[0].faults] == ["a"]
    planner.plan(stage.event(4), shop)
    assert [note.rule for note in planner.plan(stage.event(5), shop).jobs[0].faults] == ["a|b"]


def test_counts_of_an_earlier_journal_are_read(stage: Any) -> None:
    saved = {"hits": {}, "seen": {"x|shop": [2, None]}, "since": {}}
    planner = stage.planner(counts=RuleCounts.restored(saved))
    planner = planner.with_rules(stage.rules([{"id": "x", "match": {"nth": 3}, **FAULT}]), 5)
    assert planner.plan(stage.event(3), stage.integration("shop")).jobs[0].faults


def test_an_event_that_never_happened_is_not_counted(stage: Any) -> None:
    planner = stage.planner({"id": "x", "match": {"nth": 1}, **FAULT})
    before = planner.counts.copy()
    planner.plan(stage.event(1), stage.integration())
    planner.give_back(planner.counts.gained(before), before)
    assert planner.plan(stage.event(2), stage.integration()).jobs[0].faults


@pytest.mark.parametrize(
    "rule",
    [
        {"after": 5},
        {"after": "30s", "for": "10m"},
        {"until": "1h"},
        {"until": "2026-01-01T00:00:04Z"},
        {"until": "0001-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
        {"match": {"nth": 2, "when": "data.n > 1"}},
    ],
)
def test_a_rule_is_described_as_it_is_written(rule: Mapping[str, Any]) -> None:
    parsed = Rule.parse({"id": "x", **FAULT, **rule})
    assert Rule.parse(parsed.describe()) == parsed


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({"after": 0}, ("after",), "1 or more events, or a duration"),
        ({"after": "soon"}, ("after",), "is not a duration"),
        ({"for": 3}, ("for",), "is not a duration"),
        ({"until": "2026-13-01T00:00:00Z"}, ("until",), "2026-13"),
        ({"until": "9999-12-31T23:59:59-14:00"}, ("until",), "out of our calendar, which has the years 1 to 9999"),
        ({"until": "0001-01-01T00:00:00+14:00"}, ("until",), "out of our calendar"),
        ({"until": "later"}, ("until",), "is not a duration"),
        ({"after": 3, "match": {"nth": 2}}, ("after",), "count the same"),
        ({"match": {"nth": 0}}, ("match", "nth"), "1 or more"),
        ({"match": {"when": "dta.n"}}, ("match", "when"), "did you mean 'data'"),
    ],
)
def test_mistakes_are_told(rule: Mapping[str, Any], path: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Rule.parse({"id": "x", **FAULT, **rule})
    assert words in str(caught.value)
    assert caught.value.path == path


def test_an_api_rule_waits_for_no_events() -> None:
    with pytest.raises(InvalidInput, match="waits for no events"):
        Rule.parse({"id": "x", "after": 3, "api": {"error": {"status": 503}}})
    assert Rule.parse({"id": "x", "after": "3s", "api": {"error": {"status": 503}}}).span.after == 3 * SECOND
