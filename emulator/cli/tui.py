"""`tui`: the dashboard, beside a server that is running."""

from pathlib import Path

import click

from emulator.cli.lazy import command
from emulator.cli.options import data_dir_option, url_option


@command(
    "tui",
    examples={
        "epcc-emulator tui": "watch the server that runs here",
        "epcc-emulator tui --url http://127.0.0.1:3722": "another one",
    },
)
@url_option
@data_dir_option
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII alone.")
def tui(url: str | None, data_dir: Path | None, ascii_only: bool) -> None:
    """Watch deliveries as they happen, see why, and make them happen again."""
    from emulator.harness.locate import locate
    from tui.app import Dashboard
    from tui.client import Client

    location = locate(url, data_dir)
    Dashboard(Client(location.url, ca_file=location.ca_file), ascii_only=ascii_only).run()
