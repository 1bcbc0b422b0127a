"""What is said afterwards of a fault: the very draw that decided, recomputed from seed and names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.hearing import Finding, Hearing
from emulator.domain.delivery import FaultNote

SEED = 11


def _note(note: FaultNote) -> dict[str, str]:
    return {"rule": note.rule, "fault": note.fault, "detail": note.detail}


def _hearing(stage: Any, *rules: dict[str, Any], **more: Any) -> Hearing:
    return Hearing(SEED, stage.rules(list(rules)), **more)


@given(probability=st.sampled_from([0.1, 0.5, 0.9, 1.0]), n=st.integers(1, 500), attempt=st.integers(1, 6))
def test_the_draw_says_whether_the_rule_hit(stage: Any, probability: float, n: int, attempt: int) -> None:
    rule = {"id": "cut", "probability": probability, "corrupt": {"mode": "truncate"}}
    event, shop = stage.event(n), stage.integration()
    planner = stage.planner(rule, seed=SEED)
    first = planner.plan(event, shop).jobs[0]
    sends = first.sends if attempt == 1 else planner.retry(event, shop, first.key, attempt, event.at).sends
    note = {"rule": "cut", "fault": "corrupt", "detail": ""}
    found = _hearing(stage, rule).finding(note, first.key, event.resource, attempt)
    assert found.legality == "hostile"
    if sends[0].faults:
        assert found.draw is not None
        assert found.draw < probability == found.probability
    else:
        assert (found.draw, found.probability) == (None, None)
    unruled = _hearing(stage).finding(note, first.key, event.resource, attempt)
    assert unruled.draw is not None
    assert (unruled.draw < probability) is bool(sends[0].faults)


def test_a_decision_for_a_whole_resource_is_found_by_its_name(stage: Any) -> None:
    rule = {"id": "mixed", "probability": 0.5, "reorder": {"within": "5s", "scope": "across_resources"}}
    hearing = _hearing(stage, rule)
    draws = set()
    for n in range(1, 40):
        event = stage.event(n, resource=f"order:{n % 10}")
        job = stage.planner(rule, seed=SEED).plan(event, stage.integration()).jobs[0]
        for note in job.faults:
            found = hearing.finding(_note(note), job.key, event.resource, 1)
            assert found.draw is not None
            draws.add((event.resource, found.draw))
    assert draws
    assert len(draws) == len({resource for resource, _ in draws}), "one draw for each resource"
    gone = _hearing(stage).finding({"rule": "mixed", "fault": "reorder", "detail": ""}, job.key, "order:1", 1)
    assert gone == Finding(legality=gone.legality), "without the rule it is not known by what name it drew"


def test_a_copy_with_a_job_of_its_own_shares_the_draw(stage: Any) -> None:
    rule = {"id": "twice", "probability": 0.5, "duplicate": {"copies": 1, "identity": "new_job"}}
    hearing = _hearing(stage, rule)
    seen = 0
    for n in range(1, 30):
        event = stage.event(n)
        jobs = stage.planner(rule, seed=SEED).plan(event, stage.integration()).jobs
        found = [hearing.finding(_note(job.faults[0]), job.key, event.resource, 1) for job in jobs if job.faults]
        if len(found) == 2 and hearing._draw("twice", event.identity, jobs[1].key, 2, 1) >= 0.5:
            assert found[0] == found[1]
            seen += 1
    assert seen


@pytest.mark.parametrize(
    ("rule", "note", "expected"),
    [
        ({"payload": {"mode": "tie"}}, "payload", "plausible"),
        ({"delay": {"value": "1s"}}, "delay", "documented"),
        ({"drop": None}, "drop", "hostile"),
        ({"drop": None}, "delay", "documented"),
        (None, "connection", "plausible"),
        (None, "unheard-of", None),
    ],
)
def test_legality_is_the_rules_or_else_the_kinds(
    stage: Any, rule: dict[str, Any] | None, note: str, expected: str | None
) -> None:
    rules = [] if rule is None else [{"id": "r", **rule}]
    job = stage.planner().plan(stage.event(1), stage.integration()).jobs[0]
    found = _hearing(stage, *rules).finding({"rule": "r", "fault": note, "detail": ""}, job.key, "order:1", 1)
    assert found.legality == expected


def test_where_no_dice_were_thrown_no_draw_is_told(stage: Any) -> None:
    job = stage.planner().plan(stage.event(1), stage.integration()).jobs[0]
    hearing = _hearing(stage, {"id": "r", "drop": None}, drawn=False)
    found = hearing.finding({"rule": "r", "fault": "drop", "detail": ""}, job.key, "order:1", 1)
    assert (found.draw, found.probability) == (None, None)
    changed = _hearing(stage, {"id": "r", "probability": 0.0, "drop": None})
    found = changed.finding({"rule": "r", "fault": "drop", "detail": ""}, job.key, "order:1", 1)
    assert (found.draw, found.probability) == (None, None), "it was another rule that hit"
