"""Export: what is filtered, as a file of JSON Lines or as a HAR, by the file's ending."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from emulator.domain.errors import EnvironmentFault
from tui.client import Refused
from tui.desk import Desk

FILE = "deliveries.jsonl"
LINES = (".jsonl", ".ndjson")
ENDINGS = "JSON Lines with .jsonl"
"""What the endings of files stand for."""
_GONE = 404


class Export:
    """One export. `run` may be told to stop between two deliveries; what was written by then is taken away again."""

    def __init__(self, desk: Desk, numbers: Sequence[int], file: Path) -> None:
        self._desk = desk
        self._numbers = sorted(numbers)
        self._file = file

    async def run(self, done: Callable[[int], None], stopped: Callable[[], bool]) -> str | None:
        """What was written, in a sentence; None when it was stopped. Raises what the client raises, EnvironmentFault.

        `done` is told how many deliveries are through. The file has its name only once it is whole.
        """
        unfinished = self._file.with_name(f"{self._file.name}.unfinished")
        try:
            with unfinished.open("w", encoding="utf-8") as out:
                written = await self._lines(out, done, stopped)
            if written is None:
                return None
            unfinished.replace(self._file)
        except OSError as error:
            raise EnvironmentFault(f"{self._file} cannot be written: {error.strerror or error}") from None
        finally:
            unfinished.unlink(missing_ok=True)
        return f"Wrote {_deliveries(written)} into {self._file}"

    async def _lines(self, out: TextIO, done: Callable[[int], None], stopped: Callable[[], bool]) -> int | None:
        written = 0
        for place, number in enumerate(self._numbers):
            if stopped():
                return None
            document = await self._delivery(number)
            if document is not None:
                out.write(json.dumps(document, ensure_ascii=False) + "\n")
                written += 1
            done(place + 1)
        return written

    async def _delivery(self, number: int) -> dict[str, Any] | None:
        """None where the history has lost it since."""
        try:
            document: dict[str, Any] = (await self._desk.client.get(f"deliveries/{number}"))["data"]
        except Refused as refused:
            if refused.code == _GONE:
                return None
            raise
        return document


def wrong_file(answer: str) -> str | None:
    """What speaks against this file; None where nothing does."""
    if not answer:
        return "Give it a file"
    if Path(answer).suffix not in LINES:
        return f"The ending says what is written: {' or '.join(LINES)} for JSON Lines"
    if Path(answer).is_dir():
        return f"{answer} is a directory"
    return None


def is_there(file: str) -> bool:
    """Whether something would be written over."""
    return Path(file).exists()


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries"
