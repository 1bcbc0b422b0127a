"""`/_emulator/import` and `replay`: what the real service once sent, loaded into the shop or sent again."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson
from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.body import decoded, read_body
from emulator.api.documents import DELIVERY, delivery_document
from emulator.api.operation import Call, Operation, Surface
from emulator.api.refusal import MAX_ENTRIES, Refusal
from emulator.api.schema import Schema, array, faults_of, integer, number, shape, text
from emulator.api.waiting import while_connected
from emulator.core.recording import read_recording
from emulator.core.schedule_check import check_treatment
from emulator.domain.delivery import Treatment
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import LONGEST, SECOND, parse_instant, to_micros
from emulator.domain.recording import Recording
from emulator.runtime.importing import Importing
from emulator.runtime.replaying import Pace, Replaying
from emulator.store.adoption import Fate

LIMIT = 67_108_864
"""The most bytes of one call, 64 MiB: a message may be larger than anything that a store's own API takes."""


async def load(call: Call) -> Response:
    """Loads the resources that messages tell of, and says what came of it; no events are raised."""
    body = await _body(call, _IMPORT)
    done = await Importing(call.emulator.parts).load(_recordings(body))
    return answer(
        {
            "messages": len(body["messages"]),
            "resources": dict(sorted(done.resources.items())),
            **{str(fate): done.fates.get(fate, 0) for fate in Fate},
        }
    )


async def replay(call: Call) -> Response:
    """Sends messages as they were recorded, in order, and comes back when all of them were answered."""
    body = await _body(call, _REPLAY)
    messages = body["messages"]
    pace = None
    if body.get("speed") is not None:
        start = body.get("start")
        pace = Pace(
            after=[round(message.get("after", 0) * SECOND) for message in messages],
            speed=float(body["speed"]),
            start=None if start is None else parse_instant(start),
        )
    sending = Replaying(call.emulator.parts).send(_recordings(body), body["integration"], pace)
    done = await while_connected(call.request, sending)
    return answer({"start": to_micros(done.start), "data": [delivery_document(row) for row in done.deliveries]})


async def _body(call: Call, schema: Schema) -> Mapping[str, Any]:
    body = decoded(await read_body(call.request, LIMIT))
    entries = tuple(islice(faults_of(schema, body), MAX_ENTRIES))
    if entries:
        raise Refusal(*entries)
    found: Mapping[str, Any] = body
    return found


def _recordings(body: Mapping[str, Any]) -> list[Recording]:
    """Raises InvalidInput with the place of a message that is none."""
    return [_recording(message, place) for place, message in enumerate(body["messages"])]


def _recording(message: Mapping[str, Any], place: int) -> Recording:
    content, at = message["body"], message.get("at")
    treatments = tuple(Treatment(fault=one["fault"], how=one["how"]) for one in message.get("treatments", ()))
    try:
        written = content if isinstance(content, str) else orjson.dumps(content).decode()
        recording = read_recording(written, None if at is None else parse_instant(at))
        for which, treatment in enumerate(treatments):
            check_treatment(treatment, recording.payload, "treatments", which)
    except InvalidInput as error:
        raise error.under("messages", place) from None
    return replace(recording, treatments=treatments)


_MOST = LONGEST // SECOND
_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_BODY = {"type": ["string", "object"], "description": "A webhook body or a CloudEvent: its JSON text, or the object"}
_MESSAGE = {"body": _BODY, "at": {**_MAYBE_INSTANT, "description": "When it was received"}}
_TREATMENT = shape(
    {
        "fault": text("The word of a fault of one message, as in `connection`"),
        "how": {"type": "object", "description": "What that fault has drawn"},
    },
    required=("fault", "how"),
)
_IMPORT = shape(
    {"messages": array(shape(_MESSAGE, required=("body",)), "In the order in which they came")}, required=("messages",)
)
_REPLAY = shape(
    {
        "messages": array(
            shape(
                {
                    **_MESSAGE,
                    "after": number(
                        "Recorded seconds behind the first message of the session", minimum=0, maximum=_MOST
                    ),
                    "treatments": array(
                        _TREATMENT, "What was done to it on its way, in order: as a saved plan says it of a send"
                    ),
                },
                required=("body",),
            ),
            "In the order in which they go",
        ),
        "integration": text("Where they go: the integration's key or id"),
        "speed": {
            "type": ["number", "null"],
            "description": "How many times as fast as recorded; without it, one after the other",
            "minimum": 0.001,
            "maximum": 1_000_000,
        },
        "start": {
            **_MAYBE_INSTANT,
            "description": "When the session began, as the answer about its first messages says",
        },
    },
    required=("messages", "integration"),
)
_COUNTS = {
    Fate.LOADED: "Messages whose resource was loaded",
    Fate.DELETED: "Messages whose resource is gone",
    Fate.KNOWN: "Messages that tell of nothing newer than what is here",
    Fate.PASSED: "Messages that tell of nothing that the shop keeps",
}
_REFUSALS = (400, 413, 422, 503)

OPERATIONS = (
    Operation(
        method="POST",
        path="/_emulator/import",
        name="import",
        summary="Loads the resources that messages of the real service tell of",
        surface=Surface.CONTROL,
        handler=load,
        raw=True,
        body=_IMPORT,
        answers={
            200: shape(
                {
                    "messages": integer("How many were read"),
                    "resources": {"type": "object", "description": "How many of each type changed"},
                    **{str(fate): integer(what) for fate, what in _COUNTS.items()},
                },
                required=("messages", "resources", *map(str, Fate)),
                closed=False,
            )
        },
        refusals=_REFUSALS,
    ),
    Operation(
        method="POST",
        path="/_emulator/replay",
        name="replay",
        summary="Sends messages of the real service again, as they were recorded",
        surface=Surface.CONTROL,
        handler=replay,
        raw=True,
        timeless=True,
        body=_REPLAY,
        answers={
            200: shape(
                {
                    "start": {"type": "string", "format": "date-time", "description": "When the session began"},
                    "data": array(DELIVERY, "Their deliveries, in order"),
                },
                required=("start", "data"),
                closed=False,
            )
        },
        refusals=(*_REFUSALS, 404, 409),
    ),
)
