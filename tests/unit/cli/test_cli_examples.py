"""Every command that the help or a page of the documentation shows is one that there is, with these options."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from emulator.cli.main import PROGRAM, root

CHECKOUT = Path(__file__).parents[3]
PAGES = [CHECKOUT / "README.md", *(page for page in sorted((CHECKOUT / "docs").rglob("*.md")) if page.name != "cli.md")]
"""Of docs/cli.md, which is made of the help, the help is read."""
TYPED = re.compile(rf"^(?:\$ )?((?:\w+=\S* )*{PROGRAM} .*)$", re.MULTILINE)


def of_the_help(command: click.Command, parent: click.Context) -> Iterator[str]:
    yield from getattr(command, "examples", ())
    if isinstance(command, click.Group):
        for name in command.list_commands(parent):
            below = command.get_command(parent, name)
            assert below is not None
            yield from of_the_help(below, parent)


def of_the_pages() -> Iterator[str]:
    for page in PAGES:
        for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            yield from TYPED.findall(block.replace("\\\n", ""))


def words(typed: str) -> list[str]:
    """Those of our command: without what is set before it, where its output goes, and what is said of it."""
    called = re.search(rf"\$\(({PROGRAM} .*?)\)", typed)
    found = shlex.split(called[1] if called else typed, comments=True)
    ends = [place for place, word in enumerate(found) if word in ("|", ">", ">>", "<", "&&", "&")]
    return found[found.index(PROGRAM) + 1 : min(ends, default=len(found))]


with click.Context(root, info_name=PROGRAM) as _ctx:
    EXAMPLES = sorted({*of_the_help(root, _ctx), *of_the_pages()})


def test_there_are_many() -> None:
    assert len(EXAMPLES) > 150


@pytest.mark.parametrize("typed", EXAMPLES)
def test_it_can_be_typed(typed: str) -> None:
    command: click.Command = root
    given = words(typed)
    ctx: click.Context | None = None
    while True:
        ctx = click.Context(command, parent=ctx, **command.context_settings)
        # What is no option of it, or lacks its value, is refused here.
        _, given, _ = command.make_parser(ctx).parse_args(args=list(given))
        if not isinstance(command, click.Group) or not given:
            break
        _, found, given = command.resolve_command(ctx, given)
        assert found is not None
        command = found
    assert not given, f"{given} is more than it takes"
