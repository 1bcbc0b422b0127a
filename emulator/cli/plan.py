"""`plan`: what a scenario comes to, before anything is sent."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import bad, dim, good, note, print_json, print_table
from emulator.cli.lazy import command
from emulator.domain.errors import EnvironmentFault
from emulator.domain.moment import format_duration

if TYPE_CHECKING:
    from emulator.core.schedule import Schedule
    from emulator.loading.plan_file import PlanFile

_DIFFERENT = 4


@command(
    "plan",
    examples={
        "epcc-emulator plan out-of-order": "what would leave when, and why",
        "epcc-emulator plan mine.yaml --seed 7 --save monday.json": "keep it",
        "epcc-emulator plan mine.yaml --svg plan.svg": "as a picture: the order of events against the order of sends",
        "epcc-emulator plan diff monday.json tuesday.json": "what is different",
        "epcc-emulator run --plan monday.json": "play it as it was planned, or as you have edited it",
    },
)
@click.argument("words", nargs=-1, required=True, metavar="SCENARIO | diff A B")
@click.option("--seed", type=click.IntRange(0), help="Another seed than the scenario's.")
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="A directory of your own fixtures.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file, to compare or keep.")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Draw it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(
    words: tuple[str, ...],
    seed: int | None,
    fixtures: Path | None,
    save: Path | None,
    svg: Path | None,
    as_json: bool,
) -> int:
    """Work out the whole schedule of SCENARIO: when each message leaves, to whom, and which fault made it so.

    Nothing is sent. Retries depend on answers, and are planned as if the receiver took everything. `plan diff A B`
    compares two plans, saved ones or scenarios, and exits 4 when they differ.
    """
    compared = words[0] == "diff" and len(words) == 3
    if not compared and len(words) != 1:
        raise click.UsageError("plan takes one scenario, or: plan diff A B")
    meant = words[1:] if compared else words
    if (seed is not None or fixtures is not None) and all(word.endswith(".json") for word in meant):
        planned = "is planned already" if len(set(meant)) == 1 else "are planned already"
        raise click.UsageError(
            f"{' and '.join(dict.fromkeys(meant))} {planned}; --seed and --fixtures are for scenarios"
        )
    if compared:
        if save is not None or svg is not None:
            raise click.UsageError("--save and --svg are for one plan; leave them out of plan diff")
        return _diff(words[1], words[2], seed, fixtures, as_json)
    if save is not None and save.suffix != ".json":
        raise click.UsageError(f"a plan is a JSON file; call it {save.name}.json")
    made = _made(words[0], seed, fixtures)
    schedule = made.schedule
    if save is not None:
        _write(save, made.text, beside=as_json)
    if svg is not None:
        from emulator.core.schedule_picture import picture

        _write(svg, picture(schedule), beside=as_json)
    if as_json:
        from emulator.core.schedule import schedule_data

        print_json(schedule_data(schedule))
    elif save is None and svg is None:
        _tell(schedule)
    return 0


def _made(name: str, seed: int | None, fixtures: Path | None) -> "PlanFile":
    """Of a scenario; or one that was saved, by its file."""
    from emulator.loading.plan_file import PlanFile

    if name.endswith(".json"):
        return PlanFile.read(Path(name))
    from emulator.harness.observers import check_observers
    from emulator.loading.scenarios import parse_scenario, scenario_text
    from emulator.loading.versions import versions
    from emulator.runtime.fixtures import load_fixtures
    from emulator.runtime.rehearsal import Rehearsal

    environment = {"RECEIVER_URL": "http://127.0.0.1:1/", **os.environ}
    text, called = scenario_text(name)
    scenario = parse_scenario(text, called, environment)
    check_observers(scenario)
    scenario = scenario if seed is None else replace(scenario, seed=seed)
    return PlanFile(
        schedule=Rehearsal(scenario, load_fixtures(fixtures)).schedule(),
        scenario=text,
        scenario_name=called,
        made_with=versions(),
    )


def _tell(schedule: "Schedule") -> None:
    events = schedule.by_identity
    rows = []
    for send in schedule.sends:
        event = events[send.event]
        number = f"#{send.attempt}" + (f"+{send.copy}" if send.copy else "")
        why = "; ".join(f"{note.detail or note.fault} ({note.rule})" for note in send.faults)
        late = send.at - event.at
        rows.append(
            (
                format_duration(send.at - schedule.start),
                event.key,
                event.resource,
                send.integration,
                number,
                dim("at once") if late == 0 else f"{format_duration(late)} after",
                why,
            )
        )
    print_table(("when", "event", "resource", "to", "attempt", "its event", "why"), rows)
    for dropped in schedule.dropped:
        why = "; ".join(note.rule for note in dropped.faults)
        click.echo(f"{bad('never')}  {dropped.event} to {dropped.integration}  {dim(why)}")
    unsent = len(schedule.events) - len(
        {send.event for send in schedule.sends} | {one.event for one in schedule.dropped}
    )
    left = f"; {unsent} events are sent to nobody: unobserved, held or paused" if unsent else ""
    note(f"{len(schedule.events)} events, {len(schedule.sends)} sends, seed {schedule.seed}{left}.")


def _diff(one: str, other: str, seed: int | None, fixtures: Path | None, as_json: bool) -> int:
    from emulator.core.schedule_diff import difference

    found = difference(_made(one, seed, fixtures).schedule, _made(other, seed, fixtures).schedule)
    if as_json:
        print_json([change._asdict() for change in found])
    else:
        signs = {"added": good("+"), "removed": bad("-"), "changed": "~"}
        for change in found:
            click.echo(f"{signs[change.what]} {change.about}  {dim(change.detail)}")
        note(f"{len(found)} differences." if found else "The plans are the same.")
    return _DIFFERENT if found else 0


def _write(path: Path, text: str, *, beside: bool) -> None:
    """Says so; `beside` the output, where that is for a program."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror or error}") from None
    click.echo(f"{good('wrote')}  {path}", err=beside)
