"""`run`: play a scenario to a receiver, and judge it."""

import os
import shlex
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from emulator.cli.console import bad, dim, good, note, print_json, print_table, strong, warning
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.params import ADDRESS
from emulator.cli.reports import report_option, reports_of, write_reports
from emulator.cli.verdict import EXIT_CODES, tell_judgement
from emulator.core.masking import masked_address
from emulator.core.verdict import Verdict
from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import parse_instant

if TYPE_CHECKING:
    from emulator.core.scenario import Scenario
    from emulator.core.schedule import Schedule
    from emulator.core.verdict import Judgement
    from emulator.harness.reports import Report
    from emulator.harness.scenario_run import Played


@command(
    "run",
    examples={
        "epcc-emulator run out-of-order --forward-to http://localhost:8000/hook": "a scenario that comes with it",
        "epcc-emulator run mine.yaml": "your own, with a receiver that it starts itself",
        "epcc-emulator run mine.yaml --seed 7": "another day, other accidents",
        "epcc-emulator run mine.yaml --data-dir monday": "keep what happened, to look at or to `replay`",
        "epcc-emulator run mine.yaml --report junit=results.xml,github": "in CI",
        "epcc-emulator run --plan monday.json": "what `plan --save` has kept, and you may have edited",
        "epcc-emulator run outage --url http://127.0.0.1:3722": "on a server that runs already, to whom it delivers",
    },
)
@click.argument("scenario", required=False)
@click.option("--plan", "plan_file", type=click.Path(path_type=Path, dir_okay=False), help="Keep to this plan.")
@click.option("--forward-to", type=ADDRESS, metavar="URL", help="Where webhooks go, whatever the scenario says.")
@click.option("--url", metavar="URL", help="Play on the server at this address, with its clock and its seed.")
@click.option("--seed", type=click.IntRange(0), help="Another seed than the scenario's.")
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="A directory of your own fixtures.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Keep the journal, in a new directory."
)
@report_option
@click.option("--exit-first", is_flag=True, help="Look at no expectation after one that failed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    scenario: str | None,
    plan_file: Path | None,
    forward_to: str | None,
    url: str | None,
    seed: int | None,
    fixtures: Path | None,
    data_dir: Path | None,
    asked: "tuple[tuple[Report, ...], ...]",
    exit_first: bool,
    as_json: bool,
) -> int:
    """Play SCENARIO, a name or a file, to a receiver, and judge whether what it expects is so.

    The emulator is one of its own: on a free port, keeping nothing, in virtual time unless the scenario says otherwise.
    With --plan, what leaves when, and what happens to it, is what the plan says; a step happens when it is planned to,
    and what the receiver fails is tried again as always.

    What converges is played once more, in order and without faults, after the scenario's reset has made the receiver
    forget; --data-dir keeps the run under faults.

    With --url it is played on a server that runs already. Its rules and its profile are in force there for so long, its
    integrations stay; where it does not say where they receive, those of the server hear of what happens.

    A run of its own that fails is saved as a case, in .epcc-emulator/cases, to be run again (`replay`) and to be made
    smaller (`shrink`).

    Exits 2 when the scenario is invalid, 3 when something it needs is not there (a probe too), 4 when an expectation
    failed, 5 when that cannot be said: it did not settle in time, or the receiver did not come to rest.
    """
    reports = reports_of(asked, as_json=as_json)
    detailed = any(report.kind.detailed for report in reports)
    if url is not None:
        if plan_file is not None or seed is not None or fixtures is not None or data_dir is not None:
            raise click.UsageError(
                "a server that runs has a seed, fixtures and a journal; name only what to play there"
            )
        from emulator.harness.judging import judge

        played = _visit(scenario, url, forward_to, detailed=detailed)
        judgement = judge(played.scenario, played, played.readings, exit_first=exit_first)
        judgement = replace(judgement, reproduce=_freezing(judgement, url))
        return _told(played, judgement, reports, as_json=as_json)
    from emulator.harness.scenario_run import settings_of
    from emulator.harness.trials import trials
    from emulator.loading.plan_file import at_its_line

    environment = {**os.environ, **({"RECEIVER_URL": forward_to} if forward_to else {})}
    asked_for = _asked(scenario, plan_file, seed, environment)
    read, schedule = asked_for.scenario, asked_for.plan
    if data_dir is not None and data_dir.exists() and any(data_dir.iterdir()):
        raise click.UsageError(
            f"{data_dir} holds something already; a run begins with nothing, so name a new directory"
        )
    tell_notices()
    settings = settings_of(read, data_dir=data_dir, fixtures=fixtures, plan=schedule)
    words = [scenario, "--seed", str(read.seed)] if plan_file is None else ["--plan", str(plan_file)]
    words += [] if fixtures is None else ["--fixtures", str(fixtures)]
    reproduce = _command(*words, forward_to=forward_to)
    with trials(read, forward_to=forward_to, settings=settings) as one, at_its_line(plan_file):
        trial = one.run(read, plan=schedule, details=detailed, reproduce=reproduce, exit_first=exit_first)
    code = _told(trial.played, trial.judgement, reports, as_json=as_json, schedule=schedule)
    if trial.judgement.verdict is Verdict.FAIL:
        from emulator.cli.case import save_case

        save_case(
            read,
            schedule,
            trial.judgement,
            text=asked_for.text,
            file_name=asked_for.file_name,
            forward_to=forward_to,
            fixtures=fixtures,
        )
    return code


