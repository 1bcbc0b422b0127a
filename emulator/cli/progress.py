"""Progress of work that takes long, on a terminal's standard error; nothing where nobody watches."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from typing import TypeVar

import click

T = TypeVar("T")

_UNNOTICED = 1.0  # wall seconds for which nothing is shown
_BETWEEN = 0.2


def watched(work: Callable[[], T], done: Callable[[], int], *, total: int, label: str) -> T:
    """What `work` comes to. Meanwhile `done` is asked how much of `total` is done, and a bar shows it."""
    if not sys.stderr.isatty():
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="work") as pool:
        future = pool.submit(work)
        try:
            return future.result(_UNNOTICED)
        except TimeoutError:
            if future.done():
                raise
        shown = 0
        with click.progressbar(length=max(1, total), label=label, file=sys.stderr) as bar:
            while True:
                try:
                    result = future.result(_BETWEEN)
                except TimeoutError:
                    if future.done():
                        raise
                    now = min(total, done())
                    bar.update(max(0, now - shown))
                    shown = max(shown, now)
                else:
                    bar.update(max(0, total - shown))
                    return result
