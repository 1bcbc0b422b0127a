"""What a judgement looks like in a terminal, and the exit code that it comes to."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import bad, dim, good, note, strong, warning
from emulator.core.verdict import Verdict

if TYPE_CHECKING:
    from emulator.core.verdict import Finding, Judgement
    from emulator.harness.scenario_run import Played

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 4, Verdict.INCONCLUSIVE: 5}
_WIDTH = 6


def tell_judgement(judgement: "Judgement", played: "Played") -> None:
    """Each expectation with its verdict; of those that did not pass, what was seen."""
    from emulator.core.account import account
    from emulator.harness.scenario_run import evidence_of

    deliveries = evidence_of(played)
    for finding in judgement.findings:
        click.echo(f"{_mark(finding.verdict)}{finding.expectation}")
        if finding.verdict is Verdict.PASS:
            continue
        click.echo(f"{_indent()}{finding.sentence}")
        if finding.nearest:
            click.echo(f"{_indent()}{dim('nearest:')} {finding.nearest}")
        for line in (*finding.seen, *account(deliveries, finding.deliveries, began=played.began)):
            click.echo(f"{_indent()}{dim(line)}")
        click.echo(f"{_indent()}{dim(finding.place)}")
    if judgement.findings:
        click.echo(f"{strong('Verdict:')} {_word(judgement.verdict)}{_tally(judgement.findings)}")
    if judgement.reproduce:
        note(f"Reproduce with: {judgement.reproduce}")


def _tally(findings: "tuple[Finding, ...]") -> str:
    passed = sum(finding.verdict is Verdict.PASS for finding in findings)
    return dim(f"  {passed} of {len(findings)} expectations met")


def _mark(verdict: Verdict) -> str:
    words = {Verdict.PASS: good("pass"), Verdict.FAIL: bad("FAIL"), Verdict.INCONCLUSIVE: warning("?")}
    word = words[verdict]
    return word + " " * (_WIDTH - len(click.unstyle(word)))


def _word(verdict: Verdict) -> str:
    return {Verdict.PASS: good, Verdict.FAIL: bad, Verdict.INCONCLUSIVE: warning}[verdict](str(verdict))


def _indent() -> str:
    return " " * _WIDTH
