"""Freeze: what became of some deliveries, as a scenario that plays it again."""

from collections.abc import Collection
from pathlib import Path

from tui.actions.command import command
from tui.actions.place import place_of
from tui.desk import Desk

FILE = "frozen.yaml"


async def freeze(desk: Desk, numbers: Collection[int], file: Path) -> str:
    """What was written, in a sentence. Raises Failed."""
    words = [str(number) for number in sorted(numbers)]
    where = ["--url", desk.client.url]
    if desk.client.ca_file is not None:  # which lies in the server's data directory
        where += ["--data-dir", str(desk.client.ca_file.parent)]
    await command("scenario", "from", *words, "--save", str(file), *where)
    return f"Wrote {file}; play it with run {file} --forward-to URL"


def wrong_file(answer: str) -> str | None:
    """What speaks against this file; None where nothing does."""
    if not answer:
        return "Give the scenario a file"
    if place_of(answer).suffix not in (".yaml", ".yml"):
        return f"A scenario is a YAML file; call it {answer}.yaml"
    return f"{answer} is there already; choose another name" if place_of(answer).exists() else None
