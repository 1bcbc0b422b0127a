"""`clock`: emulated time, shown, advanced and sped up."""

from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import print_json
from emulator.cli.lazy import WordyGroup
from emulator.cli.options import json_option, with_client
from emulator.cli.params import DURATION
from emulator.domain.moment import FASTEST, SLOWEST, format_duration, parse_instant

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient


@click.group(
    "clock",
    cls=WordyGroup,
    invoke_without_command=True,
    examples={
        "epcc-emulator clock": "what time it is in the shop",
        "epcc-emulator clock advance 30m": "move virtual time on",
        "epcc-emulator clock speed 60": "an hour in a minute, on a scaled clock",
    },
)
@click.pass_context
def clock(ctx: click.Context) -> None:
    """Emulated time: show it, advance it, change its speed."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(show)


@clock.command("show")
@json_option
@with_client
def show(client: "ControlClient", as_json: bool) -> None:
    """What time it is in the shop, and when the next delivery is due."""
    _tell(client.clock(), as_json)


@clock.command("advance")
@click.argument("by", type=DURATION)
@json_option
@with_client
def advance(client: "ControlClient", by: int, as_json: bool) -> None:
    """Move a virtual clock on BY a duration (30s, 10m, 2h), sending what falls due on the way."""
    _tell(client.advance(f"{by}us"), as_json)


@clock.command("speed")
@click.argument("speed", type=click.FloatRange(SLOWEST, FASTEST))
@json_option
@with_client
def set_speed(client: "ControlClient", speed: float, as_json: bool) -> None:
    """Let a scaled clock make SPEED emulated seconds a second."""
    _tell(client.set_speed(speed), as_json)


def _tell(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    mode = state["mode"] + (f", {state['speed']:g} times as fast" if state["mode"] == "scaled" else "")
    click.echo(f"{state['now']}  ({mode})")
    pending = state["pending"]
    if state["next_due"]:
        wait = parse_instant(state["next_due"]) - parse_instant(state["now"])
        due = f"the next is due in {format_duration(wait)}" if wait > 0 else "the next is due now"
        click.echo(f"{pending} to be sent; {due}")
    elif pending:
        click.echo(f"{pending} to be sent, none of them waiting for time")
    else:
        click.echo("Nothing is to be sent.")
