"""`why`: why an event reached each integration, or did not."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import bad, dim, good, print_json, strong, warning
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

_GOOD = ("delivered", "sending", "planned")
_MAY_YET = ("waiting", "held", "paused")


@command(
    "why",
    examples={
        "epcc-emulator why order:1/order.paid:1": "where that event stands with every integration",
        "epcc-emulator why 12": "the same, for the event of that delivery",
    },
)
@click.argument("what", metavar="EVENT|DELIVERY")
@json_option
@with_client
def why(client: "ControlClient", what: str, as_json: bool) -> None:
    """Why an event was delivered or not, integration by integration, and what to do about it.

    EVENT is its identity, as `events` and `trigger` name it; DELIVERY a number or a job id.
    """
    explained = client.why(what if "/" in what else client.delivery(what)["event"])
    if as_json:
        print_json(explained)
        return
    event = explained["event"]
    click.echo(f"{strong(event['key'])}  {event['identity']}  {dim(event['at'])}")
    if explained["text"]:
        click.echo(f"  {warning(explained['text'])}")
    for reason in explained["data"]:
        shade = good if reason["verdict"] in _GOOD else warning if reason["verdict"] in _MAY_YET else bad
        number = "" if reason["delivery"] is None else dim(f" (delivery {reason['delivery']})")
        word = shade(reason["verdict"].replace("_", " "))
        click.echo(f"  {strong(reason['integration'])}  {word}{number}: {reason['text']}")
