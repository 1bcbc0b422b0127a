"""`serve`: the emulator in the foreground, until it is stopped."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import note
from emulator.cli.greeting import greet, tell_reachability
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.options import json_option
from emulator.cli.server_options import server_options
from emulator.cli.tui_options import looks_options

if TYPE_CHECKING:
    from emulator.cli.tui_options import Looks
    from emulator.harness.server import RunningServer
    from emulator.runtime.settings import Settings


@command(
    "serve",
    examples={
        "epcc-emulator serve": "on port 3722, with its state in .epcc-emulator",
        "epcc-emulator serve --profile documented --speed 60": "as badly as the provider may, an hour in a minute",
        "epcc-emulator serve --tui": "with the dashboard in front of it; the server ends when you quit",
        "epcc-emulator serve --ephemeral --port 0 --port-file port.txt": "for a script: a free port, nothing kept",
    },
)
@click.option(
    "--port-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="EPCC_EMULATOR_PORT_FILE",
    help="Write the port there once it is ready.",
)
@click.option("--tui", "with_tui", is_flag=True, help="Show the dashboard; quitting it stops the emulator.")
@looks_options
@server_options
@json_option
def serve(settings: "Settings", looks: "Looks", port_file: Path | None, with_tui: bool, as_json: bool) -> None:
    """Run the emulator until it is stopped, by Ctrl-C or a signal."""
    from emulator.cli.beside import watch_beside
    from emulator.harness.local import loop_factory
    from emulator.harness.server import run_server

    if with_tui and as_json:
        raise click.UsageError("--tui has the terminal, and --json is for a program; choose one")
    if with_tui and not sys.stdout.isatty():
        raise click.UsageError("--tui needs a terminal; start `epcc-emulator tui --web` beside the server instead")
    tell_notices()
    background: set[asyncio.Task[None]] = set()

    def on_ready(server: "RunningServer") -> None:
        greet(server, as_json=as_json)
        if not (as_json or with_tui):
            # Looking for receivers may take a second each; being ready does not wait for it.
            background.add(asyncio.create_task(tell_reachability(server)))

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        until = partial(watch_beside, looks=looks) if with_tui else None
        runner.run(run_server(settings, on_ready=on_ready, until=until, port_file=port_file))
    note("Stopped.")
