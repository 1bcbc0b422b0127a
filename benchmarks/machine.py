"""The machine: its shape, and which of its processors a measurement runs on."""

import os
import platform
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager


def shape() -> dict[str, object]:
    """What a number depends on; no names."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "cpus": len(_usable()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2),
    }


@contextmanager
def one_core() -> Iterator[None]:
    """This process, its threads and children to come, on one processor: the first it may use.

    Where processors cannot be chosen (other systems than Linux), nothing changes.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = _usable()
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def other_core(pid: int) -> None:
    """That process on the last processor, away from `one_core`."""
    usable = _usable()
    if len(usable) > 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {max(usable)})


def _usable() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))
