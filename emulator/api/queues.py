"""`/_emulator/queues`: the queues of the servers that come with the emulator, seen without taking anything out."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.documents import instant
from emulator.api.operation import Call, Operation, Surface
from emulator.api.refusal import Refusal, invalid
from emulator.api.schema import array, boolean, integer, shape, text
from emulator.domain.queue import QueuedMessage, QueueView

_MOST = 1000
_REGION = text("The queue's region; us-east-1 unless said")


async def list_queues(call: Call) -> Response:
    """Every queue of the servers that run."""
    return answer({"data": [_queue(one) for one in await call.emulator.queues.all()]})


async def make_queue(call: Call) -> Response:
    """The queue of this name, made when it is missing; its server is started when it does not run."""
    made = await call.emulator.queues.make(call.body["name"], region=call.body.get("region"))
    return answer(
        {
            "data": _queue(made.view),
            "integration_type": str(made.view.integration_type),
            "configuration": asdict(made.configuration),
            "environment": dict(made.environment),
        },
        HTTPStatus.CREATED,
    )


async def peek(call: Call) -> Response:
    """The oldest messages of a queue, which stay where they are."""
    glance = await call.emulator.queues.peek(_name(call), region=call.query("region"), limit=_limit(call))
    return answer({"data": [_message(one) for one in glance.messages], "notice": glance.notice})


async def purge(call: Call) -> Response:
    """Throws away what is in a queue."""
    return answer({"purged": await call.emulator.queues.purge(_name(call), region=call.query("region"))})


def _name(call: Call) -> str:
    name = call.query("name")
    if name is None:
        raise Refusal(invalid("name", "name is required: the queue's name, or a destination such as /queue/orders"))
    return name


def _limit(call: Call) -> int:
    said = call.query("limit") or "10"
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= _MOST:
        raise Refusal(invalid("limit", f"limit must be a whole number from 1 to {_MOST}"))
    return int(said)


def _queue(view: QueueView) -> dict[str, Any]:
    return {**asdict(view), "integration_type": str(view.integration_type)}


def _message(message: QueuedMessage) -> dict[str, Any]:
    return {**asdict(message), "sent_at": instant(message.sent_at)}


_QUEUE = shape(
    {
        "integration_type": text("Which integrations fill it"),
        "name": text("Its name; a destination begins with a slash"),
        "address": text("Where a receiver finds it"),
        "region": {"type": "string", "description": "Of a queue of SQS"},
        "waiting": integer("Messages that can be received now"),
        "in_flight": integer("Messages received and not yet settled"),
    },
    required=("integration_type", "name", "address", "waiting", "in_flight"),
    closed=False,
)
_MESSAGE = shape(
    {
        "id": text("The message's id"),
        "body": {"type": "string"},
        "sent_at": text("When it came"),
        "received": integer("How often it was received"),
        "in_flight": boolean("Whether somebody has it now"),
        "headers": {"type": "object"},
    },
    required=("id", "body", "sent_at"),
    closed=False,
)


_NAME = {"name": text("The queue's name, or a destination such as /queue/orders"), "region": _REGION}
OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/queues",
        name="listQueues",
        summary="The queues of the servers that run",
        surface=Surface.CONTROL,
        handler=list_queues,
        answers={200: shape({"data": array(_QUEUE, "The queues")}, required=("data",), closed=False)},
        refusals=(503,),
    ),
    Operation(
        method="POST",
        path="/_emulator/queues",
        name="makeQueue",
        summary="Makes a queue, and starts its server when that does not run",
        surface=Surface.CONTROL,
        handler=make_queue,
        body=shape({"name": text("A queue's name, or a destination"), "region": _REGION}, required=("name",)),
        answers={
            201: shape(
                {
                    "data": _QUEUE,
                    "integration_type": text("For the integration that is to fill it"),
                    "configuration": {"type": "object", "description": "The same"},
                    "environment": {"type": "object", "description": "What a receiver needs in its environment"},
                },
                required=("data", "integration_type", "configuration", "environment"),
                closed=False,
            )
        },
        refusals=(400, 413, 422, 503),
    ),
    Operation(
        method="GET",
        path="/_emulator/queues/messages",
        name="peekQueue",
        summary="The oldest messages of a queue, which stay where they are",
        surface=Surface.CONTROL,
        handler=peek,
        query={**_NAME, "limit": integer("At most so many", minimum=1, maximum=_MOST)},
        answers={
            200: shape(
                {
                    "data": array(_MESSAGE, "The messages, oldest first"),
                    "notice": {"type": ["string", "null"], "description": "What looking did to them, if anything"},
                },
                required=("data", "notice"),
                closed=False,
            )
        },
        refusals=(404, 422, 503),
    ),
    Operation(
        method="DELETE",
        path="/_emulator/queues/messages",
        name="purgeQueue",
        summary="Throws away what is in a queue",
        surface=Surface.CONTROL,
        handler=purge,
        query=_NAME,
        answers={200: shape({"purged": integer("How many messages")}, required=("purged",), closed=False)},
        refusals=(404, 422, 503),
    ),
)
