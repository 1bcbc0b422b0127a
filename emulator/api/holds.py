"""`/_emulator/holds`, `held`, `release`, `pause` and `resume`: deliveries stopped and let go by hand."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.documents import instant
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import Schema, array, integer, shape, text

_WRITE = (400, 404, 409, 413, 422, 503)


async def list_holds(call: Call) -> Response:
    """Which new deliveries are being held."""
    return answer({"data": [dict(hold) for hold in call.emulator.holds()]})


async def hold(call: Call) -> Response:
    """Holds every matching delivery from now on, until it is released."""
    made = await call.emulator.hold(call.body.get("match", {}), call.body.get("id"))
    return answer({"id": made}, HTTPStatus.CREATED)


async def unhold(call: Call) -> Response:
    """Stops holding new deliveries; those held already wait for their release."""
    await call.emulator.unhold(call.word("hold"))
    return await list_holds(call)


async def list_held(call: Call) -> Response:
    """Sends that wait for something other than time, and why."""
    return answer(
        {
            "data": [
                {
                    "number": send.number,
                    "job_id": send.job_id,
                    "event": send.event,
                    "integration": send.integration,
                    "attempt": send.attempt,
                    "copy": send.copy,
                    "since": instant(send.since),
                    "why": send.why,
                }
                for send in call.emulator.held()
            ]
        }
    )


async def release(call: Call) -> Response:
    """Lets one held delivery go, or all that are held by hand."""
    wanted = call.body.get("number")
    return answer({"released": await call.emulator.release(None if wanted is None else int(wanted))})


async def pause(call: Call) -> Response:
    """Sends nothing to one integration, or to any; what becomes due waits."""
    await call.emulator.pause(call.body.get("integration"))
    return answer(_paused(call))


async def resume(call: Call) -> Response:
    """Sends again after a pause; without an integration to everybody, also to those paused by name."""
    await call.emulator.resume(call.body.get("integration"), but=call.body.get("but", ()))
    return answer(_paused(call))


def _paused(call: Call) -> dict[str, Any]:
    return {"paused": call.emulator.paused()}


def _control(method: str, path: str, name: str, summary: str, **more: Any) -> Operation:
    return Operation(
        method=method,
        path=f"/_emulator/{path}",
        name=name,
        summary=summary,
        surface=Surface.CONTROL,
        **more,
    )


_HOLDS = shape({"data": array(shape({}, closed=False), "Holds")}, required=("data",), closed=False)
_HELD = shape(
    {
        "number": integer("The delivery's number"),
        "job_id": text("The job's id"),
        "event": text("The event's identity"),
        "integration": text("The integration's key"),
        "attempt": integer("From 1"),
        "copy": integer("0, or which further send of this attempt"),
        "since": text("Since when", format="date-time"),
        "why": text("What it waits for"),
    },
    closed=False,
)
_PAUSED: Schema = shape(
    {"paused": array(text("A key"), "Paused integrations; * is all of them")}, required=("paused",), closed=False
)
_INTEGRATION: dict[str, Schema] = {
    "integration": {"type": ["string", "null"], "description": "Its key or id; all without it"}
}

OPERATIONS = (
    _control(
        "GET", "holds", "listHolds", "Which deliveries are held from now on", handler=list_holds, answers={200: _HOLDS}
    ),
    _control(
        "POST",
        "holds",
        "hold",
        "Holds matching deliveries until they are released",
        handler=hold,
        body=shape(
            {
                "match": {"type": "object", "description": "As in a rule: event, integration, resource, …"},
                "id": text("Names the hold; made up when left out"),
            }
        ),
        body_optional=True,
        answers={201: shape({"id": text("Names the hold")}, required=("id",), closed=False)},
        refusals=_WRITE,
    ),
    _control(
        "DELETE",
        "holds/{hold:path}",
        "unhold",
        "Holds no further deliveries; what is held stays held",
        handler=unhold,
        answers={200: _HOLDS},
        refusals=(404, 422, 503),
    ),
    _control(
        "GET",
        "held",
        "listHeld",
        "Sends that wait for something other than time",
        handler=list_held,
        answers={200: shape({"data": array(_HELD, "Sends")}, required=("data",), closed=False)},
    ),
    _control(
        "POST",
        "release",
        "release",
        "Lets one held delivery go, or all that are held by hand",
        handler=release,
        body=shape({"number": {"type": ["integer", "null"], "description": "The delivery's number; all without it"}}),
        body_optional=True,
        answers={200: shape({"released": integer("How many went")}, required=("released",), closed=False)},
        refusals=_WRITE,
    ),
    _control(
        "POST",
        "pause",
        "pause",
        "Sends nothing to one integration, or to any",
        handler=pause,
        body=shape(_INTEGRATION),
        body_optional=True,
        answers={200: _PAUSED},
        refusals=_WRITE,
    ),
    _control(
        "POST",
        "resume",
        "resume",
        "Sends again after a pause",
        handler=resume,
        body=shape({**_INTEGRATION, "but": array(text("A key"), "Integrations that stay paused")}),
        body_optional=True,
        answers={200: _PAUSED},
        refusals=_WRITE,
    ),
)
