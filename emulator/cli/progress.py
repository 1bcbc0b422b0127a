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


def watched(work: Callable[[], T], done: Callable[[], int], *, total: int | None, label: str) -> T:
    """What `work` comes to. Meanwhile `done` is asked how much of `total` is done, and a bar shows it; without a total,
    how much it is."""
    if not sys.stderr.isatty():
        return work()
    future: Future[T] = Future()
    # A daemon: whoever interrupts us does not want to wait for it.
    threading.Thread(target=_fulfil, args=(future, work), name="work", daemon=True).start()
    wait([future], _UNNOTICED)
    if future.done():
        return future.result()
    if total is None:
        _count(future, done, label)
    else:
        _fill(future, done, total, label)
    return future.result()


def _fill(future: "Future[T]", done: Callable[[], int], total: int, label: str) -> None:
    shown = 0
    with click.progressbar(length=max(1, total), label=label, file=sys.stderr, show_eta=False, show_pos=True) as bar:
        while not future.done():
            now = min(total, done())
            bar.update(max(0, now - shown))
            shown = max(shown, now)
            wait([future], _BETWEEN)
        if future.exception() is None:
            bar.update(max(0, min(total, done()) - shown))


def _count(future: "Future[T]", done: Callable[[], int], label: str) -> None:
    with click.progressbar(
        length=1,
        label=label,
        file=sys.stderr,
        bar_template="%(label)s  %(info)s",
        item_show_func=_shown,
        show_eta=False,
        show_percent=False,
        update_min_steps=0,
    ) as bar:
        while not future.done():
            bar.update(0, done())
            wait([future], _BETWEEN)


def _shown(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _fulfil(future: "Future[T]", work: Callable[[], T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
