"""What commands print: tables, JSON, sentences beside the output. click strips colours where no terminal is."""

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import click

from emulator.domain.moment import format_duration, parse_instant

GAP = "  "


def print_json(value: Any) -> None:
    """One value, indented, for `--json`."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_json_line(value: Any) -> None:
    """One value a line, for what goes on as it happens."""
    click.echo(json.dumps(value, ensure_ascii=False))


def note(sentence: str) -> None:
    """Said beside the output, so that a script that reads the output does not see it."""
    click.echo(sentence, err=True)


def dim(text: str) -> str:
    return click.style(text, dim=True)


def strong(text: str) -> str:
    return click.style(text, bold=True)


def good(text: str) -> str:
    return click.style(text, fg="green")


def bad(text: str) -> str:
    return click.style(text, fg="red")


def warning(text: str) -> str:
    return click.style(text, fg="yellow")


def until(due: str, now: str) -> str:
    """How long it is from `now` to `due`, both as the API writes them."""
    wait = parse_instant(due) - parse_instant(now)
    return f"in {format_duration(wait)}" if wait > 0 else "now"


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, spare: int = 0) -> None:
    """Columns as wide as their widest cell; the last one is as long as it is.

    On a terminal that is too narrow, up to `spare` columns are left out, from the right.
    """
    for _ in range(spare):
        if not _on_terminal() or _width(headings, rows) <= shutil.get_terminal_size().columns:
            break
        headings, rows = headings[:-1], [row[:-1] for row in rows]
    cells = [[click.unstyle(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [headings, *cells]) for column in range(len(headings))]
    click.echo(dim(_line(list(headings), list(headings), widths)))
    for row, bare in zip(rows, cells, strict=True):
        click.echo(_line(list(row), bare, widths))


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _width(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    columns = zip(headings, *rows, strict=True)
    return sum(max(len(click.unstyle(cell)) for cell in column) + len(GAP) for column in columns) - len(GAP)


def _line(row: list[str], bare: list[str], widths: list[int]) -> str:
    padded = [cell + " " * (width - len(plain)) for cell, plain, width in zip(row, bare, widths, strict=True)]
    return GAP.join([*padded[:-1], row[-1]]).rstrip()
