"""The editor in which a payload is changed."""

import os
import sys

import click


def edited(payload: str) -> str | None:
    """What the user's editor makes of it; None where it was left as it is. Raises UsageError without a terminal, unless
    an editor is named that may do without one."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not named and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("--edit opens an editor, which needs a terminal; or name one by EDITOR that does not")
    return click.edit(payload, extension=".json")
