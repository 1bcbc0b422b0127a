"""`traffic`: keep the shop busy, and sum up what came of it."""

from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import dim, note, print_json, print_table, strong, warning
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client
from emulator.cli.params import DURATION, MIX, RATE
from emulator.cli.progress import watched
from emulator.cli.termination import Terminated
from emulator.domain.errors import EmulatorError, UserError
from emulator.domain.moment import SECOND, exact_duration, format_duration, parse_duration

if TYPE_CHECKING:
    from emulator.core.rate_limit import RateLimit
    from emulator.harness.client import ControlClient

_WAIT = 30.0  # wall seconds after which we ask again


class TrafficFailed(EmulatorError):
    """The traffic ended because of a mistake of ours; the server's log says which."""


@command(
    "traffic",
    examples={
        "epcc-emulator traffic": "the usual, ten events a second, until Ctrl-C",
        "epcc-emulator traffic --rate 50/s --for 10m": "more of it, for ten emulated minutes",
        "epcc-emulator traffic --mix order=5,cart=20 --count 1000": "a shop where few buy",
        "epcc-emulator traffic --background": "on the side; epcc-emulator traffic --stop ends it and sums it up",
    },
)
@click.option("--rate", type=RATE, default="10/s", show_default=True, help="Events in emulated time: 50/s, 3000/m.")
@click.option("--mix", type=MIX, metavar="NAME=WEIGHT,...", help="Which stories, and how often each; else the usual.")
@click.option("--for", "duration", type=DURATION, help="How long, in emulated time.")
@click.option("--count", type=click.IntRange(1, 1_000_000_000), help="After how many events it ends.")
@click.option("--background", is_flag=True, help="Start it and come back.")
@click.option("--look", is_flag=True, help="Say how the traffic that goes on is doing.")
@click.option("--stop", is_flag=True, help="End the traffic that goes on, and sum it up.")
@json_option
@with_client
def traffic(
    client: "ControlClient",
    rate: "RateLimit",
    mix: dict[str, float] | None,
    duration: int | None,
    count: int | None,
    background: bool,
    look: bool,
    stop: bool,
    as_json: bool,
) -> None:
    """Keep the shop busy until Ctrl-C: carts are filled, changed and abandoned, some become orders, and so on.

    The same seed and mix give the same commands, at any rate. A mix weighs stories: cart (never an order), order,
    transaction, customer, address, product, inventory, and every other type of resource.
    """
    if background + look + stop > 1:
        raise click.UsageError("one of --background, --look and --stop at a time")
    if stop:
        _tell(client.stop_traffic(), as_json)
        return
    if look:
        _tell(_known(client.traffic()), as_json)
        return
    wanted = {"mix": mix, "for": None if duration is None else exact_duration(duration), "count": count}
    given = {name: value for name, value in wanted.items() if value is not None}
    state = client.start_traffic(rate=f"{rate.limit}/{exact_duration(rate.window)}", **given)
    if background:
        _tell(state, as_json)
        return
    total, label = (count, "Events") if duration is None else (max(1, duration // SECOND), "Seconds")
    try:
        state = watched(lambda: _over(client), lambda: _done(client, duration), total=total, label=label)
    except (KeyboardInterrupt, Terminated):
        state = client.stop_traffic()
    _tell(state, as_json)
    if state["ending"] == "failed":
        raise TrafficFailed


def _over(client: "ControlClient") -> dict[str, Any]:
    while (state := _known(client.traffic(wait=_WAIT)))["running"]:
        pass
    return state


def _known(state: dict[str, Any] | None) -> dict[str, Any]:
    if state is None:
        raise UserError("there is no traffic; the server has been reset or started anew since, or there was none")
    return state


def _done(client: "ControlClient", duration: int | None) -> int:
    state = _known(client.traffic())
    return int(state["events"]) if duration is None else parse_duration(state["passed"]) // SECOND


def _tell(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    if state["keys"]:
        often_first = sorted(state["keys"].items(), key=lambda pair: (-pair[1], pair[0]))
        print_table(("EVENT", "TIMES"), [(key, f"{times:,}") for key, times in often_first])
        click.echo()
    passed = format_duration(parse_duration(state["passed"]))
    how = {"done": "Done:", "stopped": "Stopped:", "failed": "Failed:", None: "Traffic goes on:"}[state["ending"]]
    events = f"{state['events']:,} events of {state['commands']:,} commands in {passed}"
    click.echo(f"{strong(how)} {events}, {_rate(state['reached'])} a second.")
    stories = state["stories"]
    named = ", ".join(f"{name} {number:,}" for name, number in sorted(stories["finished"].items()))
    ended = sum(stories["finished"].values())
    click.echo(dim(f"{ended:,} stories ended{f' ({named})' if named else ''}, {stories['open']:,} were going on."))
    cut_short = sum(stories["cut_short"].values())
    if cut_short:
        note(warning(f"{cut_short:,} stories were cut short; of the last: {state['refusal']}."))
    if state["missed"]:
        late = f"it was up to {state['latest']:.3g} s late and let {state['missed']:,} events go"
        note(warning(f"It could not keep up: {late}."))


def _rate(events: float) -> str:
    return f"{events:,.0f}" if events >= 100 else f"{events:.3g}"
