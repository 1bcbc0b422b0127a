"""What an exploration looks like in a terminal."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import bad, dim, good, note, print_table, strong, warning
from emulator.core.coverage import Accident
from emulator.core.verdict import Verdict

if TYPE_CHECKING:
    from emulator.core.coverage import Chance, Coverage
    from emulator.core.exploration import Example, Exploration
    from emulator.harness.errand import Errand

_MOST = 5
_MOST_SEEDS = 8


def tell_explored(errand: "Errand", found: "Exploration", cases: Mapping[int, Path], took: float) -> None:
    """How many runs there were and what became of them, what they have tried, and what failed, by cause."""
    scenario = errand.scenario()
    click.echo(strong(scenario.name) + (f"  {dim(scenario.description)}" if scenario.description else ""))
    rate = f", {found.runs / took:.1f} a second" if found.runs and took >= 1 else ""
    click.echo(f"{_many(found.runs, 'run')} in {took:.1f}s{rate}: {_tally(found)}")
    if found.runs:
        _tell_coverage(found.coverage)
    for why, count in found.doubts.most_common(_MOST):
        click.echo(f"{warning('inconclusive')}  {_many(count, 'run')}: {why}")
    for seed, why in sorted(found.not_run.items())[:_MOST]:
        click.echo(f"{warning('not run')}  seed {seed}: {why}")
    for number, example in enumerate(found.examples(), start=1):
        _tell_cause(number, errand, example, cases)


def _tally(found: "Exploration") -> str:
    words = {Verdict.PASS: good, Verdict.FAIL: bad, Verdict.INCONCLUSIVE: warning}
    named = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.INCONCLUSIVE: "inconclusive"}
    told = [paint(f"{count} {named[one]}") for one, paint in words.items() if (count := found.verdicts[one])]
    told += [warning(f"{len(found.not_run)} not run")] if found.not_run else []
    return ", ".join(told) or "nothing is known"


def _tell_coverage(coverage: "Coverage") -> None:
    rows = []
    for accident in Accident:
        share = coverage.share(accident)
        if share.possible:
            all_of_them = share.tried == share.possible
            amount = f"{share.tried} of {share.possible}"
            rows.append((accident.meaning, good(amount) if all_of_them else warning(amount)))
    if rows:
        print_table(("tried", "of what is possible"), rows)
    for accident in Accident:
        share = coverage.share(accident)
        if share.missing:
            _paragraph(f"not tried: {_missing(share.missing, accident, len(coverage.receivers) > 1)}")


def _missing(missing: "Sequence[Chance]", accident: Accident, several: bool) -> str:
    lacking = {Accident.TWICE: " twice", Accident.UNHEARD: " with its acknowledgement lost"}.get(accident, "")
    named = [f"{one.said}{lacking}" + (f" to {one.integration}" if several else "") for one in missing[:_MOST]]
    more = len(missing) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _tell_cause(number: int, errand: "Errand", example: "Example", cases: Mapping[int, Path]) -> None:
    from emulator.harness.explored import again

    cause = example.cause
    seeds = ", ".join(map(str, cause.seeds[:_MOST_SEEDS])) + (", …" if len(cause.seeds) > _MOST_SEEDS else "")
    several = "seed" if len(cause.seeds) == 1 else "seeds"
    click.echo(f"{bad(f'Cause {number}')}  {_many(len(cause.seeds), 'run')}, {several} {seeds}")
    for place, finding in enumerate(example.judgement.findings):
        if finding.verdict is not Verdict.FAIL:
            continue
        click.echo(f"  {finding.expectation}")
        for symptom in cause.symptoms:
            if symptom.place == place:
                click.echo(f"    {symptom.what}")
        click.echo(f"    {dim(f'seed {example.seed}: {finding.sentence}')}")
        click.echo(f"    {dim(finding.place)}")
    if example.seed in cases:
        click.echo(f"  {dim('kept as')} {os.path.relpath(cases[example.seed])}")
    note(f"Reproduce with: {again(errand, example, cases)}")


def _paragraph(text: str) -> None:
    """Not wider than the terminal is; on one line where there is none."""
    if sys.stdout.isatty():
        text = click.wrap_text(text, shutil.get_terminal_size().columns, subsequent_indent="  ")
    click.echo(dim(text))


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
