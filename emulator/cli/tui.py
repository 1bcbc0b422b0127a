"""`tui`: the dashboard, beside a server that is running or over a saved journal."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli.console import note
from emulator.cli.lazy import command
from emulator.cli.options import data_dir_option, url_option
from emulator.cli.tui_options import looks_options

if TYPE_CHECKING:
    from emulator.cli.tui_options import Looks
    from emulator.harness.locate import Location


@command(
    "tui",
    examples={
        "epcc-emulator tui": "watch the server that runs here",
        "epcc-emulator tui --url http://127.0.0.1:3722": "another one",
        "epcc-emulator tui --journal monday": "what a run or a server has left behind, step by step",
        "epcc-emulator tui --web": "the same in a browser",
        "epcc-emulator tui --print-keys > keys.yaml": "a file to change its keys in, for --keys",
    },
)
@url_option
@data_dir_option
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A saved journal to look at instead: the file, or the directory of a server or a run.",
)
@click.option("--web", is_flag=True, help="In a browser, on a page of this machine.")
@click.option("--web-port", type=click.IntRange(0, 65535), default=3724, show_default=True, help="The page's port.")
@looks_options
@click.option("--print-keys", is_flag=True, help="Print every key's name, as a file for --keys, and end.")
def tui(
    looks: "Looks",
    url: str | None,
    data_dir: Path | None,
    journal: Path | None,
    web: bool,
    web_port: int,
    print_keys: bool,
) -> None:
    """Watch deliveries as they happen, see why, and make them happen again.

    Nobody has to wait for it: it can be started and ended while the emulator runs, and it connects again by itself.
    """
    if print_keys:
        from tui.key_names import KEYS
        from tui.keys import keys_file

        click.echo(keys_file(KEYS), nl=False)
        return
    if journal is not None and (url or data_dir):
        raise click.UsageError("--journal is a saved one, --url and --data-dir name a server that runs; choose one")
    with _place(url, data_dir, journal) as location:
        if web:
            _in_browser(location, looks, web_port)
        else:
            watch(location, looks)


@contextmanager
def _place(url: str | None, data_dir: Path | None, journal: Path | None) -> Iterator["Location"]:
    """Where to look: the server that runs, or one that shows the journal and does nothing."""
    if journal is None:
        from emulator.harness.locate import locate

        yield locate(url, data_dir)
        return
    from emulator.harness.local import SavedEmulator

    with SavedEmulator(journal) as saved:
        yield saved.location


def watch(location: "Location", looks: "Looks") -> None:
    """The dashboard in this terminal, until it is quit."""
    if not sys.stdout.isatty() and "TEXTUAL_DRIVER" not in os.environ:
        raise click.UsageError("the dashboard needs a terminal; --web shows it in a browser")
    from tui.app import Dashboard
    from tui.client import Client
    from tui.key_names import KEYS
    from tui.keys import read_keys
    from tui.themes import theme_for

    no_color = "NO_COLOR" in os.environ
    Dashboard(
        Client(location.url, ca_file=location.ca_file),
        theme=theme_for(looks.theme, no_color=no_color, few_colors=_few_colors()),
        keys=read_keys(looks.keys, KEYS) if looks.keys is not None else None,
        ascii_only=looks.ascii_only,
        no_color=no_color,
    ).run()


def command_for(location: "Location", looks: "Looks") -> Sequence[str]:
    """The same as a command, for a process of its own."""
    words = [sys.executable, "-m", "emulator", "tui", "--url", location.url]
    if location.ca_file is not None:
        words += ["--data-dir", str(location.ca_file.parent)]
    return [*words, *looks.words()]


def _in_browser(location: "Location", looks: "Looks", port: int) -> None:
    from tui.browser import BrowserServer

    def ready(url: str) -> None:
        click.echo(f"The dashboard is at {url}; Ctrl-C ends it.")
        if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            click.launch(url)

    BrowserServer(command_for(location, looks), port=port).run(ready)
    note("Stopped.")


def _few_colors() -> bool:
    """Whether the terminal says that it has sixteen colours."""
    from rich.console import Console

    return Console().color_system == "standard"
