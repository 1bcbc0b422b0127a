"""`env`: what a receiver's environment needs to know."""

import shlex
from typing import TYPE_CHECKING

import click

from emulator.cli.console import print_json
from emulator.cli.lazy import command
from emulator.cli.options import with_client

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "env",
    examples={
        "epcc-emulator env >> .env": "for a tool that reads .env files",
        'eval "$(epcc-emulator env --format export)"': "for this shell",
    },
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["dotenv", "json", "export"]),
    default="dotenv",
    show_default=True,
    help="How.",
)
@with_client
def env(client: "ControlClient", form: str) -> None:
    """What to paste into a receiver's environment, so that it talks to the emulator."""
    found = client.environment()
    if form == "json":
        print_json(found)
        return
    lead = "export " if form == "export" else ""
    for name, value in found.items():
        click.echo(f"{lead}{name}={shlex.quote(value)}")
