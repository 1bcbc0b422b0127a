"""`wait`: for a server to be ready, for deliveries to settle, for an event to happen."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import print_json
from emulator.cli.lazy import WordyGroup
from emulator.cli.options import connect, data_dir_option, json_option, time_limit_option, url_option, with_client
from emulator.cli.params import EVENT_KEY
from emulator.cli.progress import watched
from emulator.domain.errors import EnvironmentFault
from emulator.domain.moment import SECOND, format_duration

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

INCONCLUSIVE = 5
"""The exit code for a time limit that passed before anything could be said."""
_PATIENCE = 0.05


@click.group(
    "wait",
    cls=WordyGroup,
    examples={
        "epcc-emulator wait ready && npm test": "once the server delivers",
        "epcc-emulator wait settled --time-limit 2m": "until nothing is on its way",
        "epcc-emulator wait event order.paid": "until an order was paid",
    },
)
def wait() -> None:
    """Wait; exits 5 when the time limit passes first."""


@wait.command("ready")
@time_limit_option("30s")
@url_option
@data_dir_option
@json_option
def ready(url: str | None, data_dir: Path | None, time_limit: int, as_json: bool) -> int:
    """Until a server is there and delivers."""
    deadline = time.monotonic() + time_limit / SECOND
    while True:
        try:
            with connect(url, data_dir) as client:
                if client.health():
                    _say({"ready": True, "url": client.url}, f"Ready {client.url}", as_json)
                    return 0
            reason = f"the emulator at {client.url} is not ready"
        except EnvironmentFault as error:
            reason = error.sentence
        if time.monotonic() > deadline:
            click.echo(f"Not ready within {format_duration(time_limit)}: {reason}", err=True)
            return INCONCLUSIVE
        time.sleep(_PATIENCE)


@wait.command("settled")
@time_limit_option("30s")
@json_option
@with_client
def settled(client: "ControlClient", time_limit: int, as_json: bool) -> int:
    """Until everything is delivered but what is held or paused by hand. A virtual clock is moved on."""
    pending = client.clock()["pending"]
    done = watched(
        lambda: client.settle(time_limit / SECOND),
        lambda: pending - client.clock()["pending"],
        total=pending,
        label="Settling",
    )
    _say({"settled": done}, "Settled." if done else "", as_json)
    if not done:
        left = client.clock()["pending"]
        click.echo(f"Not settled within {format_duration(time_limit)}: {left} to be sent.", err=True)
    return 0 if done else INCONCLUSIVE


@wait.command("event")
@click.argument("key", type=EVENT_KEY)
@time_limit_option("30s")
@json_option
@with_client
def event(client: "ControlClient", key: str, time_limit: int, as_json: bool) -> int:
    """Until an event whose key matches KEY (a glob) has happened; one that has already counts."""
    found = client.wait_event(key, time_limit / SECOND)
    _say({"event": found}, f"{found['key']}  {found['resource']}  {found['at']}" if found else "", as_json)
    if found is None:
        click.echo(f"No {key} within {format_duration(time_limit)}.", err=True)
    return 0 if found else INCONCLUSIVE


def _say(document: dict[str, object], sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(document)
    elif sentence:
        click.echo(sentence)
