"""`/_emulator/records`: a snapshot to begin with, before the feed is followed from where it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from emulator.api.answer import to_json
from emulator.api.brief import brief_document
from emulator.api.documents import record_document
from emulator.api.operation import Call, Operation, Surface
from emulator.api.parameters import switch, whole_number
from emulator.api.schema import array, boolean, integer, shape
from emulator.domain.record import Record
from emulator.runtime.journal import Window, considerate

MOST = 1_000
_USUAL = 500


async def list_records(call: Call) -> Response:
    """Every record of the newest deliveries and of the events of that time, oldest first; older ones by `before`."""
    before = whole_number(call, "before", least=1)
    limit = whole_number(call, "limit", least=1, most=MOST) or _USUAL
    document = brief_document if switch(call, "brief") else record_document
    journal = await call.history()
    page = await journal.window(before=before, limit=limit)
    written = await asyncio.to_thread(_written, page, document)
    return Response(written, media_type="application/json")


def _written(page: Window, document: Callable[[Record], Any]) -> bytes:
    """The answer's body; thousands of records, which would hold up what is due."""
    records = b",".join([to_json(document(record)) for record in considerate(page.records)])
    rest = to_json({"seq": page.seq, "before": page.before, "history_begins": page.history_begins})
    return b'{"data":[%s],%s' % (records, rest[1:])


RECORD = shape(
    {
        "seq": integer("Its number; the feed goes on behind it"),
        "at": integer("Microseconds since the epoch"),
        "kind": {"type": "string", "description": "event, planned, sent, attempted, …"},
        "delivery": integer("The delivery's number, 0 where it is about none"),
        "data": {"type": "object", "description": "What this kind of record tells"},
    },
    required=("seq", "at", "kind", "delivery", "data"),
    closed=False,
)
OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/records",
        name="listRecords",
        summary="Every record of the newest deliveries, to begin with before the feed",
        surface=Surface.CONTROL,
        handler=list_records,
        query={
            "before": integer("Only deliveries with a lower number", minimum=1, maximum=10**17),
            "limit": integer("Deliveries a page", minimum=1, maximum=MOST, default=_USUAL),
            "brief": boolean("Leave out what a list does not show", default=False),
        },
        answers={
            200: shape(
                {
                    "seq": integer("The newest record there was; read on with /_emulator/feed?after= this"),
                    "data": array(RECORD, "The records, oldest first"),
                    "before": {"type": ["integer", "null"], "description": "Ask for what is older with this"},
                    "history_begins": integer("The oldest record that is kept; 0 where there is none"),
                },
                required=("seq", "data", "before", "history_begins"),
                closed=False,
            )
        },
        refusals=(422,),
    ),
)
