"""`shrink`: what is left of a case when everything is gone that it fails without."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.case import ready, tell_again
from emulator.cli.console import dim, good, note, print_json, strong, warning
from emulator.cli.lazy import command
from emulator.cli.options import json_option, time_limit_option
from emulator.cli.params import ADDRESS
from emulator.cli.progress import watched
from emulator.cli.termination import on_interrupt
from emulator.cli.verdict import EXIT_CODES
from emulator.core.verdict import Verdict
from emulator.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from emulator.cli.case import Ready
    from emulator.harness.shrinking.shrink import Again, Shrunk
    from emulator.loading.case_file import CaseFile


@command(
    "shrink",
    examples={
        "epcc-emulator shrink orders-7-3f2a": "a case that a failed `run` or `explore` has saved",
        "epcc-emulator shrink orders-7-3f2a -o late-order.yaml": "the scenario, and beside it a test for pytest",
        "epcc-emulator shrink orders-7-3f2a --time-limit 1m": "as small as it gets in a minute",
        "epcc-emulator shrink orders-7-3f2a --repeat 20": "of one that fails only now and then",
    },
)
@click.argument("case")
@click.option("--forward-to", type=ADDRESS, metavar="URL", help="Where webhooks go, if not where they went.")
@time_limit_option("10m")
@click.option(
    "--repeat",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="How often the case, and what is left of it, is run, to recognise one that does not always fail.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the scenario here.")
@json_option
def shrink(case: str, forward_to: str | None, time_limit: int, repeat: int, output: Path | None, as_json: bool) -> int:
    """Reduce CASE (a name or a file) to the fewest events and faults with which it still fails.

    Whatever is tried is legal: faults are left out, or whole commands of the shop with those that cannot be without
    them, or keys that are observed; never one delivery of an event that another hears of. Each is played to your
    receiver, and again without faults where the states are compared.

    After the time limit, or with Ctrl+C, it keeps the smallest that it has found by then.

    What is left is written as a scenario that says what each of its lines is for, as a test for pytest beside it, and
    as a case to `replay`. Exits 4 where it fails (still), 0 where it does not fail any more, 5 where that cannot be
    said.
    """
    from emulator.domain.moment import SECOND
    from emulator.harness.shrinking.files import ShrunkFiles
    from emulator.harness.shrinking.shrink import again
    from emulator.harness.shrinking.shrink import shrink as make_smaller

    given = ready(case, forward_to)
    files = ShrunkFiles.of(given.case, output)
    runs, interrupted = 0, False

    def count(_draft: object, done: int) -> None:
        nonlocal runs
        runs = done

    def end() -> None:
        nonlocal interrupted
        if not runs:  # nothing is known yet that could be kept
            raise KeyboardInterrupt
        interrupted = True
        often = "once more" if repeat == 1 else f"{repeat} more times"
        note(f"Interrupted; the smallest so far is run {often}. Ctrl+C again, and nothing is kept.")

    def work() -> "tuple[Again, Shrunk | None]":
        with given.trials() as trials:
            before = again(trials, given.case, given.scenario, repeat)
            if not before.frequency.failed:
                return before, None
            return before, make_smaller(
                trials,
                given.case,
                given.scenario,
                given.fixtures,
                before.frequency,
                environment=given.environment,
                repeat=repeat,
                time_limit=time_limit / SECOND,
                enough=lambda: interrupted,
                tell=count,
            )

    with on_interrupt(end):
        before, shrunk = watched(work, lambda: runs, total=None, label="Shrinking, runs")
    if shrunk is None:
        return _as_it_is(given, before, as_json=as_json)
    try:
        smaller, path = files.write(shrunk, given.case, given.fixtures, given.environment)
    except EnvironmentFault:
        click.echo(files.text(shrunk, given.case), nl=False)  # it took long to find
        raise
    if as_json:
        print_json(_document(shrunk, smaller, {"scenario": files.scenario, "test": files.test, "case": path}))
    else:
        _tell(shrunk, files.scenario, interrupted=interrupted)
        for written, what in ((files.scenario, "play it with `run`"), (files.test, "for pytest"), (path, "the case")):
            note(f"{good('wrote')}  {written}  {dim(what)}")
        note(f"Reproduce with: epcc-emulator replay {smaller.name}")
    return EXIT_CODES[Verdict.FAIL]


def _as_it_is(given: "Ready", before: "Again", *, as_json: bool) -> int:
    """What cannot be made smaller: it does not fail any more, or cannot be told as steps and rules."""
    if before.frequency.failed:
        sentence = (
            "what went wrong in it cannot be said in rules of single deliveries that fail the same way, or it was"
            " broken off before that was tried; it stays as it is"
        )
    else:
        sentence = tell_again(before)
    if as_json:
        print_json({"case": given.case.name, "verdict": str(before.verdict), "sentence": sentence, "smaller": None})
    else:
        click.echo(f"{strong(given.case.name)}: {sentence}")
    return EXIT_CODES[before.verdict]


def _tell(shrunk: "Shrunk", file: Path, *, interrupted: bool) -> None:
    from emulator.harness.shrinking.telling import sizes

    click.echo(file.read_text(encoding="utf-8"), nl=False)
    sentence = f"{sizes(shrunk)}; found in {shrunk.runs} runs."
    note(f"{sentence[:1].upper()}{sentence[1:]}")
    if shrunk.frequency.flaky:
        note(warning(f"It is flaky: what is left fails {shrunk.frequency}."))
    if not shrunk.sure:
        what, more = ("It was interrupted", "") if interrupted else ("The time was up", "; --time-limit gives it more")
        note(warning(f"{what} before it was certain that nothing more can be left out{more}."))


def _document(shrunk: "Shrunk", smaller: "CaseFile", files: Mapping[str, Path]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "case": smaller.name,
        "verdict": str(shrunk.trial.judgement.verdict),
        "events": {"before": shrunk.whole.events, "left": shrunk.draft.events},
        "faults": {"before": len(shrunk.whole.pins), "left": len(shrunk.draft.pins)},
        "steps": len(shrunk.draft.commands),
        "failed": shrunk.frequency.failed,
        "of": shrunk.frequency.runs,
        "certain": shrunk.sure,
        "runs": shrunk.runs,
        "files": {what: str(path) for what, path in files.items()},
        "judgement": smaller.judgement.document(),
    }
