"""InTurn: keys one after the other, each when the one before has done what it does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump

_PATIENCE = 1.0
"""Wall seconds that the next key waits at most: what takes longer than that must not take the keys with it."""
_LOOK = 0.004
_PAINTED = 0.02
"""Wall seconds from what a key has done up to its being painted: Textual paints sixty times a second."""
_WAY = 0.06
"""Wall seconds for which other work gives way at most: under a key that is held down it goes on."""


class InTurn:
    """Textual hands every key to what has the focus when it is typed. Of two that are typed quickly the second goes to
    what was there before the first, which may be about to open something: what is meant for that is done to the page.
    """

    def __init__(
        self,
        app: App[Any],
        handle: Callable[[events.Event], Awaitable[None]],
        opening: Callable[[], bool],
    ) -> None:
        self._app = app
        self._handle = handle
        self._opening = opening
        self._typed: asyncio.Queue[events.Key] = asyncio.Queue()
        self._over = asyncio.Event()
        self._unpainted = 0
        self._free = asyncio.Event()
        self._free.set()

    @property
    def in_hand(self) -> bool:
        """Whether a key waits, is being handled, or has been so just now and is not painted yet."""
        return self._unpainted > 0

    async def give_way(self) -> None:
        """A turn of the loop, or as many as a key that is in hand takes, within reason."""
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAY):
                await self._free.wait()

    def type(self, key: events.Key) -> None:
        """One more, behind those that wait."""
        self._unpainted += 1
        self._free.clear()
        self._typed.put_nowait(key)

    def came_back(self) -> None:
        """Nobody has taken the key, so that the application has; that is the end of it."""
        self._over.set()

    async def run(self) -> None:
        while True:
            key = await self._typed.get()
            try:
                await self._do(key)
            finally:
                asyncio.get_running_loop().call_later(_PAINTED, self._painted)

    def _painted(self) -> None:
        self._unpainted -= 1
        if not self._unpainted:
            self._free.set()

    async def _do(self, key: events.Key) -> None:
        self._over.clear()
        target = self._app.focused or (self._app.screen if self._app.screen_stack else self._app)
        await self._handle(key)
        passed = asyncio.create_task(self._passed(target))
        ended = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait((passed, ended), timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            passed.cancel()
            ended.cancel()
        until = perf_counter() + _PATIENCE
        while self._opening() and perf_counter() < until:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(_LOOK)

    async def _passed(self, target: DOMNode) -> None:
        """Comes back when all that the key has set off has passed from there up to the application, twice: what it set
        off may have set off something."""
        for _ in range(2):
            for node in target.ancestors_with_self:
                await _had_its_turn(node)
            await _had_its_turn(self._app)


async def _had_its_turn(pump: MessagePump) -> None:
    turn = asyncio.Event()
    if pump.call_later(turn.set):
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):  # it may be gone before it gets there
                await turn.wait()
