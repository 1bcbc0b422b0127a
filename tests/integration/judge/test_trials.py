"""Many judged runs on one emulator and one receiver, each beside the same events without faults."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from emulator.core.scenario import ClockChoice, Scenario
from emulator.core.verdict import Verdict
from emulator.harness.trials import Trial, Trials, trials
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal


@contextmanager
def running(scenario: Scenario) -> Iterator[Trials]:
    with trials(scenario) as made:
        yield made


def finding(trials: Trials, scenario: Scenario, **how: Any) -> tuple[str, str]:
    """The verdict and the sentence of the last finding of a run."""
    found = trials.run(scenario, **how).judgement.findings[-1]
    return str(found.verdict), found.sentence


def timeless(trial: Trial) -> list[dict[str, Any]]:
    """Its attempts, but for how long the receiver took."""
    return [{**attempt, "processing_time": None} for attempt in trial.played.attempts]


def test_a_careless_receiver_ends_up_otherwise(department: Callable[..., Any], told: Callable[..., Scenario]) -> None:
    there = department(careless=True)
    scenario = told(there)
    with running(scenario) as made:
        trial = made.run(scenario)
        assert trial.judgement.verdict is Verdict.FAIL
        (found,) = trial.judgement.findings
        assert "$.shipments of" in found.sentence
        assert "is not what it is without faults: it differs in 2 places" in found.sentence
        order = there.shipments()[0]
        assert found.seen == tuple(f'$.shipments[{n}]: "{order}", without faults not there' for n in (1, 2))
        assert found.differences[0] == {"path": "$.shipments[1]", "value": order}
        assert [trial.played.deliveries[n - 1]["event_key"] for n in found.deliveries] == ["order.fulfilled"]
        assert trial.baseline is not None
        assert [one["faults"] for one in trial.baseline.attempts] == [[]] * len(trial.baseline.attempts)
        there.careless = False
        assert made.run(scenario).judgement.verdict is Verdict.PASS


def test_the_same_again_is_judged_the_same_and_as_a_run_of_its_own(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    """With other seeds between, and the ids, times and numbers of a first run."""
    there = department(careless=True)
    scenario = told(there)
    with running(scenario) as made:
        first = made.run(scenario)
        other = made.run(replace(scenario, seed=8))
        again = made.run(scenario)
    with running(scenario) as alone:
        own = alone.run(scenario)
    assert first.judgement == again.judgement == own.judgement
    assert timeless(first) == timeless(again) == timeless(own)
    assert first.played.deliveries[0]["resource_id"] != other.played.deliveries[0]["resource_id"]


def test_runs_differ_in_profile_clock_steps_and_plan(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    there = department()
    scenario = told(there, chaos="")
    plan = Rehearsal(scenario, load_fixtures()).schedule()
    late = plan.sends[0]._replace(at=plan.sends[-1].at + 1_000_000)
    moved = replace(plan, sends=(*plan.sends[1:], late))
    later = replace(scenario.clock, start=scenario.clock.start + 86_400_000_000)
    with running(scenario) as made:
        assert made.run(scenario).played.attempts[0]["started_at"].startswith("2026-01-01")
        shifted = made.run(replace(scenario, profile="lost_acks", clock=later, steps=scenario.steps[:1]))
        kept = made.run(scenario, plan=moved)
        usual = made.run(scenario)
    assert shifted.played.attempts[0]["started_at"].startswith("2026-01-02")
    assert {one["event_key"] for one in shifted.played.deliveries} == {"order.created"}
    assert [one["event"] for one in kept.played.attempts][-1] == late.event
    assert kept.schedule is moved
    assert kept.baseline is not None
    assert [one["event"] for one in kept.baseline.attempts] == [one["event"] for one in usual.played.attempts]
    assert {trial.judgement.verdict for trial in (shifted, kept, usual)} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"resets": False}, "nothing makes the receiver forget between two runs; say how"),
        ({"head": "clock: {mode: scaled, speed: 1000}\n"}, "the clock is scaled, on which the same moments"),
        ({"chaos": "{id: gone, match: order.paid, drop: {}}"}, "a run in which something does not arrive"),
        ({"chaos": "{id: cut, match: order.paid, corrupt: {mode: truncate}}"}, "something does not arrive"),
    ],
)
def test_what_cannot_be_compared_is_inconclusive(
    department: Callable[..., Any], told: Callable[..., Scenario], how: dict[str, Any], words: str
) -> None:
    scenario = told(department(), **how)
    with running(scenario) as made:
        trial = made.run(scenario)
    assert trial.baseline is None
    assert trial.judgement.verdict is Verdict.INCONCLUSIVE
    assert words in trial.judgement.findings[0].sentence


def test_what_is_exhausted_is_not_compared(department: Callable[..., Any], told: Callable[..., Scenario]) -> None:
    """Under faults, and in the run without."""
    there = department(refuses={"order.paid": 6})
    scenario = told(there)
    with running(scenario) as made:
        verdict, sentence = finding(made, scenario)
        assert (verdict, "exhausted after 6 attempts" in sentence) == ("inconclusive", True)
        heard: list[str] = []

        def refuse_the_second_time(key: str) -> None:
            heard.append(key)
            if heard.count("order.created") == 2 and key == "order.paid":
                there.refuses["order.paid"] = 1

        there.on_message = refuse_the_second_time
        verdict, sentence = finding(made, scenario)
    assert verdict == "inconclusive"
    assert sentence.startswith("in the run without faults, delivery 2 of o1/order.paid:1 to shop: exhausted")


def test_a_reset_that_forgets_nothing_is_noticed(
    department: Callable[..., Any], told: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.harness.forgetting._PATIENCE", 0.05)
    there = department()
    there.forget = lambda: 204
    scenario = told(there, also=(f"exactly: {{probe: '{there.url}/', count: '$.shipments[*]', equals: 1}}",))
    with running(scenario) as made:
        first = made.run(scenario).judgement.findings
        second = made.run(scenario).judgement.findings
    assert [one.verdict for one in first] == [Verdict.INCONCLUSIVE, Verdict.PASS]
    assert "the receiver has not forgotten what it was told before" in first[0].sentence
    assert "$.shipments[0]" in first[0].sentence
    assert [one.verdict for one in second] == [Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE]


def test_a_state_with_times_of_its_own_is_no_failure(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    """The author can leave them out by a path, and is told so. The runs without faults are made each time."""
    runs, heard = iter(range(1000)), list[str]()
    there = department()
    known = {"at": ""}

    def hear(key: str) -> None:
        heard.append(key)
        if key == "order.created":
            known["at"] = f"run {next(runs)}"

    there.on_message = hear
    there.forget = lambda: known.update(at="") or 204
    there.answers = lambda: (200, json.dumps({"shipments": known}))
    scenario = told(there)
    with running(scenario) as made:
        for _ in range(2):
            heard.clear()
            trial = made.run(scenario)
            (found,) = trial.judgement.findings
            assert found.verdict is Verdict.INCONCLUSIVE
            assert "is not the same from run to run even without faults; leave out by path what" in found.sentence
            assert trial.baseline is not None
            assert len(heard) == len(trial.played.attempts) + 2 * len(trial.baseline.attempts)


def test_one_run_without_faults_will_do_where_nothing_differs(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    """Whatever goes wrong in further runs of the same events; after one that differs there is another each time."""
    there, heard = department(careless=True), list[str]()
    there.on_message = heard.append
    scenario = told(there)
    alone = []
    with running(scenario) as made:
        named = replace(scenario, name="another", description="of the same", rules=())
        for each in (scenario, scenario, named, replace(scenario, seed=8), scenario):
            heard.clear()
            trial = made.run(each)
            assert trial.baseline is not None
            alone.append(len(heard) - len(trial.played.attempts))
        once = len(trial.baseline.attempts)
    assert alone == [2 * once, once, 0, 2 * once, once]


def test_a_receiver_that_has_changed_meanwhile_does_not_fail_for_that(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    """What it said without faults beside an earlier run is no longer what it says."""
    there = department(careless=True)
    scenario = told(there)
    with running(scenario) as made:
        assert made.run(scenario).judgement.verdict is Verdict.FAIL
        there.answers = lambda: (200, json.dumps({"shipments": [f"{one} by rail" for one in there.shipments()]}))
        assert made.run(replace(scenario, rules=())).judgement.verdict is Verdict.PASS
        assert made.run(scenario).judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize("play", [2, 3], ids=["the first", "the second"])
def test_a_run_without_faults_that_does_not_tell_the_state_proves_nothing_and_is_not_kept(
    department: Callable[..., Any], told: Callable[..., Scenario], play: int
) -> None:
    there, plays = department(careless=True), 0
    forget = there.forget

    def begin() -> int:
        nonlocal plays
        plays += 1
        return int(forget())

    def answer() -> tuple[int, str]:
        shipments = there.shipments()
        return 503 if plays == play and shipments else 200, json.dumps({"shipments": shipments})

    there.forget, there.answers = begin, answer
    scenario = told(there)
    with running(scenario) as made:
        verdict, sentence = finding(made, scenario)
        assert verdict == "inconclusive"
        assert "run without faults, " in sentence
        assert finding(made, scenario)[0] == "fail"


def test_a_scenario_on_another_clock_needs_no_baseline(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    scenario = told(department(), "exactly: {event: order.created, count: 1}")
    with running(scenario) as made:
        trial = made.run(replace(scenario, clock=ClockChoice(mode="scaled", speed=10_000.0)))
    assert (trial.judgement.verdict, trial.baseline) == (Verdict.PASS, None)
