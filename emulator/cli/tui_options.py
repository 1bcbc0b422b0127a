"""How the dashboard looks, as options of every command that starts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

THEMES = ("dark", "light", "high-contrast", "terminal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """`theme` None is what suits the terminal."""

    theme: str | None = None
    keys: Path | None = None
    ascii_only: bool = False

    def words(self) -> Sequence[str]:
        """The same as words of a command line."""
        return [
            *(["--theme", self.theme] if self.theme else []),
            *(["--keys", str(self.keys.resolve())] if self.keys else []),
            *(["--ascii"] if self.ascii_only else []),
        ]


def looks_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--theme`, `--keys` and `--ascii`, and hands the command what they say as `looks`."""

    @click.option(
        "--theme",
        type=click.Choice(THEMES),
        envvar="EPCC_EMULATOR_THEME",
        help="Its colours; `terminal` has the terminal's own sixteen  [default: dark, or what the terminal can show]",
    )
    @click.option(
        "--keys",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="EPCC_EMULATOR_KEYS",
        help="A YAML file of other keys; see tui --print-keys.",
    )
    @click.option("--ascii", "ascii_only", is_flag=True, envvar="EPCC_EMULATOR_ASCII", help="Draw with ASCII alone.")
    @wraps(command)
    def looking(*args: Any, theme: str | None, keys: Path | None, ascii_only: bool, **options: Any) -> Any:
        return command(*args, looks=Looks(theme=theme, keys=keys, ascii_only=ascii_only), **options)

    return looking
