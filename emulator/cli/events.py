"""`events`: what has happened in the shop."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import dim, print_json, print_table
from emulator.cli.lazy import command
from emulator.cli.options import json_option, limit_option, offset_option, with_client
from emulator.cli.params import EVENT_KEY

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "events",
    examples={
        "epcc-emulator events": "the newest ones",
        "epcc-emulator events 'order.*' --resource order:1": "what happened to one order",
        "epcc-emulator events --identity order:1/order.paid:1": "one event with its payload",
    },
)
@click.argument("key", type=EVENT_KEY, required=False)
@click.option("--resource", metavar="ID", help="Only events of this resource: its id, or its key such as order:1.")
@click.option("--identity", help="Show one event with its payload.")
@limit_option
@offset_option
@json_option
@with_client
def events(
    client: "ControlClient",
    key: str | None,
    resource: str | None,
    identity: str | None,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """What has happened in the shop, newest first; only KEY (a glob) where it is given."""
    if identity is not None:
        print_json(client.event(identity))
        return
    page = client.events(key=key, resource=resource, limit=limit, offset=offset)
    if as_json:
        print_json(page["data"])
        return
    if not page["data"]:
        click.echo("Nothing has happened. Next: epcc-emulator trigger order.paid")
        return
    print_table(
        ("at", "event", "identity", "resource id"),
        [(row["at"], row["key"], row["identity"], row["resource_id"]) for row in page["data"]],
        spare=1,
    )
    if (total := page["results"]["total"]) > len(page["data"]) + offset:
        click.echo(dim(f"{total} in all; more with --offset {offset + limit}"))
