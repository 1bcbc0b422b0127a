"""Shrink: a case, run again, and made as small as it still fails."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from emulator.core.fixture import Fixtures
from emulator.core.scenario import Scenario
from emulator.core.verdict import Verdict, verdict_of
from emulator.harness.shrinking.commands import Commands, Retelling, commands_of
from emulator.harness.shrinking.draft import Draft, Drafting
from emulator.harness.shrinking.frequency import Frequency
from emulator.harness.shrinking.oracle import BrokenOff, Enough, Oracle, Tell
from emulator.harness.shrinking.pins import on_every_attempt, pins_of
from emulator.harness.shrinking.shrinker import Shrinker
from emulator.loading.case_file import CaseFile
from emulator.loading.document import Document
from emulator.runtime.rehearsal import ANYBODY

if TYPE_CHECKING:
    from emulator.harness.trials import Trial, Trials


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What a case came to when it was run again: FAIL where it failed as it had failed, even if only once; `trial` is
    one such run."""

    verdict: Verdict
    frequency: Frequency
    trial: "Trial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """The smallest draft that fails and its `trial`, how often it does, and the one that it was made from.

    `sure` says whether nothing more can be left out; else it was broken off first. `runs` is how many runs it took.
    """

    draft: Draft
    drafting: Drafting
    whole: Draft
    trial: "Trial"
    frequency: Frequency
    sure: bool
    runs: int


def again(trials: "Trials", case: CaseFile, scenario: Scenario, times: int = 1) -> Again:
    """Runs the case again, by its plan, so many times.

    Raises EnvironmentFault where something that it needs is not there, InvalidInput where the shop does not raise the
    events of its plan any more.
    """
    wanted = failed_places(case)
    found = [trials.run(scenario, plan=case.plan) for _ in range(times)]
    failed = [one for one in found if _fails_at(one, wanted)]
    verdict = Verdict.FAIL if failed else verdict_of((one.judgement.verdict for one in found), settled=True)
    trial = failed[0] if failed else next(one for one in found if one.judgement.verdict is verdict)
    return Again(verdict=verdict, frequency=Frequency(failed=len(failed), runs=times), trial=trial)


def failed_places(case: CaseFile) -> tuple[int, ...]:
    """Which of its scenario's expectations it failed, from 0."""
    return tuple(place for place, one in enumerate(case.judgement.findings) if one.verdict is Verdict.FAIL)


def shrink(
    trials: "Trials",
    case: CaseFile,
    scenario: Scenario,
    fixtures: Fixtures,
    frequency: Frequency,
    *,
    environment: Mapping[str, str],
    repeat: int = 1,
    time_limit: float = math.inf,
    enough: Enough = lambda: False,
    tell: Tell = lambda _draft, _runs: None,
) -> Shrunk | None:
    """The case made smaller, which fails so often; None where what went wrong in it cannot be said in rules.

    It is broken off after `time_limit` wall seconds, or once `enough` says so, with the smallest that is known then,
    which is run `repeat` times in the end all the same. Raises EnvironmentFault as a run.
    """
    retelling = Retelling(case.seed, fixtures, case.plan.start)
    commands = commands_of(scenario, case.plan, retelling, fixtures)
    if commands is None:
        return None
    wholes = _wholes(case, scenario, commands)
    drafting = _drafting(case, retelling, commands)
    until = time.monotonic() + time_limit
    oracles = (
        Oracle(
            runner=trials,
            drafting=drafting,
            environment=environment,
            whole=wholes[0],
            wanted=place,
            frequency=frequency,
            enough=lambda: enough() or time.monotonic() > until,
            tell=tell,
        )
        for place, _ in enumerate(failed_places(case))  # a draft has those alone
    )
    found = next(filter(None, (_failing(oracle, wholes) for oracle in oracles)), None)
    if found is None:
        return None
    oracle, whole = found
    shrinker = Shrinker(whole, retelling, oracle.fails)
    sure = shrinker.shrink()
    oracle.enough = lambda: False
    draft = shrinker.smallest
    often = oracle.often(draft, repeat)
    assert oracle.trial is not None, "it has failed at least once, or it would be larger"
    return Shrunk(
        draft=draft,
        drafting=oracle.drafting,
        whole=whole,
        trial=oracle.trial,
        frequency=often,
        sure=sure,
        runs=oracle.runs,
    )


def _failing(oracle: Oracle, wholes: Sequence[Draft]) -> tuple[Oracle, Draft] | None:
    """The first that fails where the oracle wants it to, if there is one and it is not broken off before."""
    try:
        whole = next((one for one in wholes if oracle.fails(one)), None)
    except BrokenOff:
        return None
    return None if whole is None else (oracle, whole)


def _wholes(case: CaseFile, scenario: Scenario, commands: Commands) -> Sequence[Draft]:
    """All of the run, told as rules: each attempt as it was; or each delivery, whatever its attempt."""
    observers = scenario.integrations or (ANYBODY,)
    keys = list(dict.fromkeys(event.key for event in case.plan.events))
    observed = tuple(
        (one.name, key)
        for one in observers
        for key in keys
        if one.enabled and any(fnmatchcase(key, glob) for glob in one.observes)
    )
    pins = pins_of(case.plan, observers, commands.refs)
    exact = Draft(commands=commands.all, pins=pins, observed=observed).fitting()
    return [exact, replace(exact, pins=on_every_attempt(exact.pins))]


def _drafting(case: CaseFile, retelling: Retelling, commands: Commands) -> Drafting:
    return Drafting(
        Document.parse(case.scenario, case.scenario_name).value,
        retelling,
        name=f"{case.plan.scenario}-shrunk",
        description=f"The smallest of case {case.name} that fails",
        seed=case.seed,
        failed=failed_places(case),
        names=commands.names,
    )


def _fails_at(trial: "Trial", places: Sequence[int]) -> bool:
    findings = trial.judgement.findings
    return trial.judgement.verdict is Verdict.FAIL and any(
        findings[place].verdict is Verdict.FAIL for place in places if place < len(findings)
    )
