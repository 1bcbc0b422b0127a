"""Feed: a snapshot of the newest, then every record as it comes; for ever, whatever becomes of the server."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from emulator.core.event_stream import OVERSIZED, EventStream, ServerSent, record_of, recorded
from emulator.domain.errors import InvalidInput
from emulator.domain.record import Record
from tui.client import Client, Refused, Unreachable
from tui.link import Link
from tui.older import Older

FIRST_PAGE = 200
_FAR_BEHIND = 20_000  # records; beyond, a snapshot is quicker than the feed
_WAITS = (0.25, 0.5, 1.0, 2.0)  # wall seconds before it is tried again
_AT_ONCE = 100  # records that are told of in one turn of the loop, of which a key press takes several


class Listener(Protocol):
    """Who is told. Called on the event loop, and quick."""

    def linked(self, link: Link, text: str = "") -> None:
        """How the dashboard stands with its server, in words where there is something to say."""

    def started_over(self, status: Mapping[str, Any]) -> None:
        """Another server, or another history: what was known is of no use."""

    def told(self, records: Sequence[Record], *, past: bool = False) -> None:
        """Records in their order: new ones; or those of a snapshot, and of deliveries that are older than all that were
        told of, which are `past`."""

    def lagged(self, why: str) -> None:
        """Some records were missed; what is known is asked for again."""

    def garbled(self, sentence: str) -> None:
        """Something came that is no record, and was passed over."""

    def wants_older(self) -> bool:
        """Whether there is room for older deliveries."""


async def _a_turn() -> None:
    await asyncio.sleep(0)


class Feed:
    """Follows one server. `run` returns only when it is cancelled, or when a saved journal is told of.

    `give_way` is awaited between any two parts of what came, for whatever is more urgent.
    """

    def __init__(
        self, client: Client, listener: Listener, *, give_way: Callable[[], Awaitable[None]] = _a_turn
    ) -> None:
        self._client = client
        self._listener = listener
        self._give_way = give_way
        self._last = 0
        self._run: str | None = None
        self._failures = 0
        self._older = Older(client, self._tell, self._records, listener.wants_older)

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except Unreachable as down:
                self._listener.linked(Link.DOWN, down.sentence)
            except Refused as refused:
                self._listener.linked(Link.DOWN, refused.sentence)
            await asyncio.sleep(_WAITS[min(self._failures, len(_WAITS) - 1)])
            self._failures += 1

    async def _follow(self) -> None:
        """One connection, from its snapshot to its end."""
        status = await self._client.status()
        if status.get("saved"):
            await self._follow_saved(status)
            return
        page = await self._client.get("records", limit=FIRST_PAGE, brief="true")
        older: asyncio.Task[None] | None = None
        if str(status["run"]) != self._run or not self._last <= page["seq"] <= self._last + _FAR_BEHIND:
            self._run = str(status["run"])
            self._listener.started_over(status)
            self._listener.told(self._records(page["data"]), past=True)
            self._last = page["seq"]
            older = asyncio.create_task(self._older.run(page.get("before")))
        try:
            await self._listen(older)
        finally:
            if older is not None:
                older.cancel()
                with suppress(asyncio.CancelledError):
                    await older

    async def _follow_saved(self, status: Mapping[str, Any]) -> None:
        """Every record of a saved journal from the first one on, so that it can be shown at any moment."""
        end = int((await self._client.get("records", limit=1, brief="true"))["seq"])
        if str(status["run"]) != self._run or self._last > end:
            self._run, self._last = str(status["run"]), 0
            self._listener.started_over(status)
        async with self._client.feed(self._last) as chunks:
            self._failures = 0
            self._listener.linked(Link.LOADING if self._last < end else Link.SAVED)
            stream = EventStream()
            async for chunk in chunks:
                begun = self._last < end
                await self._take(stream.feed(chunk))
                if begun and self._last >= end:
                    self._listener.linked(Link.SAVED)
        raise Unreachable(f"{self._client.url} has closed the feed")

    async def _listen(self, older: asyncio.Task[None] | None) -> None:
        async with self._client.feed(self._last) as chunks:
            self._failures = 0
            self._listener.linked(Link.LIVE if older is None or older.done() else Link.LOADING)
            if older is not None:
                older.add_done_callback(lambda task: None if task.cancelled() else self._listener.linked(Link.LIVE))
            stream = EventStream()
            async for chunk in chunks:
                if not await self._take(stream.feed(chunk)):
                    return
        raise Unreachable(f"{self._client.url} has closed the feed")

    async def _take(self, events: Sequence[ServerSent]) -> bool:
        """Tells of what came; False when the server says that we were too slow, and a snapshot is needed."""
        for some in _few(events):
            if not self._take_some(some):
                return False
            await self._give_way()
        return True

    def _take_some(self, events: Sequence[ServerSent]) -> bool:
        records: list[Record] = []
        whole = True
        for event in events:
            if event.comment:
                continue
            if event.name == "lagged":
                self._listener.lagged(event.data)
                self._run, whole = None, False
                break
            if event.name == OVERSIZED:
                self._listener.garbled(event.data)
                continue
            try:
                record = record_of(event.data)
            except InvalidInput as wrong:
                self._listener.garbled(wrong.sentence)
                continue
            self._last = record.seq
            records.append(record)
        if records := self._older.hold_back(records):
            self._listener.told(records)
        return whole

    def _tell(self, records: Sequence[Record], past: bool) -> None:
        self._listener.told(records, past=past)

    def _records(self, documents: Sequence[Mapping[str, Any]]) -> list[Record]:
        records = []
        for document in documents:
            try:
                records.append(recorded(document))
            except InvalidInput as wrong:
                self._listener.garbled(wrong.sentence)
        return records


def _few(events: Sequence[ServerSent]) -> Iterable[Sequence[ServerSent]]:
    """What a chunk brought, in parts that hold nothing up for long."""
    return (events[begin : begin + _AT_ONCE] for begin in range(0, len(events), _AT_ONCE))
