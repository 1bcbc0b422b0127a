"""Shrink brings every wrong animal, from all that is documented, to at most three events and its fewest faults."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from emulator.core.scenario import Scenario
from emulator.core.verdict import Verdict
from emulator.harness.shrinking.shrink import Shrunk, again, shrink
from emulator.harness.shrinking.telling import told
from emulator.harness.trials import Trials, trials
from emulator.loading.case_file import CaseFile
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal
from zoo.animal import Animal
from zoo.hosting import at_desk
from zoo.registry import EVERYTHING, WRONG, ZOO

FIRST = ("last_write_wins", "mails_again", "check_then_act")
"""A state, a side effect and a race."""
SEEDS = range(1, 201)
TIMES = int(os.environ.get("EPCC_EMULATOR_TEST_SEEDS", "10"))
OTHERS = [pytest.param(one, id=one.name) for one in WRONG if one.name not in FIRST]
SOME = OTHERS[: max(1, len(OTHERS) * TIMES // 250)]
"""All of them in a whole soak; half a minute each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """An animal that is kept up, and a run of it that has failed."""

    trials: Trials
    case: CaseFile
    scenario: Scenario


@contextmanager
def caught(animal: Animal) -> Iterator[Caught]:
    """By the first of the seeds under which what is documented gives it away."""
    document = json.loads(replace(animal, chaos=EVERYTHING).scenario("webhook", started=True))
    del document["receiver"]["command"]
    for one in document["expect"]:
        one.get("converges", {}).setdefault("stable_for", "20ms")
    with at_desk(animal) as (_, url):
        text = json.dumps(document, indent=1).replace("{port}", url.rpartition(":")[2])
        scenario = parse_scenario(text, f"{animal.name}.yaml", {})
        with trials(scenario) as kept_up:
            for seed in SEEDS:
                tried = replace(scenario, seed=seed)
                trial = kept_up.run(tried)
                if trial.judgement.verdict is Verdict.FAIL:
                    plan = Rehearsal(tried, load_fixtures()).schedule()
                    case = CaseFile.of(tried, plan, trial.judgement, text=text, file_name=f"{animal.name}.yaml")
                    yield Caught(trials=kept_up, case=case, scenario=tried)
                    return
    raise AssertionError(f"nothing that is documented gives {animal.name} away")


def made_smaller(found: Caught, **how: Any) -> Shrunk:
    often = again(found.trials, found.case, found.scenario, how.get("repeat", 1)).frequency
    shrunk = shrink(found.trials, found.case, found.scenario, load_fixtures(), often, environment={}, **how)
    assert shrunk is not None
    return shrunk


def is_small(animal: Animal, repeat: int) -> None:
    with caught(animal) as found:
        shrunk = made_smaller(found, repeat=repeat)
        text = told(shrunk, found.case, "small.yaml")
        played = found.trials.run(parse_scenario(text, "small.yaml", {}))
    assert shrunk.sure
    assert shrunk.draft.events <= 3
    assert len(shrunk.draft.pins) == 1, [pin.fault for pin in shrunk.draft.pins]
    assert not shrunk.frequency.flaky
    assert played.judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize("name", FIRST)
def test_a_wrong_one_is_brought_to_three_events_and_one_fault(name: str) -> None:
    is_small(ZOO[name], repeat=1)


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("animal", SOME)
def test_so_is_every_other(animal: Animal) -> None:
    is_small(animal, repeat=3)


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("name", FIRST)
def test_the_same_case_has_the_same_verdict(name: str) -> None:
    with caught(ZOO[name]) as found:
        often = again(found.trials, found.case, found.scenario, TIMES)
    assert (often.verdict, often.frequency.failed) == (Verdict.FAIL, TIMES)
