"""Alarm: calls one function when its time has come, or sooner when somebody rings."""

import asyncio
import logging
from collections.abc import Callable

_log = logging.getLogger("emulator")


class Alarm:
    """`act` answers in how many wall seconds it is to be called again, or None for not before somebody rings.

    It is called from the loop itself: a task that waits for an event would be two of its turns later, and in each of
    them everything else that is ready comes first. `act` never fails; if it does, that is a mistake of ours which ends
    the alarm, and `broken` is what people are told.
    """

    def __init__(self, act: Callable[[], float | None], *, broken: str) -> None:
        self._act = act
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._next: asyncio.Handle | None = None
        self._soon = False
        self._over = False

    def ring(self) -> None:
        """In the loop's next turn, once, however often it is rung before."""
        if not self._soon and not self._over:
            self._cancel()
            self._soon = True
            self._next = self._loop.call_soon(self._go)

    def end(self) -> None:
        """It is never called again."""
        self._over = True
        self._cancel()

    def _go(self) -> None:
        self._next, self._soon = None, False
        try:
            wait = self._act()
        except Exception:
            self.end()
            _log.critical(self._broken, exc_info=True)
            return
        if wait is not None and not self._soon and not self._over:
            self._next = self._loop.call_later(wait, self._go)

    def _cancel(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None
