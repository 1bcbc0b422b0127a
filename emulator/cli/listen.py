"""`listen`: the command for every day. Delivers events to the receiver that is being written, and tells how it went."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.attempt_line import Narrator, print_heading, zone_of
from emulator.cli.console import dim, good, note, print_json_line, strong, warning
from emulator.cli.lazy import command
from emulator.cli.listen_target import NAME, ListenTarget, awaited, queue_target, webhook_target
from emulator.cli.notices import tell_notices
from emulator.cli.options import json_option, url_option
from emulator.cli.params import ADDRESS, EVENT_KEY
from emulator.cli.server_options import server_options
from emulator.cli.termination import Terminated
from emulator.domain.errors import EnvironmentFault
from emulator.domain.record import RecordKind

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient
    from emulator.harness.feed import Feed
    from emulator.harness.locate import Location
    from emulator.runtime.settings import Settings

_DECIDED_AT_START = (
    *("seed", "speed", "clock", "start", "port", "host", "auth", "tls", "rate_limit", "consistency_lag"),
    *("sqs", "sqs_port", "sqs_endpoint", "stomp", "stomp_port", "stomp_behaviour", "stomp_tls"),
)


@command(
    "listen",
    examples={
        "epcc-emulator listen --forward-to http://localhost:8000/hook": "every event, until Ctrl-C",
        "epcc-emulator listen --forward-to http://localhost:8000/hook --events 'order.*'": "only those of orders",
        "epcc-emulator listen --forward-to http://localhost:8000/hook --profile documented": "late, shuffled, repeated",
        "epcc-emulator listen --queue epcc-orders": "a queue of SQS; what its receiver needs to know is printed",
        "epcc-emulator listen --destination /queue/orders": "the same with a STOMP broker",
    },
)
@click.option("--forward-to", type=ADDRESS, metavar="URL", help="The receiver's address, for webhooks.")
@click.option("--queue", metavar="NAME", help="A queue of SQS instead; made when it is missing.")
@click.option("--destination", metavar="/queue/NAME", help="A destination of the STOMP broker instead.")
@click.option("--region", metavar="NAME", help="The queue's region  [default: us-east-1]")
@click.option(
    "--events",
    type=EVENT_KEY,
    multiple=True,
    default=("*",),
    metavar="GLOB",
    help="Which events; as often as needed  [default: all]",
)
@click.option(
    "--secret", help="The secret_key that messages carry  [default: one that stays the same for this project]"
)
@url_option
@server_options
@json_option
@click.pass_context
def listen(
    ctx: click.Context,
    settings: "Settings",
    forward_to: str | None,
    queue: str | None,
    destination: str | None,
    region: str | None,
    events: tuple[str, ...],
    secret: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Deliver events to your receiver and print every attempt, until Ctrl-C.

    Uses the emulator that runs in this directory, or starts one. The registration is removed at the end; a queue stays.
    """
    from emulator.harness.client import ControlClient

    _check(forward_to, queue, destination, secret, region)
    try:
        with _server(ctx, settings, url) as (location, started), ControlClient(location) as client:
            if not started:
                _apply(ctx, client)
            if forward_to is not None:
                target = webhook_target(forward_to, secret or project_secret(settings))
            else:
                target = queue_target(client, queue or destination or "", region)
            with client.feed() as feed, _registered(client, target, events) as (key, notes):
                if not as_json:
                    _greet(client, target, events, notes, started=started)
                with awaited(client, key, target, settings.allow_remote):
                    _narrate(client, feed, key, as_json, notices=not started)
    except (KeyboardInterrupt, Terminated):
        note("Stopped; the registration is removed.")


def _check(
    forward_to: str | None, queue: str | None, destination: str | None, secret: str | None, region: str | None
) -> None:
    """One target, and only the options that go with it."""
    given = [name for name in (forward_to, queue, destination) if name is not None]
    if not given:
        raise click.UsageError(
            "where to? Name a receiver with --forward-to URL, or a queue with --queue NAME or --destination /queue/NAME"
        )
    if len(given) > 1:
        raise click.UsageError(
            "one of --forward-to, --queue and --destination at a time; run another listen beside this one"
        )
    if queue is not None and queue.startswith("/"):
        raise click.UsageError(f"--queue names a queue of SQS; for the STOMP broker: --destination {queue}")
    if destination is not None and not destination.startswith("/"):
        raise click.UsageError(f"--destination begins with a slash: --destination /queue/{destination}")
    if secret is not None and forward_to is None:
        raise click.UsageError("--secret is for webhooks; messages in a queue carry none")
    if region is not None and queue is None:
        raise click.UsageError("--region is for a queue of SQS")


