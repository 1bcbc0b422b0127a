"""`/_emulator/settle` and `wait`: come back when everything is delivered, or when an event has happened."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.connection import hung_up
from emulator.api.documents import EVENT, event_document
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import boolean, number, shape, text
from emulator.domain.catalog import event_glob
from emulator.domain.moment import LONGEST, SECOND

DEFAULT_TIME_LIMIT = 30.0
"""Wall seconds a call waits when it does not say."""
MAX_TIME_LIMIT = LONGEST // SECOND
_TIME_LIMIT = number("Wall seconds to wait at most", minimum=0, maximum=MAX_TIME_LIMIT, default=DEFAULT_TIME_LIMIT)

T = TypeVar("T")


async def settle(call: Call) -> Response:
    """Waits until nothing is pending but what is held by hand or paused; false when the time limit came first."""
    settled = await while_connected(call.request, call.emulator.settle(time_limit=_limit(call)))
    return answer({"settled": settled})


async def wait(call: Call) -> Response:
    """Waits for an event whose key matches; null when the time limit came first."""
    key = event_glob(call.body["event"], "event")
    found = await while_connected(call.request, call.emulator.wait_event(key, time_limit=_limit(call)))
    return answer({"event": None if found is None else event_document(found)})


def _limit(call: Call) -> float:
    return float(call.body.get("time_limit", DEFAULT_TIME_LIMIT))


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The work's result; given up when the caller hangs up, for nobody reads it then."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(hung_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


OPERATIONS = (
    Operation(
        method="POST",
        path="/_emulator/settle",
        name="settle",
        summary="Waits until nothing is pending",
        surface=Surface.CONTROL,
        handler=settle,
        timeless=True,
        body=shape({"time_limit": _TIME_LIMIT}),
        body_optional=True,
        answers={
            200: shape(
                {"settled": boolean("False when the time limit came first")}, required=("settled",), closed=False
            )
        },
        refusals=(400, 413, 422, 503),
    ),
    Operation(
        method="POST",
        path="/_emulator/wait",
        name="wait",
        summary="Waits for an event",
        surface=Surface.CONTROL,
        handler=wait,
        timeless=True,
        body=shape({"event": text("The event's key, or a glob"), "time_limit": _TIME_LIMIT}, required=("event",)),
        answers={200: shape({"event": {"anyOf": [EVENT, {"type": "null"}]}}, required=("event",), closed=False)},
        refusals=(400, 413, 422, 503),
    ),
)
