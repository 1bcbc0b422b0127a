"""A group of commands that imports a command's module when the command is used, not before."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import click

from emulator.cli.commands import Entry
from emulator.domain.errors import nearest


class ExampleCommand(click.Command):
    """A command whose help ends with examples: pairs of what is typed and what it does."""

    def __init__(self, *args: Any, examples: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples or {}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class WordyGroup(click.Group):
    """A group that answers an unknown command with the nearest known one, and shows examples."""

    command_class = ExampleCommand

    def __init__(self, *args: Any, examples: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples or {}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if not word.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, word) is None:
            raise click.UsageError(f"unknown command '{word}'{nearest(word, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class LazyGroup(WordyGroup):
    """A group that knows its commands from a table of sections."""

    def __init__(self, *args: Any, sections: Mapping[str, Mapping[str, Entry]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.entries = {name: entry for section in sections.values() for name, entry in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.entries:
            return None
        module, _, attribute = self.entries[cmd_name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.summary) for name, entry in section.items()], col_max=16)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=entry.summary)
            for name, entry in self.entries.items()
            if name.startswith(incomplete)
        ]
        return found or super(click.Group, self).shell_complete(ctx, incomplete)


def command(
    name: str, *, examples: Mapping[str, str], **attributes: Any
) -> Callable[[Callable[..., Any]], ExampleCommand]:
    """`click.command` with examples."""
    return click.command(name, cls=ExampleCommand, examples=examples, **attributes)


def write_examples(formatter: click.HelpFormatter, examples: Mapping[str, str]) -> None:
    """Each example on a line of its own, as it would be typed, under what it does."""
    if not examples:
        return
    with formatter.section("Examples"):
        for typed, purpose in examples.items():
            formatter.write(f"{'':{formatter.current_indent}}# {purpose}\n")
            formatter.write(f"{'':{formatter.current_indent}}{typed}\n")
