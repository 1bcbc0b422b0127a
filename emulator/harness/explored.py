"""Explored: what an exploration leaves behind: a case for each cause, and a judgement for reports."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from emulator.core.exploration import Example, Exploration
from emulator.core.masking import masked_address
from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.harness.errand import Errand
from emulator.harness.judging import as_written
from emulator.harness.scenario_run import Played
from emulator.loading.case_file import CASES, CaseFile
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal


def save_case(errand: Errand, example: Example, directory: Path = CASES) -> Path:
    """Keeps the run that shows a cause best. Raises EnvironmentFault where that cannot be written."""
    scenario = errand.scenario(example.seed)
    plan = Rehearsal(scenario, load_fixtures(errand.fixtures)).schedule()
    return CaseFile.of(
        scenario,
        plan,
        example.judgement,
        text=errand.text,
        file_name=errand.name,
        forward_to=errand.forward_to,
        fixtures=errand.fixtures,
    ).save(directory)


def again(errand: Errand, example: Example, cases: Mapping[int, Path]) -> str:
    """The command that runs an example again: as a case, or where none could be written, as an exploration of one."""
    if example.seed in cases:
        return f"epcc-emulator replay {cases[example.seed].stem}"
    name = errand.name if Path(errand.name).is_file() else Path(errand.name).stem
    to = [] if errand.forward_to is None else ["--forward-to", masked_address(errand.forward_to)]
    own = [] if errand.fixtures is None else ["--fixtures", str(errand.fixtures)]
    return shlex.join(["epcc-emulator", "explore", name, "--seed", str(example.seed), "--runs", "1", *own, *to])


def summary(
    errand: Errand, found: Exploration, cases: Mapping[int, Path], *, complete: bool = True
) -> tuple[Judgement, Played]:
    """As if it had been one run, in which something failed for each cause; `cases` are the files by their seeds."""
    scenario = errand.scenario()
    examples = found.examples()
    findings = [finding for example in examples for finding in _findings(example, found.runs, cases)]
    failed = {one.place for one in findings}
    doubt = _doubt(found, complete)
    for place, one in enumerate(scenario.expect):
        where = scenario.place_of(("expect", place))
        if where not in failed:
            findings.append(
                Finding(
                    expectation=as_written(one),
                    place=where,
                    verdict=Verdict.INCONCLUSIVE if doubt else Verdict.PASS,
                    sentence=doubt or f"in each of {found.runs} runs",
                )
            )
    judgement = Judgement(
        verdict=found.verdict(complete=complete),
        findings=tuple(findings),
        remarks=errand.remarks,
        reproduce=again(errand, examples[0], cases) if examples else "",
    )
    return judgement, Played(scenario=scenario, settled=True, events=0, deliveries=(), attempts=())


def _findings(example: Example, runs: int, cases: Mapping[int, Path]) -> list[Finding]:
    """Those of its run that failed."""
    often = f"{len(example.cause.seeds)} of {runs} runs, such as seed {example.seed}"
    kept = [f"kept as {cases[example.seed]}"] if example.seed in cases else []
    return [
        replace(
            one,
            sentence=f"{often}: {one.sentence}",
            deliveries=(),
            seen=(*one.seen, *(each.what for each in example.cause.symptoms if each.place == place), *kept),
        )
        for place, one in enumerate(example.judgement.findings)
        if one.verdict is Verdict.FAIL
    ]


def _doubt(found: Exploration, complete: bool) -> str:
    """Why it cannot be said of what did not fail that it holds; nothing where it can, or where something failed."""
    if found.verdict(complete=complete) is not Verdict.INCONCLUSIVE:
        return ""
    reasons = [f"{count} of {found.runs} runs are inconclusive: {why}" for why, count in found.doubts.most_common()]
    reasons += [f"seed {seed} was not run: {why.splitlines()[0]}" for seed, why in sorted(found.not_run.items())]
    return "; ".join(reasons) or "it was broken off before every seed had been run"