class _Asked(NamedTuple):
    """The scenario to play, its text and what its file is called, and the plan to keep to if there is one."""

    scenario: "Scenario"
    text: str
    file_name: str
    plan: "Schedule | None" = None


def _command(*words: str | None, forward_to: str | None) -> str:
    again = [] if forward_to is None else ["--forward-to", masked_address(forward_to)]
    return shlex.join(["epcc-emulator", "run", *(word for word in words if word is not None), *again])


def _freezing(judgement: "Judgement", url: str) -> str:
    """A server that was visited goes on with other accidents; what failed there can be frozen."""
    numbers = sorted({number for finding in judgement.failed for number in finding.deliveries})
    words = ["epcc-emulator", "scenario", "from", *map(str, numbers), "--url", url, "--save", "broken.yaml"]
    return shlex.join(words) if numbers else ""


def _told(
    played: "Played",
    judgement: "Judgement",
    reports: "tuple[Report, ...]",
    *,
    as_json: bool,
    schedule: "Schedule | None" = None,
) -> int:
    """Tells what became of it, and answers with the verdict's exit code."""
    if as_json:
        print_json(run_document(played, judgement))
    else:
        tell_run(played)
        if schedule is not None:
            _tell_of_plan(played, schedule)
        tell_judgement(judgement, played)
    write_reports(reports, judgement, played)
    return EXIT_CODES[judgement.verdict]


def _visit(name: str | None, url: str, forward_to: str | None, *, detailed: bool) -> "Played":
    """Plays it on the server there."""
    from emulator.cli.options import connect
    from emulator.harness.visit import NOWHERE, play_there, visit_of

    scenario = _asked(name, None, None, {"RECEIVER_URL": forward_to or NOWHERE, **os.environ}).scenario
    with connect(url, None) as client:
        visit = visit_of(client, scenario, forward_to=forward_to)
        for remark in visit.remarks:
            note(f"{scenario.name}: {remark}.")
        return play_there(client, visit, forward_to=forward_to, details=detailed)


def _asked(scenario: str | None, plan_file: Path | None, seed: int | None, environment: dict[str, str]) -> _Asked:
    from emulator.loading.scenarios import parse_scenario, scenario_text

    if plan_file is None:
        if scenario is None:
            raise click.UsageError(
                "name a scenario, or a plan with --plan FILE; `epcc-emulator scenario ls` lists some"
            )
        if scenario.endswith(".json"):
            raise click.UsageError(f"{scenario} looks like a plan; run it with --plan {scenario}")
        text, file_name = scenario_text(scenario)
        read = parse_scenario(text, file_name, environment)
        return _Asked(read if seed is None else replace(read, seed=seed), text, file_name)
    if scenario is not None or seed is not None:
        raise click.UsageError("a plan holds its scenario and its seed; leave them out")
    from emulator.loading.plan_file import PlanFile
    from emulator.loading.versions import versions

    made = PlanFile.read(plan_file)
    for name, version in versions().items():
        if made.made_with.get(name, version) != version:
            note(f"The plan was made with {name} {made.made_with[name]}, and this is {version}; its bodies are kept.")
    return _Asked(made.played(environment), made.scenario, made.scenario_name, made.schedule)


