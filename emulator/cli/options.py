"""Options that several commands share, and what they make of them."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from emulator.cli.params import DURATION

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="EPCC_EMULATOR_DATA_DIR",
    help="Directory of the server to talk to; without it, .epcc-emulator here or above.",
)
url_option = click.option("--url", metavar="URL", help="Address of the server to talk to; else EPCC_EMULATOR_URL.")
limit_option = click.option(
    "--limit", type=click.IntRange(1, 100), default=25, show_default=True, help="How many, newest first."
)
offset_option = click.option("--offset", type=click.IntRange(0), default=0, help="How many of the newest to leave out.")


def time_limit_option(default: str) -> Callable[[Command], Command]:
    """`--time-limit`, in microseconds as every duration."""
    return click.option(
        "--time-limit", type=DURATION, default=default, show_default=True, help="Give up after this much wall time."
    )


def with_client(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--url` and `--data-dir`, and hands the command a client of the server they lead to, first."""

    @url_option
    @data_dir_option
    @wraps(command)
    def connected(*args: Any, url: str | None, data_dir: Path | None, **options: Any) -> Any:
        with connect(url, data_dir) as client:
            return command(client, *args, **options)

    return connected


def connect(url: str | None, data_dir: Path | None) -> "ControlClient":
    """A client of the server that these options, the environment or a data directory name."""
    from emulator.harness.client import ControlClient
    from emulator.harness.locate import locate

    return ControlClient(locate(url, data_dir))
