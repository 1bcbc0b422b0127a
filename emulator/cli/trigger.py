"""`trigger`: make the shop raise an event, and say what will be delivered or why nothing will."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import dim, good, note, print_json, strong, until, warning
from emulator.cli.editor import edited
from emulator.cli.lazy import command
from emulator.cli.options import json_option, with_client
from emulator.cli.params import ASSIGNMENT, EVENT_KEY
from emulator.cli.progress import watched
from emulator.core.written_payload import payload_of
from emulator.loading.payload_file import payload_in

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

_SHOWN = 20


@command(
    "trigger",
    examples={
        "epcc-emulator trigger order.paid": "an order that is created, authorized and paid",
        "epcc-emulator trigger order.fulfilled --of last": "go on with the last order",
        "epcc-emulator trigger order.created --count 100 --rate 10": "a hundred orders, ten a second",
        "epcc-emulator trigger order.created --override data.customer.email=ann@example.com": "with data of your own",
    },
)
@click.argument("key", type=EVENT_KEY)
@click.option("--count", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How many times.")
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), help="How many a (emulated) second; all at once without."
)
@click.option("--of", metavar="ID|last", help="The resource it is about; a new one without it.")
@click.option("--only", is_flag=True, help="Raise this event alone, without what must come before it.")
@click.option("--override", type=ASSIGNMENT, multiple=True, help="Change a value in the payload.")
@click.option("--add", type=ASSIGNMENT, multiple=True, help="Add a field to the message.")
@click.option("--remove", metavar="PATH", multiple=True, help="Leave a field out of the message.")
@click.option("--edit", is_flag=True, help="Then change its payload in $EDITOR, and send that as a job of its own.")
@click.option(
    "--raw",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Send this JSON file (- is standard input) as the whole payload.",
)
@json_option
@with_client
def trigger(
    client: "ControlClient",
    key: str,
    override: tuple[tuple[str, Any], ...],
    add: tuple[tuple[str, Any], ...],
    remove: tuple[str, ...],
    edit: bool,
    raw: Path | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Make the shop raise the event KEY, after everything that must come before it."""
    if edit and (raw is not None or how["count"] > 1):
        raise click.UsageError("--edit changes the payload of one event; leave out --raw and --count")
    request = {name: value for name, value in how.items() if value is not None}
    changes = {"override": dict(override), "add": dict(add), "remove": list(remove)}
    request |= {name: value for name, value in changes.items() if value}
    if raw is not None:
        request["raw"] = payload_in(raw)
    report = _edited(client, key, request) if edit else _triggered(client, key, request, how["count"])
    if as_json:
        print_json(report)
    else:
        tell(report, client.clock()["now"])


def tell(report: dict[str, Any], now: str) -> None:
    """The events raised, the deliveries planned, and when the next is due."""
    for event in report["events"][:_SHOWN]:
        click.echo(f"{good('raised')}   {strong(event['key'])}  {event['resource']}  {dim(event['resource_id'])}")
    _tell_rest(report["events"])
    for delivery in report["deliveries"][:_SHOWN]:
        click.echo(f"{good('planned')}  {delivery['event_key']} to {delivery['integration']}, {_when(delivery, now)}")
    _tell_rest(report["deliveries"])
    for reason in report["reasons"]:
        click.echo(f"{warning('nobody')}   {reason}")
    dues = [delivery["due"] for delivery in report["deliveries"] if delivery["due"] and not delivery["held"]]
    if dues and len(report["deliveries"]) > 1:
        click.echo(f"The next is due {until(min(dues), now)}.")


def _tell_rest(things: list[Any]) -> None:
    if len(things) > _SHOWN:
        click.echo(dim(f"         and {len(things) - _SHOWN} more"))


def _when(delivery: dict[str, Any], now: str) -> str:
    faults = "; ".join(f"{fault['fault']}: {fault['detail']}" for fault in delivery["faults"])
    if delivery["dropped"]:
        when = warning("dropped")
    elif delivery["held"]:
        when = f"held ({delivery['held']})"
    else:
        when = f"due {until(delivery['due'], now)}"
    return f"{when}  {dim(faults)}" if faults else when


def _triggered(client: "ControlClient", key: str, request: dict[str, Any], count: int) -> dict[str, Any]:
    if count == 1:
        return client.trigger(key, **request)
    before = _raised(client, key)
    return watched(
        lambda: client.trigger(key, **request),
        lambda: _raised(client, key) - before,
        total=count,
        label=f"{count} times {key}",
    )


def _raised(client: "ControlClient", key: str) -> int:
    """How many events of this key there have been."""
    total: int = client.events(key=key, limit=1)["results"]["total"]
    return total


def _edited(client: "ControlClient", key: str, request: dict[str, Any]) -> dict[str, Any]:
    """The event goes out as the shop raised it; what the editor left follows as new jobs."""
    report = client.trigger(key, **request)
    target = report["events"][-1]["identity"]
    payload = client.event(target)["payload"]
    text = edited(json.dumps(payload, indent=2, ensure_ascii=False))
    if text is None:
        note("Nothing was changed, so nothing more was sent.")
        return report
    deliveries = client.resend(target, payload=payload_of(text))
    jobs = ", ".join(row["job_id"] for row in deliveries)
    note(f"The edited payload follows as {jobs}." if jobs else "Nobody observes it, so nothing more was sent.")
    return report