def project_secret(settings: "Settings") -> str:
    """A secret that follows from the seed and the project's directory, so a receiver's configuration stays right."""
    place = (settings.data_dir or Path()).absolute()
    return blake2b(f"{settings.seed}\x1f{place}".encode(), digest_size=16, person=b"epcc-listen").hexdigest()


@contextmanager
def _server(ctx: click.Context, settings: "Settings", url: str | None) -> "Iterator[tuple[Location | str, bool]]":
    """Where a server is, and whether we have started it."""
    from emulator.harness.client import ControlClient
    from emulator.harness.locate import locate

    try:
        if settings.data_dir is None:
            raise EnvironmentFault("one that keeps nothing is always new")
        found = locate(url, settings.data_dir if _chosen(ctx, "data_dir") else None)
        with ControlClient(found) as client:
            client.health()
    except EnvironmentFault:
        if url is not None:
            raise
    else:
        yield found, False
        return
    from emulator.harness.local import LocalEmulator

    tell_notices()
    with LocalEmulator(settings, keep_port=True) as local:
        yield local.location, True


def _apply(ctx: click.Context, client: "ControlClient") -> None:
    """What may be changed while a server runs is changed; for the rest the user is told to stop it."""
    fixed = [name for name in _DECIDED_AT_START if _given(ctx, name)]
    if fixed:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in fixed)
        raise click.UsageError(
            f"{options}: decided when a server starts, and one runs already at {client.url}; stop it first"
        )
    if _given(ctx, "profile"):
        client.set_profile(ctx.params["profile"])


@contextmanager
def _registered(
    client: "ControlClient", target: ListenTarget, events: tuple[str, ...]
) -> Iterator[tuple[str, list[str]]]:
    """Yields the registration's key, and what production would ask for where this registration takes liberties."""
    made = client.ensure_integration(
        target.name,
        description="epcc-emulator listen",
        integration_type=target.integration_type,
        observes=list(events),
        configuration=dict(target.configuration),
        enabled=True,
    )
    try:
        yield made["data"]["key"], made["production"]["notes"]
    finally:
        _removed(client, made["data"]["key"])


def _removed(client: "ControlClient", key: str) -> None:
    """The server may have stopped before us; a registration in its journal is then reused by the next `listen`."""
    try:
        client.resume(key)
        client.delete_integration(key)
    except EnvironmentFault:
        note("The emulator has stopped; the registration stays in its data directory.")


def _greet(
    client: "ControlClient", target: ListenTarget, events: tuple[str, ...], notes: list[str], *, started: bool
) -> None:
    state: dict[str, Any] = client.status()
    click.echo(f"{good('Ready')} {strong(client.url)}" + ("" if started else dim("  (it was running)")))
    told = {
        "to": f"{target.shown}  {' '.join(events)}",
        "profile": state["profile"],
        "seed": str(state["seed"]),
        "clock": state["clock"],
    }
    for name, value in told.items():
        click.echo(f"  {dim(f'{name:<8}')} {value}")
    for needed in notes:
        click.echo(dim(f"  {needed}."))
    target.tell()
    _tell_others(client, target)
    click.echo(f"\nNext, in another terminal: {strong('epcc-emulator trigger order.paid')}\n")


def _tell_others(client: "ControlClient", target: ListenTarget) -> None:
    """A listen that was killed has left its registration, which cannot be told from that of one that runs."""
    for row in client.integrations() if target.is_webhook else ():
        name = row["name"]
        if row["integration_type"] == "webhook" and name.startswith(f"{NAME} ") and name != target.name:
            end = f"epcc-emulator integrations rm {shlex.quote(name)}"
            click.echo(dim(f"  Events also go to '{name}'; if that listen was killed, remove it: {end}"))


def _narrate(client: "ControlClient", feed: "Feed", key: str, as_json: bool, *, notices: bool) -> None:
    """Every attempt, and what chaos does to calls; and the server's notices, where another process prints them."""
    narrator = Narrator(lambda number: client.delivery(str(number)), zone_of(client.clock()["mode"]))
    if not as_json:
        print_heading()
    for record in feed:
        if notices and record.kind is RecordKind.NOTICE:
            note(warning(record.data["text"]))
        if record.kind is RecordKind.CALL:
            note(dim(record.data["text"]))
        line = narrator.tell(record)
        if record.kind is not RecordKind.ATTEMPTED or line is None or record.integration != key:
            continue
        if as_json:
            print_json_line(narrator.document(record))
        else:
            click.echo(line)


def _chosen(ctx: click.Context, name: str) -> bool:
    """Whether this option was typed or configured."""
    return ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT


def _given(ctx: click.Context, name: str) -> bool:
    """Whether the user has typed this option."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
