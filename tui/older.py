"""Older: the deliveries from before the snapshot, page by page, while the present goes on."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from emulator.domain.record import Record, RecordKind
from tui.client import Client, Refused, Unreachable

PAGE = 250
"""Deliveries whose records are asked for at a time."""
_AT_ONCE = 64  # records that are told of in one turn of the loop, of which a key press takes several
_TURN, _BREATH = 0.006, 0.004  # wall seconds of telling, and of leaving the processor to what arrives

Documents = Sequence[Mapping[str, Any]]
Tell = Callable[[Sequence[Record], bool], None]
"""Told of records, and whether they are past."""


class Older:
    """Asks for the next page while it tells of one.

    What is told meanwhile of deliveries that are still to come is held back until they are there: a record whose
    delivery nobody knows would be lost.
    """

    def __init__(
        self,
        client: Client,
        tell: Tell,
        read: Callable[[Documents], list[Record]],
        wanted: Callable[[], bool],
    ) -> None:
        self._client = client
        self._tell = tell
        self._read = read
        self._wanted = wanted
        self._before: int | None = None
        self._held_back: list[Record] = []

    def hold_back(self, records: list[Record]) -> list[Record]:
        """Those that can be told of now."""
        before = self._before
        if before is None:
            return records
        self._held_back += [record for record in records if 0 < record.delivery < before]
        return [record for record in records if not 0 < record.delivery < before]

    async def run(self, before: int | None) -> None:
        """Until all is there, there is no more room, or nobody answers; the feed is about to notice, and says so."""
        self._before = before
        asked: asyncio.Task[Any] | None = None
        try:
            while before is not None and self._wanted():
                page = await (asked or self._page(before))
                before = page.get("before")
                asked = None if before is None else asyncio.create_task(self._page(before))
                await self._take(page["data"])
                self._reached(before)
        except (Unreachable, Refused):
            pass
        finally:
            self._reached(None)
            if asked is not None:
                asked.cancel()
                await asyncio.gather(asked, return_exceptions=True)

    async def _page(self, before: int) -> Any:
        return await self._client.get("records", before=before, limit=PAGE, brief="true")

    async def _take(self, documents: Documents) -> None:
        begun = perf_counter()
        for some in _some(documents):
            self._tell(self._read(some), True)
            over = perf_counter() - begun > _TURN
            await asyncio.sleep(_BREATH if over else 0)
            if over:
                begun = perf_counter()

    def _reached(self, before: int | None) -> None:
        """Tells of what was held back for the deliveries that are there now; at the end, of all of it."""
        self._before = before
        held_back, self._held_back = self._held_back, []
        if ready := self.hold_back(held_back):
            self._tell(ready, False)


def _some(documents: Documents) -> Iterator[Documents]:
    """A few at a time. That a request left does not matter any more where something came after it."""
    newest = {_delivery(document): document for document in documents}
    kept = [document for document in documents if newest[_delivery(document)] is document or not _left(document)]
    for begin in range(0, len(kept), _AT_ONCE):
        yield kept[begin : begin + _AT_ONCE]


def _delivery(document: Any) -> int:
    """Which delivery it is about, 0 where that cannot be said; what is wrong with it is found out later."""
    number = document.get("delivery") if isinstance(document, Mapping) else 0
    return number if isinstance(number, int) else 0


def _left(document: Any) -> bool:
    return isinstance(document, Mapping) and document.get("kind") == RecordKind.SENT
