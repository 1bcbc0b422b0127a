"""`queues`: what lies in the queues that the emulator serves, without taking anything out."""

from typing import TYPE_CHECKING

import click

from emulator.cli.console import dim, good, note, print_json, print_table, strong, warning
from emulator.cli.lazy import WordyGroup
from emulator.cli.options import json_option, with_client

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

_NONE = "There are none. Next: epcc-emulator queues create epcc-orders"
region_option = click.option("--region", metavar="NAME", help="Of a queue of SQS, where several have its name.")


@click.group(
    "queues",
    cls=WordyGroup,
    examples={
        "epcc-emulator queues create epcc-orders": "a queue of SQS; a name ending in .fifo keeps the order",
        "epcc-emulator queues create /queue/orders": "a destination of the STOMP broker",
        "epcc-emulator queues peek epcc-orders --limit 1": "the oldest message, which stays there",
    },
)
def queues() -> None:
    """Make, list, look into and empty queues: those of SQS by name, those of STOMP by destination (/queue/…)."""


@queues.command("ls")
@json_option
@with_client
def ls(client: "ControlClient", as_json: bool) -> None:
    """All queues, and how many messages are in them."""
    rows = client.queues()
    if as_json:
        print_json(rows)
        return
    if not rows:
        click.echo(_NONE)
        return
    print_table(
        ("name", "type", "waiting", "in flight", "region", "address"),
        [
            (
                *(row["name"], row["integration_type"], str(row["waiting"]), str(row["in_flight"])),
                *(row["region"] or "-", row["address"]),
            )
            for row in rows
        ],
    )


@queues.command("create")
@click.argument("name")
@click.option("--region", metavar="NAME", help="Of a queue of SQS  [default: us-east-1]")
@json_option
@with_client
def create(client: "ControlClient", name: str, region: str | None, as_json: bool) -> None:
    """Make the queue NAME, and start its server when that does not run."""
    made = client.make_queue(name, region=region)
    if as_json:
        print_json(made)
        return
    click.echo(f"{good('Ready')} {strong(made['data']['name'])}  {made['data']['address']}")
    tell_environment(made["environment"])
    option = "--destination" if name.startswith("/") else "--queue"
    click.echo(f"\nNext: {strong(f'epcc-emulator listen {option} {name}')}")


@queues.command("peek")
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many, oldest first.")
@region_option
@json_option
@with_client
def peek(client: "ControlClient", name: str, limit: int, region: str | None, as_json: bool) -> None:
    """The oldest messages of the queue NAME, which stay where they are."""
    found = client.peek(name, limit=limit, region=region)
    messages = found["data"]
    if found["notice"]:
        note(warning(found["notice"]))
    if as_json:
        print_json(messages)
        return
    if not messages:
        click.echo(f"{name} is empty.")
    for message in messages:
        state = "in flight" if message["in_flight"] else "waiting"
        received = f", received {message['received']} times" if message["received"] else ""
        headers = " ".join(f"{header}={value}" for header, value in message["headers"].items())
        click.echo(dim(f"{message['sent_at']}  {message['id']}  {state}{received}  {headers}".rstrip()))
        click.echo(message["body"])


@queues.command("purge")
@click.argument("name")
@region_option
@json_option
@with_client
def purge(client: "ControlClient", name: str, region: str | None, as_json: bool) -> None:
    """Throw away what is in the queue NAME."""
    purged = client.purge(name, region=region)
    if as_json:
        print_json({"purged": purged})
    else:
        note(f"{purged} {'message' if purged == 1 else 'messages'} of {name} thrown away.")


def tell_environment(environment: dict[str, str]) -> None:
    """What to paste into the receiver of a queue."""
    click.echo(dim("\nFor your receiver's environment:"))
    for name, value in environment.items():
        click.echo(f"  {name}={value}")
