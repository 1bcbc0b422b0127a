"""`/_emulator/events/…/why`: why an event reached each integration, or did not."""

from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.as_of import UNTIL, until_of
from emulator.api.documents import EVENT, event_document, instant
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import array, shape, text
from emulator.core.why import Reason, Verdict
from emulator.runtime.reasons import Reasons

NOBODY = "there are no integrations; register one, or run epcc-emulator listen"


async def explain(call: Call) -> Response:
    """For each integration there is, and those gone that have deliveries of it: where the event stands with it, or
    stood when the record `until` was the newest."""
    await call.history()
    explained = await Reasons(call.emulator.parts).about(call.word("identity"), until=until_of(call))
    return answer(
        {
            "event": event_document(explained.event),
            "data": [_shown(reason) for reason in explained.reasons],
            "text": None if explained.reasons else f"nothing goes anywhere: {NOBODY}",
        }
    )


def _shown(reason: Reason) -> dict[str, Any]:
    return {
        "integration": reason.integration,
        "verdict": str(reason.verdict),
        "text": reason.text,
        "delivery": reason.delivery,
        "due": instant(reason.due),
    }


_REASON = shape(
    {
        "integration": text("The integration's key"),
        "verdict": text("In one word", enum=[str(verdict) for verdict in Verdict]),
        "text": text("In a sentence, with what to do about it"),
        "delivery": {"type": ["integer", "null"], "description": "The delivery's number, where there is one"},
        "due": {"type": ["string", "null"], "format": "date-time", "description": "Until when it waits"},
    },
    required=("integration", "verdict", "text", "delivery", "due"),
    closed=False,
)
OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/events/{identity:path}/why",
        name="explainEvent",
        summary="Why an event reached each integration, or did not",
        surface=Surface.CONTROL,
        handler=explain,
        query=UNTIL,
        answers={
            200: shape(
                {
                    "event": EVENT,
                    "data": array(_REASON, "One for each integration"),
                    "text": {"type": ["string", "null"], "description": "What to do where there is no integration"},
                },
                required=("event", "data", "text"),
                closed=False,
            )
        },
        refusals=(404, 422),
    ),
)
