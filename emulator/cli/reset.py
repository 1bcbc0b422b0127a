"""`reset`: back to the beginning."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import print_json
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client

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
def reset(client: "ControlClient", keep_integrations: bool, yes: bool, as_json: bool) -> None:
    """Erase the shop, its events, their deliveries and attempts, the added chaos rules, and the integrations."""
    if not yes:
        counts = [
            f"{client.events(limit=1)['results']['total']} events",
            f"{client.deliveries(limit=1)['results']['total']} deliveries",
        ]
        if not keep_integrations:
            counts.append(f"{len(client.integrations())} integrations")
        click.confirm(f"Erase {', '.join(counts)} and the whole shop at {client.url}?", abort=True, err=True)
    erased = client.reset(keep_integrations=keep_integrations)
    if as_json:
        print_json({"erased": erased})
    else:
        click.echo("Erased " + ", ".join(f"{count} {name}" for name, count in erased.items()) + ".")
