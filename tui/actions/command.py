"""Command: one of the emulator's own commands, run beside the dashboard, and what it said."""

import asyncio
import os
import sys
from typing import NamedTuple

from emulator.domain.errors import UserError

_PREFIXES = ("epcc-emulator: ", "Error: ")


class Failed(UserError):
    """A command did not do what it was asked to; the sentence is the command's."""


class Said(NamedTuple):
    """`output` is what the command printed, `beside` what it said beside that."""

    output: str
    beside: str


async def command(*words: str, given: bytes = b"") -> Said:
    """Runs it to its end, which is also its end when this is cancelled. Raises Failed."""
    environ = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
    )
    try:
        output, beside = await process.communicate(given)
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    said = Said(output.decode(errors="replace").strip(), beside.decode(errors="replace").strip())
    if process.returncode:
        raise Failed(_sentence(said.beside or said.output) or f"the command ended with {process.returncode}")
    return said


def _sentence(text: str) -> str:
    """The last line, without the words that say whose it is."""
    line = text.splitlines()[-1].strip() if text else ""
    for prefix in _PREFIXES:
        line = line.removeprefix(prefix)
    return line
