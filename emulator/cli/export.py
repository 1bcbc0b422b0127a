"""Export: deliveries with all that is known of them, written to a file for other tools."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from emulator.cli.console import note
from emulator.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient

Document = dict[str, Any]
STDOUT = "-"
_PAGE = 100


def details(client: "ControlClient", job: str | None, filters: Mapping[str, Any]) -> Iterator[Document]:
    """One delivery, or all that match, oldest first, each in detail. What comes meanwhile is not waited for."""
    if job is not None:
        yield client.delivery(job)
        return
    for number in sorted(_numbers(client, filters)):
        yield client.delivery(str(number))


def write_har(path: str, deliveries: Iterator[Document]) -> None:
    """All of them as one archive."""
    from emulator.core.har import har
    from emulator.loading.versions import package_version

    archive = har(deliveries, version=package_version())
    _write(path, lambda file: file.write(json.dumps(archive, ensure_ascii=False, indent=1) + "\n"))
    _tell(path, len(archive["log"]["entries"]), "attempt")


def write_ndjson(path: str, deliveries: Iterator[Document]) -> None:
    """One a line."""
    count = 0

    def lines(file: TextIO) -> None:
        nonlocal count
        for delivery in deliveries:
            file.write(json.dumps(delivery, ensure_ascii=False) + "\n")
            count += 1

    _write(path, lines)
    _tell(path, count, "delivery", "deliveries")


def _numbers(client: "ControlClient", filters: Mapping[str, Any]) -> set[int]:
    numbers: set[int] = set()
    offset = 0
    while True:
        page = client.deliveries(**filters, limit=_PAGE, offset=offset)
        numbers |= {row["number"] for row in page["data"]}
        offset += _PAGE
        if offset >= page["results"]["total"] or not page["data"]:
            return numbers


def _write(path: str, what: Callable[[TextIO], object]) -> None:
    with _opened(path) as file:
        what(file)


@contextmanager
def _opened(path: str) -> Iterator[TextIO]:
    """Raises EnvironmentFault for a file that cannot be written. Half of a file is never left under the name."""
    if path == STDOUT:
        yield sys.stdout
        return
    whole, beside = Path(path), Path(f"{path}.part")
    try:
        with beside.open("w", encoding="utf-8", errors="surrogatepass") as file:
            yield file
        beside.replace(whole)
    except OSError as error:
        raise EnvironmentFault(f"cannot write {path}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


def _tell(path: str, count: int, noun: str, plural: str | None = None) -> None:
    if path != STDOUT:
        note(f"Wrote {count} {noun if count == 1 else plural or f'{noun}s'} to {click.format_filename(path)}")
