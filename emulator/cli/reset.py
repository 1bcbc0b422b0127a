"""`reset`: back to the beginning."""

import sys
from typing import TYPE_CHECKING

import click

from emulator.cli.console import note, print_json
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client
from emulator.domain.errors import UserError

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "reset",
    examples={
        "epcc-emulator reset": "says what goes, and asks",
        "epcc-emulator reset --yes --keep-integrations": "between two tests",
    },
)
@click.option("--keep-integrations", is_flag=True, help="Leave the registrations.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
@with_client
def reset(client: "ControlClient", keep_integrations: bool, yes: bool, as_json: bool) -> int:
    """Erase the shop, its events, their deliveries and attempts, the added chaos rules, and the integrations."""
    if not yes and not _agreed(client, keep_integrations):
        note("Nothing was erased.")
        return 1
    erased = client.reset(keep_integrations=keep_integrations)
    if as_json:
        print_json({"erased": erased})
    else:
        click.echo("Erased " + ", ".join(f"{count} {name}" for name, count in erased.items()) + ".")
    return 0


def _agreed(client: "ControlClient", keep_integrations: bool) -> bool:
    counts = [
        f"{client.events(limit=1)['results']['total']} events",
        f"{client.deliveries(limit=1)['results']['total']} deliveries",
    ]
    if not keep_integrations:
        counts.append(f"{len(client.integrations())} integrations")
    try:
        return click.confirm(f"Erase {', '.join(counts)} and the whole shop at {client.url}?", err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UserError("nobody is there to answer; say yes with --yes") from None
