"""`hold` and `release`: deliveries kept back, and let go, by hand."""

from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import print_json, print_table
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client
from emulator.cli.params import EVENT_KEY
from emulator.domain.errors import UserError

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@command(
    "hold",
    examples={
        "epcc-emulator hold order.paid": "hold every payment's message from now on",
        "epcc-emulator hold": "what is held",
        "epcc-emulator hold --stop hold": "hold no new ones",
    },
)
@click.argument("event", type=EVENT_KEY, required=False)
@click.option("--integration", metavar="KEY", help="Only what goes to this integration (a glob).")
@click.option("--resource", metavar="ID", help="Only what is about this resource: its id, or its key such as order:1.")
@click.option("--id", "name", help="A name for this hold.")
@click.option("--stop", metavar="ID", help="End this hold: new deliveries pass, those held stay until released.")
@json_option
@with_client
def hold(
    client: "ControlClient",
    event: str | None,
    integration: str | None,
    resource: str | None,
    name: str | None,
    stop: str | None,
    as_json: bool,
) -> None:
    """Hold deliveries of EVENT (a glob) from now on. With nothing to go by: show what is held."""
    if stop is not None:
        client.unhold(stop)
        _show(client, as_json)
        return
    conditions = {"event": event, "integration": integration, "resource": resource}
    match = {key: value for key, value in conditions.items() if value is not None}
    if not match:
        _show(client, as_json)
        return
    made = client.hold(match, name)
    if as_json:
        print_json({"id": made})
    else:
        click.echo(f"Holding as '{made}'. Let go with: epcc-emulator release; stop holding with: hold --stop {made}")


@command(
    "release",
    examples={
        "epcc-emulator release": "everything that is held by hand",
        "epcc-emulator release 12": "one delivery, by its number",
        "epcc-emulator release 14 12 13": "three of them, in this order",
    },
)
@click.argument("numbers", metavar="[NUMBER...]", type=click.IntRange(1), nargs=-1)
@json_option
@with_client
def release(client: "ControlClient", numbers: tuple[int, ...], as_json: bool) -> None:
    """Send what is held by hand: the deliveries of these NUMBERs, one after the other, or all of it."""
    held = {row["number"] for row in client.held()} if numbers else set()
    for number in numbers:
        if number not in held:
            raise UserError(
                f"delivery {number} is not held, so nothing was released; `epcc-emulator hold` lists what is"
            )
    released = sum(client.release(number) for number in dict.fromkeys(numbers) or (None,))
    if as_json:
        print_json({"released": released})
    else:
        click.echo(f"Released {released}." if released else "Nothing was held.")


def _show(client: "ControlClient", as_json: bool) -> None:
    holds: list[dict[str, Any]] = client.holds()
    held = client.held()
    if as_json:
        print_json({"holds": holds, "held": held})
        return
    if not holds and not held:
        click.echo("Nothing is held.")
    for one in holds:
        match = ", ".join(f"{key} {value}" for key, value in one.get("match", {}).items())
        click.echo(f"Holding {match or 'everything'} as '{one['id']}'")
    if held:
        print_table(
            ("number", "event", "integration", "attempt", "since", "why"),
            [
                (str(row["number"]), row["event"], row["integration"], str(row["attempt"]), row["since"], row["why"])
                for row in held
            ],
        )
