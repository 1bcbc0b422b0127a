"""One server to a data directory: an advisory lock that names its holder."""

import fcntl
import json
import os
from pathlib import Path

from emulator.domain.errors import EnvironmentFault

LOCK_NAME = "lock"


class DirectoryLock:
    """Held from construction to `release`, or to the end of the process, however it ends.

    `left_clean` is False when the last holder ended without a `release`. Raises EnvironmentFault when another
    process has the lock, or the file system has none.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._fd = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(self._fd)
            os.close(self._fd)
            raise EnvironmentFault(
                f"the data directory {directory} is in use by another server{holder}; "
                "stop that one, or choose another directory with --data-dir"
            ) from None
        except OSError as error:
            os.close(self._fd)
            raise EnvironmentFault(
                f"the data directory {directory} cannot be locked ({error.strerror}); choose one on a local disk"
            ) from None
        self.left_clean = os.fstat(self._fd).st_size == 0
        self.announce(None)

    def announce(self, url: str | None) -> None:
        """Write down where the holder listens, for the message that the next one gets."""
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text, 0)

    def release(self) -> None:
        """Let the next one in. The file stays: removing it would let two in at once."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


def _holder(fd: int) -> str:
    try:
        said = json.loads(os.pread(fd, 4096, 0))
        text = f" (process {said['pid']}"
        return text + (f", {said['url']})" if said["url"] else ")")
    except (ValueError, TypeError, KeyError):
        return ""  # it has only just started, and has not written its name yet
