"""`/_emulator/feed`: every record as a server-sent event, from any point in the past into the present."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from starlette.responses import Response, StreamingResponse

from emulator.api.answer import to_json
from emulator.api.brief import brief_document
from emulator.api.documents import record_document
from emulator.api.operation import Call, Operation, Surface
from emulator.api.parameters import switch
from emulator.api.refusal import Refusal, invalid, quoted
from emulator.api.schema import boolean, integer
from emulator.domain.record import Record
from emulator.runtime.bus import Bus, Lagged

HEARTBEAT = 15.0
"""Wall seconds of silence after which a comment shows that the connection lives."""
CAPACITY = 10_000
"""Records that may wait for a reader before it is told that it lagged."""
_AT_ONCE = 500
Document = Callable[[Record], dict[str, Any]]
"""How a record is written."""


class Past(Protocol):
    """What the feed asks of the journal."""

    def records(self, *, after: int, limit: int) -> list[Record]: ...


async def feed(call: Call) -> Response:
    """Records as they become durable; after `?after=` or `Last-Event-ID`, first what is behind that number."""
    after = _after(call)
    return StreamingResponse(
        frames(
            call.emulator.journal,
            call.emulator.bus,
            after,
            document=brief_document if switch(call, "brief") else record_document,
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def frames(
    past: Past,
    bus: Bus,
    after: int | None,
    *,
    heartbeat: float = HEARTBEAT,
    capacity: int = CAPACITY,
    document: Document = record_document,
) -> AsyncGenerator[bytes, None]:
    """The feed's bytes. Without `after` it begins with the present.

    It subscribes before it reads the past, and drops from the present what the past has already shown, so that no
    record is missed and none comes twice. A reader that is too slow for the bus is told what it missed. Ends when
    the bus is closed.
    """
    with bus.subscribe(capacity) as subscription:
        yield b": emulator feed\n\n"
        last = after
        shown: int | None = None  # the newest record that was read from the past
        while last is not None and (records := past.records(after=last, limit=_AT_ONCE)):
            if last and records[0].seq > last + 1:
                yield _lagged(last + 1, "they are no longer in the journal")
            last = shown = records[-1].seq
            yield b"".join(_frame(record, document) for record in records)
        while True:
            batch: list[Record | Lagged] | None = None
            with suppress(TimeoutError):
                async with asyncio.timeout(heartbeat):
                    batch = await subscription.batch()
            if batch is None:
                yield b": heartbeat\n\n"
                continue
            if not batch:
                return
            if fresh := b"".join(_present(batch, shown or 0, document)):
                yield fresh


def _present(batch: Iterable[Record | Lagged], shown: int, document: Document) -> Iterator[bytes]:
    """Frames of what is new; a gap counts only where the past has not filled it."""
    missed: int | None = None
    for item in batch:
        if isinstance(item, Lagged):
            missed = max(item.missed_from_seq, shown + 1)
        elif item.seq > shown:
            if missed is not None and item.seq > missed:
                yield _lagged(missed, "this reader was too slow")
            missed = None
            yield _frame(item, document)


def _frame(record: Record, document: Document) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        record.seq,
        record.kind.encode(),
        to_json(document(record)),
    )


def _lagged(missed_from: int, why: str) -> bytes:
    """No id of its own: a reader that comes back with the last id it saw gets what it missed."""
    told = {
        "missed_from": missed_from,
        "why": why,
        "next": f"Take a snapshot again, or read on with /_emulator/feed?after={missed_from - 1}",
    }
    return b"event: lagged\ndata: %s\n\n" % to_json(told)


def _after(call: Call) -> int | None:
    """Where the reader left off; what the browser remembers (`Last-Event-ID`) counts before the address."""
    for name, value in (
        ("Last-Event-ID", call.request.headers.get("last-event-id")),
        ("after", call.query("after")),
    ):
        if value:
            if not value.isascii() or not value.isdecimal() or len(value) > 18:
                detail = f"{name} must be the number of a record, not {quoted(value)}"
                raise Refusal(invalid(name, detail))
            return int(value)
    return None


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/feed",
        name="readFeed",
        summary="Every step as a server-sent event; resumes behind Last-Event-ID or ?after=",
        surface=Surface.CONTROL,
        handler=feed,
        timeless=True,
        query={
            "after": integer("The number of the last record seen", minimum=0, maximum=10**17),
            "brief": boolean("Leave out what a list does not show", default=False),
        },
        answers={200: {"type": "string"}},
        media_type="text/event-stream",
        refusals=(422,),
    ),
)
