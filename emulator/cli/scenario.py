"""`scenario`: files that say what happens, what goes wrong, and what is expected."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import dim, good, note, print_json, print_table
from emulator.cli.lazy import ExampleCommand, WordyGroup
from emulator.cli.options import json_option, with_client
from emulator.domain.errors import EnvironmentFault, UserError

if TYPE_CHECKING:
    from emulator.core.scenario import Scenario
    from emulator.harness.client import ControlClient

_SCHEMA = "scenario.schema.json"
_TRAFFIC = 100  # events of a traffic step are enough to see that it can be done
_NEW = """\
# yaml-language-server: $schema={schema}
# What happens in the shop, what goes wrong on the way, and what you expect of your receiver.
# Play it with: epcc-emulator run {name} --forward-to http://localhost:8000/hook
description: An order is paid and fulfilled while everything comes late, twice and in any order
seed: 1                          # another number is another day, with other accidents
profile: documented              # what the provider says may happen

integrations:
  - {{name: shop, url: "${{RECEIVER_URL}}", observes: ["order.*"]}}

steps:                           # a second apart, unless they say otherwise
  - {{trigger: order.created, as: o1}}
  - {{trigger: order.paid, of: o1}}
  - {{trigger: order.fulfilled, of: o1, after: 10m}}
  - settle

chaos:                           # beside the profile's rules
  - id: fulfilled-twice
    match: {{event: order.fulfilled}}
    ack_loss: {{times: 1}}

expect:                          # what `run` judges: of deliveries, and of your receiver by what it says of itself
  - eventually: {{event: order.fulfilled, delivered: true}}
# - exactly: {{probe: "http://localhost:8000/shipments?order={{{{o1.id}}}}", count: "$[*]", equals: 1}}
"""


@click.group(
    "scenario",
    cls=WordyGroup,
    examples={
        "epcc-emulator scenario ls": "those that come with it",
        "epcc-emulator scenario new mine.yaml": "one of your own, commented",
        "epcc-emulator scenario check mine.yaml": "whether it can be played",
        "epcc-emulator scenario from 12 13 --save broken.yaml": "freeze what just happened",
        "epcc-emulator scenario schema > scenario.schema.json": "for an editor that completes and checks it",
    },
)
def scenario() -> None:
    """Write, check and list scenarios. `plan` shows what one comes to, `run` plays it."""


@scenario.command("ls")
@json_option
def ls(as_json: bool) -> None:
    """The scenarios that come with the emulator, and what each is about."""
    from emulator.loading.scenarios import load_scenario, scenario_names

    found = [load_scenario(name, _Anything()) for name in scenario_names()]
    if as_json:
        print_json([{"name": one.name, "description": one.description} for one in found])
    else:
        print_table(("scenario", "lesson"), [(one.name, one.description) for one in found])


@scenario.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print the scenario NAME."""
    from emulator.loading.scenarios import scenario_text

    click.echo(scenario_text(name)[0], nl=False)


@scenario.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
def new(file: Path, force: bool) -> None:
    """Write a commented scenario to start from into FILE, and beside it the schema by which editors complete it."""
    from emulator.loading.scenario_schema import scenario_schema

    if file.suffix not in (".yaml", ".yml"):
        raise UserError(f"a scenario is a YAML file; call it {file.name}.yaml")
    if file.exists() and not force:
        raise UserError(f"{file} is there already; --force writes over it")
    schema = file.with_name(_SCHEMA)
    try:
        file.write_text(_NEW.format(schema=_SCHEMA, name=file), encoding="utf-8")
        schema.write_text(schema_text(scenario_schema()), encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"{file} cannot be written: {error.strerror or error}") from None
    click.echo(f"{good('wrote')}  {file}")
    click.echo(f"{good('wrote')}  {schema}  {dim('for editors that know JSON Schema')}")
    note(f"Next: epcc-emulator plan {file}")


@scenario.command(
    "from",
    cls=ExampleCommand,
    examples={
        "epcc-emulator scenario from 12 13": "what became of two deliveries, as `deliveries` numbers them",
        "epcc-emulator scenario from 12 --save broken.yaml": "to play it again: epcc-emulator run broken.yaml",
    },
)
@click.argument("deliveries", nargs=-1, required=True, metavar="DELIVERY...")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a new file.")
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="Those that the server runs with.")
@with_client
def from_(client: "ControlClient", deliveries: tuple[str, ...], save: Path | None, fixtures: Path | None) -> None:
    """Freeze what just happened: a scenario out of what became of each DELIVERY (its number or job id).

    Its steps raise the same events of the same resources at the same distances, and its rules let the same go wrong
    with these deliveries: late, twice, lost, damaged. What your receiver refused is not in it; it will refuse it again,
    or not. Names and amounts are drawn by the seed.
    """
    from emulator.harness.frozen import freeze
    from emulator.loading.scenario_text import scenario_yaml
    from emulator.runtime.fixtures import load_fixtures

    made = freeze(client, deliveries, load_fixtures(fixtures))
    count = len(dict.fromkeys(deliveries))
    named = "delivery " if count == 1 else "deliveries "
    description = f"Frozen from {named}{', '.join(dict.fromkeys(deliveries))}"
    head = ("What happened, as steps; what went wrong on the way, as rules. Waits between attempts are drawn anew.",)
    text = scenario_yaml({"description": description, **made}, head)
    if save is None:
        click.echo(text, nl=False)
        return
    if save.suffix not in (".yaml", ".yml"):
        raise UserError(f"a scenario is a YAML file; call it {save.name}.yaml")
    if save.exists():
        raise UserError(f"{save} is there already; move it away, or choose another name")
    try:
        save.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"{save} cannot be written: {error.strerror or error}") from None
    click.echo(f"{good('wrote')}  {save}")
    note(f"Next: epcc-emulator run {save} --forward-to http://localhost:8000/hook")


@scenario.command("check")
@click.argument("file")
@click.option("--fixtures", type=click.Path(path_type=Path, file_okay=False), help="A directory of your own fixtures.")
def check(file: str, fixtures: Path | None) -> None:
    """Whether the scenario FILE can be played, each step in its place; what its environment lacks is not held against
    it."""
    from emulator.harness.observers import check_observers
    from emulator.runtime.fixtures import load_fixtures
    from emulator.runtime.rehearsal import Rehearsal

    read = read_scenario(file, _Anything(os.environ))
    check_observers(read)
    Rehearsal(read, load_fixtures(fixtures), most_traffic=_TRAFFIC).schedule()
    count = len(read.steps)
    click.echo(f"{good('fine')}   {file}  {dim(f'{count} steps' if count != 1 else 'one step')}")


@scenario.command("schema")
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from emulator.loading.scenario_schema import scenario_schema

    print_json(scenario_schema())


def schema_text(schema: Mapping[str, Any]) -> str:
    """As a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def read_scenario(name: str, environment: Mapping[str, str] | None = None, *, seed: int | None = None) -> "Scenario":
    """A scenario by its name or file, perhaps with another seed."""
    from emulator.loading.scenarios import load_scenario

    read = load_scenario(name, dict(os.environ) if environment is None else environment)
    return read if seed is None else replace(read, seed=seed)


class _Anything(dict[str, str]):
    """An environment that has something for every name that it lacks."""

    def __missing__(self, name: str) -> str:
        return "http://127.0.0.1:1/"
