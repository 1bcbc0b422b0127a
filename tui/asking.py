"""Asking: what a page asks its server once a second while it is in front."""

from collections.abc import Awaitable, Callable

from textual.screen import Screen

from tui.client import Refused, Unreachable
from tui.model.harmless import harmless

_PAUSE = 1.0  # wall seconds


class Asking:
    """One question at a time: a server that takes long for the last one is not asked again meanwhile."""

    def __init__(self, screen: Screen[None], ask: Callable[[], Awaitable[None]]) -> None:
        self._screen = screen
        self._ask = ask
        self._waiting = False
        self._refused = ""

    def begin(self) -> None:
        """From when the screen is there."""
        self._screen.set_interval(_PAUSE, self.now)
        self.now()

    def now(self) -> None:
        """Asks, unless nobody is looking or the last answer is still to come."""
        if self._screen.is_current and not self._waiting:
            self._waiting = True
            self._screen.run_worker(self._once(), group="ask")

    async def _once(self) -> None:
        try:
            await self._ask()
            self._refused = ""
        except Unreachable:
            pass  # the feed says so, once
        except Refused as refused:
            if refused.sentence != self._refused:
                self._refused = refused.sentence
                self._screen.notify(harmless(refused.sentence), severity="error", markup=False)
        finally:
            self._waiting = False
