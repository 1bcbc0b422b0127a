"""`/_emulator/trigger`, `events` and `resend`: make the shop raise events, see them, send them again."""

from contextlib import nullcontext
from typing import Any

import orjson
from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.documents import DELIVERY, EVENT, FAULT, delivery_document, event_document, fault_documents, instant
from emulator.api.integration_schema import listed
from emulator.api.operation import Call, Operation, Surface
from emulator.api.page import page_of
from emulator.api.refusal import quoted, refuse
from emulator.api.schema import array, boolean, integer, shape, text
from emulator.runtime.trigger import PlannedDelivery, TriggerRequest

_MAX_COUNT = 100_000


async def trigger(call: Call) -> Response:
    """Raises an event, after what must come before it unless `only`; says what is planned, or why nothing is."""
    body = call.body
    request = TriggerRequest(
        key=body["key"],
        count=int(body.get("count", 1)),
        of=body.get("of"),
        only=body.get("only", False),
        override=tuple(body.get("override", {}).items()),
        add=tuple(body.get("add", {}).items()),
        remove=tuple(body.get("remove", ())),
        raw=body.get("raw"),
        rate=body.get("rate"),
        alias=body.get("alias"),
    )
    # Between repetitions at a rate emulated time has to pass, which it would not during a call.
    with nullcontext() if request.rate else call.emulator.call():
        report = await call.emulator.trigger(request)
    return answer(
        {
            "events": [event_document(event) for event in report.events],
            "deliveries": [_planned(delivery) for delivery in report.deliveries],
            "reasons": list(report.reasons),
        }
    )


async def list_events(call: Call) -> Response:
    """What has happened in the shop, newest first."""
    page = page_of(call.request.query_params)
    journal = await call.history()
    events, total = journal.events(
        key_glob=call.event_glob("key"), resource=call.query("resource"), offset=page.offset, limit=page.limit
    )
    return answer({"data": [event_document(event) for event in events], **page.meta(total)})


async def read_event(call: Call) -> Response:
    """One event with its payload."""
    journal = await call.history()
    event = journal.event(call.word("identity"))
    if event is None:
        raise refuse(404, f"There is no event {quoted(call.word('identity'))}; `epcc-emulator events` lists them")
    return answer({"data": {**event_document(event), "payload": orjson.loads(event.payload)}})


async def resend(call: Call) -> Response:
    """An event again, to all that observe it or to one; an edited payload always gets new jobs."""
    body = call.body
    rows = await call.emulator.resend(
        body["event"],
        new_job=body.get("new_job", False),
        payload=body.get("payload"),
        integration=body.get("integration"),
    )
    return answer({"data": [delivery_document(row) for row in rows]})


def _planned(delivery: PlannedDelivery) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "job_id": delivery.job_id,
        "event": delivery.event,
        "event_key": delivery.event_key,
        "integration": delivery.integration,
        "due": instant(delivery.due),
        "held": delivery.held,
        "faults": fault_documents(delivery.faults),
        "dropped": delivery.dropped,
    }


_PLANNED = shape(
    {
        "number": integer("The delivery's number"),
        "job_id": text("The job's id"),
        "event": text("The event's identity"),
        "event_key": text("Such as order.paid"),
        "integration": text("The integration's key"),
        "due": {"type": ["string", "null"], "format": "date-time"},
        "held": {"type": ["string", "null"], "description": "What it waits for, where that is not time"},
        "faults": array(FAULT, "What chaos rules did to it"),
        "dropped": boolean("Whether a rule took it away"),
    },
    required=("number", "job_id", "event", "integration", "due", "faults", "dropped"),
    closed=False,
)
_CHANGES = {
    "type": "object",
    "description": "Dotted paths in the payload, such as data.customer.email, and their values",
}

OPERATIONS = (
    Operation(
        method="POST",
        path="/_emulator/trigger",
        name="trigger",
        summary="Makes the shop raise an event",
        surface=Surface.CONTROL,
        handler=trigger,
        timeless=True,
        body=shape(
            {
                "key": text("The event, such as order.paid"),
                "count": integer("How many times", minimum=1, maximum=_MAX_COUNT, default=1),
                "of": {
                    "type": ["string", "null"],
                    "description": "The resource to go on from: its id, key, alias or `last`; without it a new one",
                },
                "alias": {"type": ["string", "null"], "description": "A name for the resource that is made"},
                "only": boolean("Leave out what must come before it", default=False),
                "override": {**_CHANGES},
                "add": {**_CHANGES},
                "remove": array(text("A dotted path"), "What to leave out of the resource"),
                "raw": {"type": ["object", "null"], "description": "The whole payload, instead of the shop's"},
                "rate": {
                    "type": ["number", "null"],
                    "description": "Repetitions per emulated second; all at once without it",
                    "minimum": 0.001,
                    "maximum": 1_000_000,
                },
            },
            required=("key",),
        ),
        answers={
            200: shape(
                {
                    "events": array(EVENT, "The events raised, in order"),
                    "deliveries": array(_PLANNED, "The deliveries planned"),
                    "reasons": array(text("A sentence"), "Why an event has no delivery"),
                },
                required=("events", "deliveries", "reasons"),
                closed=False,
            )
        },
        refusals=(400, 404, 409, 413, 422, 503),
    ),
    Operation(
        method="GET",
        path="/_emulator/events",
        name="listEvents",
        summary="What has happened in the shop, newest first",
        surface=Surface.CONTROL,
        handler=list_events,
        query={
            "key": text("Only events whose key matches this glob"),
            "resource": text("Only events of this resource: its id or key"),
        },
        paged=True,
        answers={200: listed(EVENT)},
        refusals=(422,),
    ),
    Operation(
        method="GET",
        path="/_emulator/events/{identity:path}",
        name="getEvent",
        summary="One event with its payload",
        surface=Surface.CONTROL,
        handler=read_event,
        answers={200: shape({"data": EVENT}, required=("data",), closed=False)},
        refusals=(404, 422),
    ),
    Operation(
        method="POST",
        path="/_emulator/resend",
        name="resend",
        summary="Sends an event again to all that observe it",
        surface=Surface.CONTROL,
        handler=resend,
        body=shape(
            {
                "event": text("The event's identity"),
                "new_job": boolean("New job ids, instead of the next attempt of the old ones", default=False),
                "payload": {"type": ["object", "null"], "description": "An edited payload; it gets new job ids"},
                "integration": {"type": ["string", "null"], "description": "Only to this one: its key or id"},
            },
            required=("event",),
        ),
        answers={200: shape({"data": array(DELIVERY, "The deliveries")}, required=("data",), closed=False)},
        refusals=(400, 404, 409, 413, 422, 503),
    ),
)
