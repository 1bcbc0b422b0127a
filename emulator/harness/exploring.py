"""Exploring: one run of an errand, and what of it is worth telling: its verdict, what was wrong, what was tried."""

import gc
from collections.abc import Iterator
from dataclasses import replace

from emulator.core.coverage import coverage
from emulator.core.evidence import Delivered
from emulator.core.expectation import Holds
from emulator.core.exploration import Tried
from emulator.core.reading import Reading, same, seen_by
from emulator.core.scenario import Scenario
from emulator.core.symptom import Naming, Symptom, of_deliveries, of_differences, said
from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.domain.errors import UserError
from emulator.harness.errand import Errand
from emulator.harness.scenario_run import evidence_of
from emulator.harness.trials import Trial, Trials
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

_TIDY = 20  # runs
_BY_OURSELVES = "what was not delivered was kept from the receiver by a rule, or is held"


class Prober:
    """Runs one seed after the other in this process. Full judgements are told of the simplest runs only."""

    def __init__(self, trials: Trials, errand: Errand) -> None:
        self._trials = trials
        self._errand = errand
        self._scenario = errand.scenario()
        self._fixtures = load_fixtures(errand.fixtures)
        self._simplest: dict[frozenset[Symptom], int] = {}
        self._runs = 0

    def run(self, seed: int) -> Tried:
        """Raises what Trials do."""
        self._runs += 1
        if self._runs % _TIDY == 0:
            gc.collect()  # a long rehearsal lets all there is count as old, which is hardly ever looked at
        scenario = replace(self._scenario, seed=seed)
        own = self._own(scenario)
        trial = self._trials.run(scenario)
        deliveries = evidence_of(trial.played)
        judgement = fair(trial.judgement, deliveries) if self._errand.accepts_all else trial.judgement
        failed = judgement.verdict is Verdict.FAIL
        symptoms = frozenset(symptoms_of(trial, judgement, deliveries)) if failed else frozenset[Symptom]()
        sends = len(trial.played.attempts)
        return Tried(
            seed=seed,
            verdict=judgement.verdict,
            symptoms=symptoms,
            doubts=frozenset(_doubts(judgement, deliveries)),
            coverage=coverage(deliveries, own),
            sends=sends,
            judgement=judgement if failed and self._is_simplest(symptoms, sends) else None,
        )

    def _own(self, scenario: Scenario) -> frozenset[str] | None:
        """The identities of the events that it raises by itself; None where it needs the receiver's calls for that."""
        try:
            schedule = Rehearsal(scenario, self._fixtures).schedule()
        except UserError:
            return None
        return frozenset(event.identity for event in schedule.events)

    def _is_simplest(self, symptoms: frozenset[Symptom], sends: int) -> bool:
        known = self._simplest.get(symptoms)
        if known is not None and known <= sends:
            return False
        self._simplest[symptoms] = sends
        return True


def symptoms_of(trial: Trial, judgement: Judgement, deliveries: tuple[Delivered, ...]) -> Iterator[Symptom]:
    """What was wrong, in words that are the same under every seed."""
    naming = Naming(deliveries)
    for place, finding in enumerate(judgement.findings):
        if finding.verdict is Verdict.FAIL:
            for what in _wrong(finding, trial.played.readings.get(place), deliveries, naming):
                yield Symptom(place, finding.expectation, what)


def fair(judgement: Judgement, deliveries: tuple[Delivered, ...]) -> Judgement:
    """No receiver is blamed for what was kept from it, where it is only asked to accept everything."""
    blamed = {one.number for one in deliveries if one.state.final and not one.withheld and not one.delivered}
    if judgement.verdict is not Verdict.FAIL or any(blamed.intersection(one.deliveries) for one in judgement.findings):
        return judgement
    findings = tuple(
        replace(one, verdict=Verdict.INCONCLUSIVE, sentence=f"{one.sentence}; but {_BY_OURSELVES}")
        for one in judgement.findings
    )
    return replace(judgement, verdict=Verdict.INCONCLUSIVE, findings=findings)


def _wrong(
    finding: Finding, reading: Reading | None, deliveries: tuple[Delivered, ...], naming: Naming
) -> Iterator[str]:
    if finding.differences:
        return of_differences(finding, naming)
    if reading is None:
        return of_deliveries(finding, deliveries, naming)
    return iter([said(finding.sentence, naming) if reading.failure is not None else _amiss(reading, finding, naming)])


def _amiss(reading: Reading, finding: Finding, naming: Naming) -> str:
    """How the receiver's state is not what was expected of it."""
    expected = reading.expected
    if not isinstance(expected, Holds):
        return said(finding.sentence, naming)
    value, there = seen_by(expected.asked, reading.value)
    path = naming(expected.asked.path)
    what = f"the number of {path}" if expected.asked.counts else path
    if not there:
        return f"{what} is missing"
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (value, expected.value))
    if not numbers or same(value, expected.value):
        return f"{what} is {naming(str(value))}"
    return f"{what} is {'more' if value > expected.value else 'less'}"


def _doubts(judgement: Judgement, deliveries: tuple[Delivered, ...]) -> Iterator[str]:
    if judgement.verdict is not Verdict.INCONCLUSIVE:
        return
    naming = Naming(deliveries)
    doubtful = [one for one in judgement.findings if one.verdict is Verdict.INCONCLUSIVE]
    if not doubtful:
        yield "the time limit passed before everything was settled"
    for one in doubtful:
        yield said(one.sentence, naming)