def _tell_of_plan(played: "Played", schedule: "Schedule") -> None:
    """How much of the plan was made, in virtual time also when; and what else there was: retries of what the receiver
    failed."""
    events = {delivery["number"]: (delivery["event"], delivery["job"]) for delivery in played.deliveries}
    made = {
        (*events[each["delivery"]], each["integration"], each["attempt"], each["copy"]): parse_instant(
            each["started_at"]
        )
        for each in played.attempts
    }
    planned = {(send.event, send.job, send.integration, send.attempt, send.copy): send.at for send in schedule.sends}
    kept = planned.keys() & made.keys()
    when = ""
    if played.scenario.clock.mode == "virtual":
        moved = sum(planned[place] != made[place] for place in kept)
        when = f", {moved} of them at another time" if moved else ", at their times"
    more = len(made) - len(kept)
    click.echo(
        f"Of the plan: {len(kept)} of {len(planned)} sends were made{when}"
        + (f"; {more} more, which answers or calls of the receiver caused" if more else "")
    )


def tell_run(played: "Played") -> None:
    """What was played, and what became of its deliveries, by integration."""
    scenario = played.scenario
    click.echo(strong(scenario.name) + (f"  {dim(scenario.description)}" if scenario.description else ""))
    names = sorted({delivery["integration"] for delivery in played.deliveries})
    rows = []
    for name in names:
        states = Counter(each["state"] for each in played.deliveries if each["integration"] == name)
        attempts = [attempt for attempt in played.attempts if attempt["integration"] == name]
        failed = sum(not attempt["succeeded"] for attempt in attempts)
        rows.append(
            (
                name,
                str(sum(states.values())),
                good(str(states["succeeded"])),
                (bad if states["exhausted"] else str)(str(states["exhausted"])),
                str(states["dropped"]),
                str(len(attempts)),
                (warning if failed else str)(str(failed)),
            )
        )
    print_table(("integration", "deliveries", "succeeded", "exhausted", "dropped", "attempts", "failed"), rows)
    for name in names:
        if (why := _last_failure(played, name)) is not None:
            click.echo(warning(f"{name}: what was given up failed with: {why}"))
    hits = Counter(fault["rule"] for attempt in played.attempts for fault in attempt["faults"])
    left = Counter(each["state"] for each in played.deliveries if not DeliveryState(each["state"]).final)
    if left:
        click.echo(warning("Left: " + ", ".join(f"{count} {state}" for state, count in sorted(left.items()))))
    if hits:
        click.echo("Rules: " + ", ".join(f"{rule} {count}" for rule, count in sorted(hits.items())))
    if not played.settled:
        click.echo(warning("The time limit passed before everything was settled."))


def _last_failure(played: "Played", integration: str) -> str | None:
    """What the last attempt of the last delivery failed with that was given up; None where there is none."""
    given_up = {one["number"] for one in played.deliveries if one["state"] == "exhausted"}
    for attempt in reversed(played.attempts):
        if attempt["integration"] == integration and attempt["delivery"] in given_up and not attempt["succeeded"]:
            return str(attempt["error"] or f"status {attempt['status']}")
    return None


def run_document(played: "Played", judgement: "Judgement") -> dict[str, Any]:
    """For `--json`."""
    return {
        "scenario": played.scenario.name,
        "seed": played.scenario.seed,
        "settled": played.settled,
        "events": played.events,
        "deliveries": list(played.deliveries),
        "attempts": list(played.attempts),
        "judgement": judgement.document(),
    }
