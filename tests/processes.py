"""Processes, and what comes true sooner or later."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def lives(pid: int) -> bool:
    """Whether there is such a process, one that has ended and was not asked about not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], object], patience: float = 30.0) -> None:
    """Raises TimeoutError when that does not become true in so many wall seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it has not come true")
        os.sched_yield()
        time.sleep(0.01)
