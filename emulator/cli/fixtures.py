"""`fixtures`: what the shop's resources look like, and copies of it to change."""

from pathlib import Path

import click

from emulator.cli.console import good, note, print_json
from emulator.cli.lazy import WordyGroup
from emulator.cli.options import json_option
from emulator.domain.errors import EnvironmentFault, UnknownWord, UserError

_DEFAULT = Path("fixtures")


@click.group(
    "fixtures",
    cls=WordyGroup,
    examples={
        "epcc-emulator fixtures show order": "what an order looks like",
        "epcc-emulator fixtures copy order customer": "copies in ./fixtures, to change",
        "epcc-emulator fixtures check fixtures": "whether they can be used, without a server",
        "epcc-emulator listen --fixtures fixtures": "use them",
    },
)
def fixtures() -> None:
    """What the shop's resources look like: one file each, named after it.

    A directory of your own (--fixtures of listen, serve and exec) is laid over those that come with it: a file of
    yours says only what is to be different, and fields under `custom` are stored and read, but absent from messages.
    """


@fixtures.command("ls")
@json_option
def ls(as_json: bool) -> None:
    """The names of all fixtures."""
    names = sorted(_forms())
    if as_json:
        print_json(names)
    else:
        click.echo("\n".join(names))


@fixtures.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print the fixture NAME as it comes with the emulator."""
    click.echo(_shipped(name), nl=False)


@fixtures.command("copy")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), default=_DEFAULT, show_default=True)
@click.option("--force", is_flag=True, help="Write over files that are there already.")
def copy(names: tuple[str, ...], to: Path, force: bool) -> None:
    """Copy fixtures into a directory of your own, to change them."""
    texts = {to / f"{name}.yaml": _shipped(name) for name in dict.fromkeys(names)}
    if there := [str(path) for path in texts if path.exists() and not force]:
        raise UserError(f"{', '.join(there)} is there already; --force writes over it")
    try:
        to.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
            click.echo(f"{good('wrote')}  {path}")
    except OSError as error:
        raise EnvironmentFault(f"cannot write into {to}: {error.strerror or error}") from None
    note(f"Next: change them, then epcc-emulator listen --fixtures {to}")


@fixtures.command("check")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=_DEFAULT)
def check(directory: Path) -> None:
    """Whether the fixtures in DIRECTORY can be used. Needs no running server."""
    from emulator.runtime.fixtures import load_fixtures

    load_fixtures(directory)
    click.echo(f"{good('fine')}   {directory}")


def _forms() -> list[str]:
    from emulator.store.kinds import KINDS

    return list(KINDS.forms)


def _shipped(name: str) -> str:
    from emulator.loading.fixture_folder import shipped_text

    if name not in _forms():
        raise UnknownWord("fixture", name, _forms())
    return shipped_text(name)
