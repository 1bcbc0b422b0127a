"""Progress of work that takes long, on a terminal's standard error; nothing where nobody watches."""

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import click

from emulator.domain.errors import EmulatorError

T = TypeVar("T")

_UNNOTICED = 1.0  # wall seconds for which nothing is shown
_BETWEEN = 0.2
_LAST_LOOK = 1.0  # wall seconds in which the bar has to end once the work has


def watched(work: Callable[[], T], done: Callable[[], int], *, total: int | None, label: str) -> T:
    """What `work` comes to. Meanwhile `done` is asked, in another thread, how much of `total` is done, and a bar shows
    it; without a total, how much it is."""
    if not sys.stderr.isatty():
        return work()
    # The work stays in this thread, where Ctrl+C reaches it, so that it ends what it has begun.
    bar = _Bar(done, total, label)
    bar.start()
    try:
        result = work()
    except BaseException:
        bar.end(well=False)
        raise
    bar.end(well=True)
    return result


class _Bar:
    """Draws what `done` says until it is ended."""

    def __init__(self, done: Callable[[], int], total: int | None, label: str) -> None:
        self._done, self._total, self._label = done, total, label
        self._over = threading.Event()
        self._well = False
        self._thread = threading.Thread(target=self._draw, name="progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self, *, well: bool) -> None:
        """`well` is work that was done to its end."""
        self._well = well
        self._over.set()
        self._thread.join(_LAST_LOOK)

    def _draw(self) -> None:
        if self._over.wait(_UNNOTICED):
            return
        try:
            if self._total is None:
                self._count()
            else:
                self._fill(self._total)
        except EmulatorError:
            click.echo(err=True)  # whoever does the work meets with the same, and says it

    def _fill(self, total: int) -> None:
        shown = 0
        with click.progressbar(
            length=max(1, total), label=self._label, file=sys.stderr, show_eta=False, show_pos=True
        ) as bar:
            while not self._over.is_set():
                now = min(total, self._done())
                bar.update(max(0, now - shown))
                shown = max(shown, now)
                self._over.wait(_BETWEEN)
            if self._well:
                bar.update(max(0, min(total, self._done()) - shown))

    def _count(self) -> None:
        with click.progressbar(
            length=1,
            label=self._label,
            file=sys.stderr,
            bar_template="%(label)s  %(info)s",
            item_show_func=_shown,
            show_eta=False,
            show_percent=False,
            update_min_steps=0,
        ) as bar:
            while not self._over.is_set():
                bar.update(0, self._done())
                self._over.wait(_BETWEEN)


def _shown(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
