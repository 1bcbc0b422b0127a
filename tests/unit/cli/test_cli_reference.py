"""docs/cli.md says what the commands say of themselves."""

from pathlib import Path

import click

from emulator.cli.main import root
from emulator.cli.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "write it anew: make docs"


def test_every_command_and_option_has_its_place() -> None:
    page = PAGE.read_text(encoding="utf-8")

    def walk(group: click.Group, parent: click.Context) -> None:
        for name in group.list_commands(parent):
            command = group.get_command(parent, name)
            assert command is not None
            with click.Context(command, info_name=name, parent=parent) as ctx:
                assert f" {ctx.command_path.partition(' ')[2]}\n" in page
                for parameter in command.params:
                    assert not isinstance(parameter, click.Option) or max(parameter.opts, key=len) in page
                if isinstance(command, click.Group):
                    walk(command, ctx)

    with click.Context(root, info_name="epcc-emulator", **root.context_settings) as ctx:
        walk(root, ctx)
