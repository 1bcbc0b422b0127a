"""Reference: docs/cli.md, written from the commands themselves by `python -m emulator.cli.reference`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path

import click

from emulator.cli.commands import SECTIONS
from emulator.cli.lazy import ExampleCommand, WordyGroup
from emulator.cli.main import PROGRAM, root
from emulator.cli.options import with_client
from emulator.cli.server_options import behaviour_options, server_options

_WIDE = 10_000  # no line is broken
_HEAD = """\
# Command line

Every command and every option. Written from the code by `make docs`, and held against it by a test; `--help` says the
same in a terminal.

An option that is not given is taken from `EPCC_EMULATOR_<OPTION>` in the environment (those of servers only), else from
`epcc-emulator.yaml`, which `epcc-emulator init` writes. Durations are `250ms`, `30s`, `10m`, `2h`.

| exit code | meaning |
|---|---|
| 0 | done, and all is well |
| 1 | the command line is wrong, or what was asked for cannot be done |
| 2 | a file is invalid |
| 3 | the emulator is missing or failed: a port, a directory, a server that is not running |
| 4 | something did not come out as it was expected |
| 5 | time ran out before anything could be said |
| 130, 143 | interrupted, terminated |

`exec` passes on the exit code of the command that it runs.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """Options that several commands take, said once; `lines` is by their names."""

    title: str
    lines: Mapping[str, str]

    @property
    def link(self) -> str:
        return f"[{self.title}](#{self.title.replace(' ', '-')})"


def reference() -> str:
    """The whole page."""
    settings = {**root.context_settings, "terminal_width": _WIDE, "max_content_width": _WIDE}
    with click.Context(root, info_name=PROGRAM, **settings) as ctx:
        shared = _shared(ctx)
        parts = [_HEAD]
        for group in shared:
            parts.append(f"## {group.title.capitalize()}\n")
            parts.append(_listed(group.lines.values()))
        for title, section in SECTIONS.items():
            parts.append(f"## {title}\n")
            for name in section:
                parts.extend(_described(root, ctx, name, shared))
    return "\n".join(parts)


def _described(group: click.Group, parent: click.Context, name: str, shared: Sequence[_Shared]) -> Iterator[str]:
    command = group.get_command(parent, name)
    assert command is not None, f"{name} is listed among the commands"
    with click.Context(command, info_name=name, parent=parent) as ctx:
        words = ctx.command_path.split()[1:]
        yield f"##{'#' * len(words)} {' '.join(words)}\n"
        yield _flowing(command.help or "")
        yield _typed([f"{ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}"])
        lines = _options(command, ctx)
        taken = [group for group in shared if group.lines.items() <= lines.items()]
        own = [line for option, line in lines.items() if not any(option in group.lines for group in taken)]
        if own or taken:
            yield _listed([*own, *(f"and the options on {group.link}" for group in taken)])
        if isinstance(command, ExampleCommand | WordyGroup) and command.examples:
            yield _typed([f"{typed}  # {purpose}" for typed, purpose in command.examples.items()])
        if isinstance(command, click.Group):
            for inner in command.list_commands(ctx):
                yield from _described(command, ctx, inner, shared)


def _shared(ctx: click.Context) -> list[_Shared]:
    behaviour = _options_of(behaviour_options, ctx)
    server = _options_of(server_options, ctx)
    place = {option: line for option, line in server.items() if option not in behaviour}
    return [
        _Shared(title="where a server listens", lines=place),
        _Shared(title="how a server behaves", lines=behaviour),
        _Shared(title="which server is meant", lines=_options_of(with_client, ctx)),
    ]


def _options_of(decorator: Callable[[Callable[[], None]], Callable[..., None]], ctx: click.Context) -> dict[str, str]:
    return _options(click.command("probe")(decorator(lambda: None)), ctx)


def _options(command: click.Command, ctx: click.Context) -> dict[str, str]:
    """A line for each option but `--help`, by its name."""
    lines = {}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if isinstance(parameter, click.Option) and record is not None and "--help" not in parameter.opts:
            names, text = record
            lines[parameter.opts[0]] = f"`{names}`: {_text(text)}"
    return lines


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _typed(lines: Iterable[str]) -> str:
    return "\n".join(["```console", *(f"$ {line}" for line in lines), "```"]) + "\n"


def _flowing(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", cleandoc(text).replace("\b", ""))
    return "\n\n".join(_text(" ".join(paragraph.split())) for paragraph in paragraphs) + "\n"


def _text(text: str) -> str:
    """Markdown that shows this text as it is."""
    return re.sub(r"(\*|<(?=\w))", r"\\\1", text)


if __name__ == "__main__":
    Path("docs/cli.md").write_text(reference(), encoding="utf-8")
