"""States: what the probes of a trial come to, beside its baseline, or beside another trial."""

from typing import Any, TypeGuard

from emulator.core.card.assess import State
from emulator.core.expectation import Converges
from emulator.core.reading import Reading, same, seen_by
from emulator.core.verdict import Verdict
from emulator.harness.trials import Trial


def state_of(trial: Trial) -> State | None:
    """Whether the receiver ended up as it does without faults, by all that is to converge; None where nothing is."""
    expect = trial.scenario.expect
    findings = [
        finding
        for one, finding in zip(expect, trial.judgement.findings, strict=True)
        if isinstance(one.expected, Converges)
    ]
    if not findings:
        return None
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
    worst = min(findings, key=lambda finding: order.index(finding.verdict))
    return State(verdict=worst.verdict, sentence=worst.sentence, seen=worst.seen)


def another_state(plain: Trial, other: Trial) -> State | None:
    """Whether it ended up as it did in another trial, which something more has happened in; None where nobody knows.
    That it did not is not held against it: it may be right to take note of that."""
    compared = 0
    for place, one in enumerate(plain.scenario.expect):
        before, after = plain.played.readings.get(place), other.played.readings.get(place)
        if not isinstance(one.expected, Converges) or not (_known(before) and _known(after)):
            continue
        compared += 1
        if not same(_value(before), _value(after)):
            return State(
                verdict=Verdict.INCONCLUSIVE,
                sentence=f"it took it, and {after.name} says something else than without; only you know if it should",
                telling=True,
            )
    return State(verdict=Verdict.PASS) if compared else None


def _known(reading: Reading | None) -> TypeGuard[Reading]:
    return reading is not None and reading.expected is not None


def _value(reading: Reading) -> Any:
    assert reading.expected is not None
    return seen_by(reading.expected.asked, reading.value)[0]
