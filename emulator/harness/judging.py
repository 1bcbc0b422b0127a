"""Judging: a run against what its scenario expects."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from emulator.core.account import account
from emulator.core.evaluate import Run, evaluate, numbers, story
from emulator.core.expectation import Converges, Expectation, Expected, Holds
from emulator.core.masking import HIDDEN, masked_address
from emulator.core.reading import Reading, hold
from emulator.core.scenario import Scenario
from emulator.core.verdict import Finding, Judgement, Opinion, Verdict
from emulator.harness.comparison import Comparison
from emulator.harness.scenario_run import Played, evidence_of

_TIMERS = "Not covered: the receiver's own timers, which do not move with the emulator's clock."
_UNSETTLED = "The time limit passed before everything was settled."


def judge(
    scenario: Scenario,
    played: Played,
    probes: Mapping[int, Reading],
    *,
    comparison: Comparison | None = None,
    reproduce: str = "",
    exit_first: bool = False,
) -> Judgement:
    """What the run comes to. `probes` is what was read of the receiver, by the place of the expectation, and
    `comparison` sets it beside a run without faults; with `exit_first` the expectations after one that failed are not
    looked at."""
    run = Run(evidence_of(played), settled=played.settled, began=played.began)
    findings: list[Finding] = []
    for place, one in enumerate(scenario.expect):
        reading = probes.get(place)
        if isinstance(one.expected, Converges) and comparison is not None and reading and reading.expected is not None:
            opinion = comparison.opinion(place, reading, played)
        else:
            opinion = _opinion(_renamed(one.expected, played.aliases), run, reading)
        findings.append(
            Finding(
                expectation=as_written(one),
                place=scenario.place_of(("expect", place)),
                verdict=opinion.verdict,
                sentence=opinion.sentence,
                nearest=opinion.nearest,
                deliveries=opinion.deliveries,
                seen=opinion.seen,
                differences=opinion.differences,
            )
        )
        if exit_first and opinion.verdict is Verdict.FAIL:
            break
    remarks = [] if played.settled else [_UNSETTLED]
    remarks += [] if scenario.clock.mode == "real" else [_TIMERS]
    remarks += [] if comparison is None else comparison.remarks(played)
    return Judgement.of(findings, settled=played.settled, remarks=remarks, reproduce=reproduce)


def complaint(judgement: Judgement, played: Played) -> str | None:
    """What did not pass, in lines, with the deliveries that matter; None where everything did."""
    if judgement.verdict is Verdict.PASS:
        return None
    deliveries = evidence_of(played)
    lines = [f"{played.scenario.name}: {judgement.verdict}"]
    for finding in judgement.failed:
        lines += [f"{finding.verdict}: {finding.expectation}", f"  {finding.sentence}"]
        lines += [f"  nearest: {finding.nearest}"] if finding.nearest else []
        lines += [f"  {line}" for line in finding.seen]
        lines += [f"  {line}" for line in account(deliveries, finding.deliveries, began=played.began)]
    return "\n".join(lines)


def as_written(expectation: Expectation) -> str:
    """On one line; passwords and the values of headers are masked."""
    text = yaml.safe_dump(
        _masked(expectation.written), default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True
    )
    return text.strip().removeprefix("{").removesuffix("}")


def _opinion(expected: Expected, run: Run, reading: Reading | None) -> Opinion:
    match expected:
        case Converges():
            if reading is not None and (reading.doubt or reading.failure):
                verdict = Verdict.FAIL if reading.failure else Verdict.INCONCLUSIVE
                return Opinion(verdict=verdict, sentence=str(reading.failure or reading.doubt))
            return Opinion(
                verdict=Verdict.INCONCLUSIVE,
                sentence="there was no run in order and without faults to compare this one with",
            )
        case Holds():
            assert reading is not None, "every probe was read"
            held = hold(reading.expected if isinstance(reading.expected, Holds) else expected, reading)
            return _excused(held, run) if reading.failure is None else held
        case _:
            return evaluate(expected, run)


def _excused(opinion: Opinion, run: Run) -> Opinion:
    """A receiver is not to blame for a state that it could not know of."""
    withheld = [one for one in run.deliveries if one.withheld]
    if opinion.verdict is not Verdict.FAIL or not withheld:
        return opinion
    return replace(
        opinion,
        verdict=Verdict.INCONCLUSIVE,
        sentence=f"{opinion.sentence}; but {story(withheld[0])}, so that the receiver could not know",
        deliveries=numbers(withheld),
    )


def _renamed(expected: Expected, aliases: Mapping[str, str]) -> Expected:
    """About the resource that was meant, where it got another name."""
    if isinstance(expected, Holds | Converges):
        return expected
    name = expected.sought.resource
    if name is None or name not in aliases:
        return expected
    return replace(expected, sought=replace(expected.sought, resource=aliases[name]))


def _masked(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {
            key: dict.fromkeys(value, HIDDEN) if key == "headers" and isinstance(value, Mapping) else _masked(value)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_masked(each) for each in node]
    if callable(node):
        return getattr(node, "__name__", type(node).__name__)
    return masked_address(node) if isinstance(node, str) else node
