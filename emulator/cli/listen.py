"""`listen`: the command for every day. Delivers events to the receiver that is being written, and tells how it went."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.attempt_line import Narrator, print_heading, zone_of
from emulator.cli.console import dim, good, note, print_json_line, strong, warning
from emulator.cli.lazy import command
from emulator.cli.options import json_option, url_option
from emulator.cli.params import EVENT_KEY
from emulator.cli.server_options import server_options
from emulator.cli.termination import Terminated
from emulator.domain.errors import EnvironmentFault
from emulator.domain.record import RecordKind

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient
    from emulator.harness.feed import Feed
    from emulator.harness.locate import Location
    from emulator.runtime.settings import Settings

NAME = "listen"
_PATIENCE = 0.5  # wall seconds between two looks at a receiver that is not up


@command(
    "listen",
    examples={
        "epcc-emulator listen --forward-to http://localhost:8000/hook": "every event, until Ctrl-C",
        "epcc-emulator listen --forward-to http://localhost:8000/hook --events 'order.*'": "only those of orders",
        "epcc-emulator listen --forward-to http://localhost:8000/hook --profile documented": "late, shuffled, repeated",
    },
)
@click.option("--forward-to", required=True, metavar="URL", help="The receiver's address.")
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
    forward_to: str,
    events: tuple[str, ...],
    secret: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Deliver events to your receiver and print every attempt, until Ctrl-C.

    Uses the emulator that runs in this directory, or starts one. The registration is removed at the end.
    """
    from emulator.harness.client import ControlClient

    secret = secret or project_secret(settings)
    try:
        with _server(ctx, settings, url) as (location, started), ControlClient(location) as client:
            if not started:
                _apply(ctx, client)
            with client.feed() as feed, _registered(client, forward_to, events, secret) as (key, notes):
                if not as_json:
                    _greet(client, forward_to, events, secret, notes, started=started)
                with _awaited(client, key, forward_to, settings.allow_remote):
                    _narrate(client, feed, key, as_json)
    except (KeyboardInterrupt, Terminated):
        note("Stopped; the registration is removed.")


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

    with LocalEmulator(settings, keep_port=True) as local:
        yield local.location, True


def _apply(ctx: click.Context, client: "ControlClient") -> None:
    """What may be changed while a server runs is changed; for the rest the user is told to stop it."""
    fixed = [name for name in ("seed", "speed", "clock", "start", "port", "host", "auth", "tls") if _given(ctx, name)]
    if fixed:
        options = ", ".join(f"--{name}" for name in fixed)
        raise click.UsageError(
            f"{options}: decided when a server starts, and one runs already at {client.url}; stop it first"
        )
    if _given(ctx, "profile"):
        client.set_profile(ctx.params["profile"])


@contextmanager
def _registered(
    client: "ControlClient", forward_to: str, events: tuple[str, ...], secret: str
) -> Iterator[tuple[str, list[str]]]:
    """Yields the registration's key, and what production would ask for where this registration takes liberties."""
    configuration = {"url": forward_to, "secret_key": secret}
    made = client.ensure_integration(
        NAME, description="epcc-emulator listen", observes=list(events), configuration=configuration, enabled=True
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


@contextmanager
def _awaited(client: "ControlClient", key: str, forward_to: str, allow_remote: tuple[str, ...]) -> Iterator[None]:
    """While the receiver is not up, nothing is sent to it: its events wait instead of using up their attempts."""
    from emulator.harness.reachability import reachability

    first = reachability(forward_to, allow_remote)
    if first.reachable or (first.problem or "").startswith("Blocked"):
        if first.problem:
            note(warning(first.problem))
        yield
        return
    note(warning(f"{forward_to}: {first.problem}. Events wait until the receiver is up."))
    client.pause(key)
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_PATIENCE):
            if reachability(forward_to, allow_remote).reachable:
                client.resume(key)
                note(good(f"{forward_to} is up."))
                return

    looking = threading.Thread(target=look, name="await-receiver", daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()


def _greet(
    client: "ControlClient", to: str, events: tuple[str, ...], secret: str, notes: list[str], *, started: bool
) -> None:
    state: dict[str, Any] = client.status()
    click.echo(f"{good('Ready')} {strong(client.url)}" + ("" if started else dim("  (it was running)")))
    told = {
        "to": f"{to}  {' '.join(events)}",
        "secret": f"{secret}  {dim('in X-MOLTIN-SECRET-KEY and configuration.secret_key')}",
        "profile": state["profile"],
        "seed": str(state["seed"]),
        "clock": state["clock"],
    }
    for name, value in told.items():
        click.echo(f"  {dim(f'{name:<8}')} {value}")
    for needed in notes:
        click.echo(dim(f"  {needed}."))
    click.echo(f"\nNext, in another terminal: {strong('epcc-emulator trigger order.paid')}\n")


def _narrate(client: "ControlClient", feed: "Feed", key: str, as_json: bool) -> None:
    narrator = Narrator(lambda number: client.delivery(str(number)), zone_of(client.clock()["mode"]))
    if not as_json:
        print_heading()
    for record in feed:
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
