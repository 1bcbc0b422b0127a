"""Folder: the files that an export consists of, written over nothing that is somebody else's."""

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from emulator.domain.errors import EnvironmentFault, UserError
from emulator.harness.contracts.asyncapi import asyncapi_document
from emulator.harness.contracts.message import ContractMessage
from emulator.loading.whole_file import write_whole

MARK = "x-written-by"
WRITER = "epcc-emulator contracts export"
ASYNCAPI = Path("asyncapi.json")


class Format(StrEnum):
    """What is written."""

    JSON_SCHEMA = "jsonschema"
    ASYNCAPI = "asyncapi"
    ALL = "all"


def contract_files(messages: Sequence[ContractMessage], form: Format) -> Iterator[tuple[Path, str]]:
    """Paths inside the folder, and what is in them: the same bytes every time."""
    if form is not Format.JSON_SCHEMA:
        yield ASYNCAPI, _text(asyncapi_document(messages))
    if form is not Format.ASYNCAPI:
        for message in messages:
            yield Path(str(message.envelope)) / f"{message.key}.schema.json", _text(message.schema())


def write_contracts(folder: Path, files: Sequence[tuple[Path, str]]) -> None:
    """All of them, or none where one of them is somebody else's.

    Raises UserError for a file that is there and was not written by an earlier export, EnvironmentFault where nothing
    can be written.
    """
    try:
        foreign = [str(folder / path) for path, _ in files if not _ours(folder / path)]
        if foreign:
            more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
            raise UserError(
                f"{foreign[0]}{more}: there already, and not written by an export, so nothing was written. "
                "Move it away, or choose another --dir"
            )
        for parent in dict.fromkeys((folder / path).parent for path, _ in files):
            parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFault(f"cannot write into {folder}: {error.strerror or error}") from None
    for path, text in files:
        write_whole(folder / path, text)


def _text(document: dict[str, Any]) -> str:
    first, *rest = document.items()
    return json.dumps(dict([first, (MARK, WRITER), *rest]), indent=2, ensure_ascii=False) + "\n"


def _ours(path: Path) -> bool:
    """Whether nothing is lost when this is written: it is not there, or an earlier export wrote it."""
    if not path.exists() and not path.is_symlink():
        return True
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get(MARK) == WRITER
