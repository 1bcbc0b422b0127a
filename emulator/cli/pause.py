"""`pause` and `resume`: sending stopped and started by hand."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import print_json
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "pause",
    examples={
        "epcc-emulator pause": "send nothing to anybody",
        "epcc-emulator pause shop": "nothing to one integration",
    },
)
@click.argument("integration", required=False)
@json_option
@with_client
def pause(client: "ControlClient", integration: str | None, as_json: bool) -> None:
    """Send nothing to INTEGRATION, or to any; what falls due waits."""
    _tell(client.pause(integration), as_json)


@command(
    "resume",
    examples={
        "epcc-emulator resume": "send again to everybody",
        "epcc-emulator resume shop": "to one integration",
    },
)
@click.argument("integration", required=False)
@json_option
@with_client
def resume(client: "ControlClient", integration: str | None, as_json: bool) -> None:
    """Send to INTEGRATION again, or to all; what waited goes at once. Where all are paused, all have to be resumed."""
    _tell(client.resume(integration), as_json)


def _tell(paused: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"paused": paused})
    elif not paused:
        click.echo("Nothing is paused.")
    else:
        click.echo(f"Paused: {'all' if '*' in paused else ', '.join(paused)}. Go on with: epcc-emulator resume")
