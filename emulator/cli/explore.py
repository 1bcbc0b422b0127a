"""`explore`: run a scenario under many seeds, and tell what fails and what has been tried."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import note, print_json
from emulator.cli.explored import tell_explored
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.params import ADDRESS, DURATION
from emulator.cli.reports import report_option, reports_of, write_reports
from emulator.cli.verdict import EXIT_CODES
from emulator.domain.errors import EmulatorError, EnvironmentFault
from emulator.domain.moment import SECOND

if TYPE_CHECKING:
    from emulator.core.exploration import Exploration
    from emulator.harness.errand import Errand
    from emulator.harness.reports import Report

_RUNS = 100
_MOST_CASES = 20
_OF_ONE_RUN = ("ndjson", "har", "html")


@command(
    "explore",
    examples={
        "epcc-emulator explore mine.yaml": f"{_RUNS} days, each with other accidents",
        "epcc-emulator explore mine.yaml --until-fail --for 60s": "look for a failure, for a minute at most",
        "epcc-emulator explore mine.yaml --runs 500 --jobs 4": "with four receivers that it starts side by side",
        "epcc-emulator explore out-of-order --forward-to http://localhost:8000/hook": "to a receiver that runs already",
        "epcc-emulator explore mine.yaml --seed 1000 --runs 50": "seeds 1000 to 1049",
        "epcc-emulator explore mine.yaml --report junit=results.xml,github": "in CI",
    },
)
@click.argument("scenario")
@click.option("--runs", type=click.IntRange(1), help=f"How many seeds; {_RUNS} unless --for says how long.")
@click.option("--for", "limit", type=DURATION, metavar="DURATION", help="How long at most, in wall time.")
@click.option("--until-fail", is_flag=True, help="End with the first run that fails.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many receivers at a time.")
@click.option("--seed", type=click.IntRange(0), help="The first seed; the scenario's unless told otherwise.")
@click.option("--forward-to", type=ADDRESS, metavar="URL", help="Where webhooks go, whatever the scenario says.")
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="A directory of your own fixtures.")
@report_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explore(
    scenario: str,
    runs: int | None,
    limit: int | None,
    until_fail: bool,
    jobs: int,
    seed: int | None,
    forward_to: str | None,
    fixtures: Path | None,
    asked: "tuple[tuple[Report, ...], ...]",
    as_json: bool,
) -> int:
    """Run SCENARIO, a name or a file, under one seed after the other, and judge each run.

    What fails is grouped by its cause, and the simplest run of each is kept as a case, which `replay` runs again and
    `shrink` makes smaller. What has been tried is told as well: each order of two events of a resource, two at the same
    moment, an event twice, an acknowledgement lost; and what of that has not come up.

    A scenario in which nothing goes wrong by itself is run with the profile `documented`. With --jobs the receiver's
    `command` is started that often, each with a {port} of its own; see to it that they share no database.

    Exits as `run` does: 4 when a run failed, 5 when none failed and not all that was to be tried is known.
    """
    reports = reports_of(asked, as_json=as_json)
    for report in reports:
        if report.name in _OF_ONE_RUN:
            raise click.UsageError(
                f"a report of {report.name} is of one run; write it with: epcc-emulator run {scenario} --seed N"
                f" --report {report.name}=FILE"
            )
    from emulator.harness.errand import Errand, check_jobs, check_reset
    from emulator.loading.scenarios import scenario_text

    errand = Errand.of(*scenario_text(scenario), forward_to=forward_to, fixtures=fixtures)
    read = errand.scenario(seed)
    check_jobs(read, jobs, forward_to)
    check_reset(read)
    tell_notices()
    for remark in errand.remarks:
        note(f"{remark}.")
    total = runs if runs is not None or limit is not None else _RUNS
    seeds = count(read.seed) if total is None else range(read.seed, read.seed + total)
    return _explore(errand, seeds, total, limit, until_fail, jobs, reports, as_json)


def _explore(
    errand: "Errand",
    seeds: Iterable[int],
    total: int | None,
    limit: int | None,
    until_fail: bool,
    jobs: int,
    reports: "tuple[Report, ...]",
    as_json: bool,
) -> int:
    from emulator.core.exploration import Exploration
    from emulator.harness.explored import summary
    from emulator.harness.explorer import Explorer

    found, complete, fault = Exploration(), True, None
    began = time.monotonic()
    patience = None if limit is None else limit / SECOND
    try:
        with Explorer(errand, jobs=jobs, on_loss=note) as explorer, _shown(found, total, patience) as show:
            for one in explorer.results(seeds, patience=patience):
                found.add(one)
                show()
                if until_fail and found.failed:
                    break
    except KeyboardInterrupt:
        complete = False
    except EmulatorError as error:
        if not found.runs:
            raise
        complete, fault = False, error
    took = time.monotonic() - began
    cases = _kept(errand, found)
    verdict = found.verdict(complete=complete)
    if as_json:
        print_json(_document(errand, found, cases, took, complete=complete))
    else:
        tell_explored(errand, found, cases, took)
    if not complete:
        note(f"{'Broken off' if fault else 'Interrupted'} after {found.runs} runs.")
    if reports:
        write_reports(reports, *summary(errand, found, cases, complete=complete))
    if fault is not None and not found.failed:
        raise fault
    if fault is not None:
        note(f"epcc-emulator: {fault.sentence}")
    return EXIT_CODES[verdict]


def _kept(errand: "Errand", found: "Exploration") -> dict[int, Path]:
    """The file of a case for each cause, by its seed; that they could not be kept, where they could not."""
    from emulator.harness.explored import save_case

    kept: dict[int, Path] = {}
    try:
        for example in found.examples()[:_MOST_CASES]:
            kept[example.seed] = save_case(errand, example)
    except EnvironmentFault as fault:
        note(f"What fails could not be saved as cases: {fault.sentence}")
    return kept


def _document(
    errand: "Errand", found: "Exploration", cases: dict[int, Path], took: float, *, complete: bool
) -> dict[str, object]:
    """For `--json`."""
    from emulator.core.exploration import example_document

    scenario = errand.scenario()
    return {
        "scenario": scenario.name,
        "profile": scenario.profile,
        "verdict": str(found.verdict(complete=complete)),
        "complete": complete,
        "seconds": round(took, 3),
        **found.document(),
        "causes": [
            example_document(each, str(cases[each.seed]) if each.seed in cases else None) for each in found.examples()
        ],
        "remarks": list(errand.remarks),
    }


@contextmanager
def _shown(found: "Exploration", total: int | None, seconds: float | None) -> Iterator[Callable[[], None]]:
    """What is called after each run, to show on a terminal how far it has come."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    began = time.monotonic()

    def share() -> int:
        """In thousandths, by runs or by time, whichever is nearer to its end."""
        by_runs = 0.0 if total is None else (found.runs + len(found.not_run)) / total
        by_time = 0.0 if not seconds else (time.monotonic() - began) / seconds
        return min(1000, round(1000 * max(by_runs, by_time)))

    with click.progressbar(
        length=1000,
        label="Exploring",
        file=sys.stderr,
        width=24,
        show_percent=True,
        show_eta=False,
        update_min_steps=0,
        item_show_func=_progress,
    ) as bar:
        bar.update(0, found)

        def show() -> None:
            bar.update(max(0, share() - bar.pos), found)

        yield show


def _progress(found: "Exploration | None") -> str:
    return "" if found is None else f"{found.runs} runs, {found.failed} failed"
