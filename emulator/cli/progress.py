"""Progress of work that takes long, on a terminal's standard error; nothing where nobody watches."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

import click

T = TypeVar("T")

_UNNOTICED = 1.0  # wall seconds for which nothing is shown
_BETWEEN = 0.2


def watched(work: Callable[[], T], done: Callable[[], int], *, total: int, label: str) -> T:
    """What `work` comes to. Meanwhile `done` is asked how much of `total` is done, and a bar shows it."""
    if not sys.stderr.isatty():
        return work()
    future: Future[T] = Future()
    # A daemon: whoever interrupts us does not want to wait for it.
    threading.Thread(target=_fulfil, args=(future, work), name="work", daemon=True).start()
    wait([future], _UNNOTICED)
    if future.done():
        return future.result()
    shown = 0
    with click.progressbar(length=max(1, total), label=label, file=sys.stderr, show_eta=False, show_pos=True) as bar:
        while not future.done():
            now = min(total, done())
            bar.update(max(0, now - shown))
            shown = max(shown, now)
            wait([future], _BETWEEN)
        if future.exception() is None:
            bar.update(max(0, min(total, done()) - shown))
    return future.result()


def _fulfil(future: "Future[T]", work: Callable[[], T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
