"""Export: what is filtered, as a file of JSON Lines or as an HTTP archive (HAR), by the file's ending."""

import asyncio
import json
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO

from emulator.core.har import har
from emulator.domain.errors import EnvironmentFault, IllegalCommand
from tui.actions.place import place_of
from tui.client import Refused
from tui.desk import Desk

FILE = "deliveries.jsonl"
LINES = (".jsonl", ".ndjson")
ARCHIVE = ".har"
ENDINGS = ".jsonl for JSON Lines, .har for an HTTP archive"
"""What the endings of files stand for."""
MOST_IN_ARCHIVE = 20_000
"""Deliveries. An archive is one value, which others have to hold in memory as a whole, and so have we."""
_GONE = 404
Document = dict[str, Any]


class Export:
    """One export. `run` may be told to stop between two deliveries; the file has its name only once it is whole."""

    def __init__(self, desk: Desk, numbers: Sequence[int], file: Path) -> None:
        self._desk = desk
        self._numbers = sorted(numbers)
        self._file = file

    async def run(self, done: Callable[[int], None], stopped: Callable[[], bool]) -> str | None:
        """What was written, in a sentence; None when it was stopped. `done` is told how many deliveries are through.

        Raises what the client raises, EnvironmentFault, and IllegalCommand for an archive of too many.
        """
        archive = self._file.suffix == ARCHIVE
        if archive and len(self._numbers) > MOST_IN_ARCHIVE:
            raise IllegalCommand(f"an archive holds {MOST_IN_ARCHIVE:,} deliveries at most; filter, or use JSON Lines")
        unfinished = self._file.with_name(f"{self._file.name}.unfinished")
        try:
            with unfinished.open("w", encoding="utf-8", errors="surrogatepass") as out:
                written = await (self._archive if archive else self._lines)(out, done, stopped)
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

    async def _archive(self, out: TextIO, done: Callable[[int], None], stopped: Callable[[], bool]) -> int | None:
        documents: list[Document] = []
        for place, number in enumerate(self._numbers):
            if stopped():
                return None
            document = await self._delivery(number)
            if document is not None:
                documents.append(document)
            done(place + 1)
        await asyncio.to_thread(_write_archive, documents, out)
        return len(documents)

    async def _delivery(self, number: int) -> Document | None:
        """None where the history has lost it since."""
        try:
            document: Document = (await self._desk.client.get(f"deliveries/{number}"))["data"]
        except Refused as refused:
            if refused.code == _GONE:
                return None
            raise
        return document


def wrong_file(answer: str) -> str | None:
    """What speaks against this file; None where nothing does."""
    if not answer:
        return "Give it a file"
    if place_of(answer).suffix not in (*LINES, ARCHIVE):
        return f"The ending says what is written: {ENDINGS}"
    if place_of(answer).is_dir():
        return f"{answer} is a directory"
    return None


def is_there(file: str) -> bool:
    """Whether something would be written over."""
    return place_of(file).exists()


def _write_archive(documents: Sequence[Document], out: TextIO) -> None:
    try:
        ours = version("epcc-integrations-emulator")
    except PackageNotFoundError:
        ours = "0"
    json.dump(har(documents, version=ours), out, ensure_ascii=False, indent=1)
    out.write("\n")


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries"
