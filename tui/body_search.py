"""BodySearch: asks the server which bodies hold the texts of a filter, for the past and for what comes."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from tui.client import Client, Refused, Unreachable
from tui.session import Session

_PAUSE = 0.5  # wall seconds between two looks at what has come since
_PAGE = 1_000


class BodySearch:
    """Runs until it is cancelled. `found` is told of deliveries that hold a text, as soon as they are known."""

    def __init__(self, client: Client, session: Session, found: Callable[[Collection[int]], object]) -> None:
        self._client = client
        self._session = session
        self._found = found
        self.looking = False

    async def run(self, texts: Collection[str]) -> None:
        """Looks from the newest delivery to the oldest that the window has, then again and again at newer ones."""
        newest = max(self._session.window.rows, default=0)
        self.looking = True
        for text in texts:
            await self._pages(text, {})
        self.looking = False
        while True:
            await asyncio.sleep(_PAUSE)
            last = max(self._session.window.rows, default=0)
            if last > newest:
                for text in texts:
                    await self._pages(text, {"after": newest})
                newest = last

    async def _pages(self, text: str, query: dict[str, Any]) -> None:
        before: int | None = None
        while True:
            try:
                page = await self._client.get("search", text=text, before=before, limit=_PAGE, **query)
            except (Unreachable, Refused):
                return  # the feed says that nobody answers; what is newer is asked for later
            numbers = {int(number) for number in page["data"]}
            known = self._session.bodies.get(text)
            if known is None:
                return  # another filter has come
            if fresh := numbers - known:
                known |= fresh
                self._found(fresh)
            before = page.get("next")
            if before is None or before <= self._session.window.forgotten:
                return
