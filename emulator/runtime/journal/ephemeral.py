"""Temporary directories for journals that keep nothing, and the removal of those that a crash left behind."""

import shutil
import tempfile
import time
from pathlib import Path

from emulator.domain.errors import EnvironmentFault
from emulator.runtime.journal.lock import LOCK_NAME, DirectoryLock

_PREFIX = "epcc-emulator-"
_YOUNG = 60.0  # seconds in which a directory may not have been locked by its maker yet


def temporary_directory() -> Path:
    """A new one, for its owner alone. Raises EnvironmentFault when there is no place for it."""
    try:
        directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise EnvironmentFault(f"no temporary directory can be made ({error.strerror or error})") from None
    _sweep(directory)
    return directory


def _sweep(mine: Path) -> None:
    """Remove the others that nobody holds: their process was killed before it could."""
    for other in mine.parent.glob(f"{_PREFIX}*"):
        lock = other / LOCK_NAME
        try:
            if other == mine or time.time() - lock.stat().st_mtime < _YOUNG:
                continue
            DirectoryLock(other).release()
        except (OSError, EnvironmentFault):
            continue  # somebody else's, in use, or already gone
        shutil.rmtree(other, ignore_errors=True)
