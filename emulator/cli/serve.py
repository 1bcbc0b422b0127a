"""`serve`: the emulator in the foreground, until it is stopped."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import note
from emulator.cli.greeting import greet, tell_reachability
from emulator.cli.lazy import command
from emulator.cli.notices import tell_notices
from emulator.cli.options import json_option
from emulator.cli.server_options import server_options

if TYPE_CHECKING:
    from emulator.harness.server import RunningServer
    from emulator.runtime.settings import Settings


@command(
    "serve",
    examples={
        "epcc-emulator serve": "on port 3722, with its state in .epcc-emulator",
        "epcc-emulator serve --profile documented --speed 60": "as badly as the provider may, an hour in a minute",
        "epcc-emulator serve --ephemeral --port 0 --port-file port.txt": "for a script: a free port, nothing kept",
    },
)
@click.option(
    "--port-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="EPCC_EMULATOR_PORT_FILE",
    help="Write the port there once it is ready.",
)
@server_options
@json_option
def serve(settings: "Settings", port_file: Path | None, as_json: bool) -> None:
    """Run the emulator until it is stopped, by Ctrl-C or a signal."""
    from emulator.harness.local import loop_factory
    from emulator.harness.server import run_server

    tell_notices()
    background: set[asyncio.Task[None]] = set()

    def on_ready(server: "RunningServer") -> None:
        greet(server, as_json=as_json)
        if not as_json:
            # Looking for receivers may take a second each; being ready does not wait for it.
            background.add(asyncio.create_task(tell_reachability(server)))

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run_server(settings, on_ready=on_ready, port_file=port_file))
    note("Stopped.")
