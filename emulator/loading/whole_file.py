"""Whole file: written so that nobody ever reads half of it."""

import os
from pathlib import Path

from emulator.domain.errors import EnvironmentFault


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Raises EnvironmentFault when it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        raise EnvironmentFault(f"cannot write {path}: {error.strerror}") from None
