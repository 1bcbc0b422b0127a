"""`/_emulator/traffic`: the shop kept busy: started, looked at, waited for and stopped."""

import asyncio
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.documents import instant
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import boolean, integer, number, shape, text
from emulator.api.waiting import while_connected
from emulator.core.rate_limit import parse_rate
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import SECOND, exact_duration, parse_duration
from emulator.runtime.tally import TrafficRequest, TrafficState
from emulator.store.mix import Mix

DEFAULT_RATE = "10/s"
_MOST_EVENTS = 1_000_000_000
_MAX_WAIT = 60


async def start_traffic(call: Call) -> Response:
    """Keeps the shop busy from now on."""
    state = await call.emulator.traffic.start(_request(call.body))
    return answer({"data": _shown(state)}, HTTPStatus.CREATED)


async def read_traffic(call: Call) -> Response:
    """How the traffic is doing; null when there was none. Comes back earlier than `wait` when it is over."""
    traffic = call.emulator.traffic
    wait = _seconds(call.query("wait"))
    if wait and traffic.running:
        await while_connected(call.request, _ended(call, wait))
    state = traffic.state()
    return answer({"data": None if state is None else _shown(state)})


async def stop_traffic(call: Call) -> Response:
    """Ends it, and says what it came to."""
    return answer({"data": _shown(await call.emulator.traffic.stop())})


async def _ended(call: Call, wait: float) -> None:
    try:
        async with asyncio.timeout(wait):
            await call.emulator.traffic.ended()
    except TimeoutError:
        return


def _seconds(words: str | None) -> float:
    try:
        seconds = float(words or 0)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _MAX_WAIT:
        raise InvalidInput(f"expected wall seconds from 0 to {_MAX_WAIT}, found '{words}'", path=("wait",))
    return seconds


def _request(body: dict[str, Any]) -> TrafficRequest:
    try:
        rate = parse_rate(body.get("rate", DEFAULT_RATE))
        if not rate.limit:
            raise InvalidInput("without any events there is no traffic; write 10/s")
    except InvalidInput as error:
        raise error.under("rate") from None
    try:
        duration = parse_duration(body["for"]) if "for" in body else None
    except InvalidInput as error:
        raise error.under("for") from None
    mix = Mix(weights=body["mix"]) if "mix" in body else Mix()
    return TrafficRequest(rate=rate, mix=mix, duration=duration, count=body.get("count"))


def _shown(state: TrafficState) -> dict[str, Any]:
    request = state.request
    return {
        "running": state.ending is None,
        "ending": state.ending,
        "rate": {"events": request.rate.limit, "window": exact_duration(request.rate.window)},
        "mix": dict(request.mix.weights),
        "for": None if request.duration is None else exact_duration(request.duration),
        "count": request.count,
        "started": instant(state.started),
        "ended": instant(state.ended),
        "passed": exact_duration(state.now - state.started),
        "commands": state.commands,
        "events": sum(state.keys.values()),
        "keys": dict(sorted(state.keys.items())),
        "reached": round(state.reached, 3),
        "latest": state.latest / SECOND,
        "missed": state.missed,
        "stories": {
            "open": state.open,
            "begun": dict(state.begun),
            "finished": dict(state.finished),
            "cut_short": dict(state.cut_short),
        },
        "refusal": state.refusal,
    }


_COUNTS = {"type": "object", "additionalProperties": integer("How many")}
_MAYBE_TEXT = {"type": ["string", "null"]}
_TRAFFIC = shape(
    {
        "running": boolean("Whether it goes on"),
        "ending": {**_MAYBE_TEXT, "description": "Why it is over: done, stopped or failed"},
        "rate": shape({"events": integer("So many"), "window": text("In this emulated time")}, closed=False),
        "mix": {"type": "object", "additionalProperties": number("A weight")},
        "for": {**_MAYBE_TEXT, "description": "How long it goes on at most"},
        "count": {"type": ["integer", "null"], "description": "After how many events it ends"},
        "started": text("Emulated time", format="date-time"),
        "ended": {**_MAYBE_TEXT, "format": "date-time"},
        "passed": text("The emulated time since it started"),
        "commands": integer("How many there were"),
        "events": integer("How many they raised"),
        "keys": {**_COUNTS, "description": "How many events of each key"},
        "reached": number("Events per emulated second"),
        "latest": number("How far it was behind at most, in emulated seconds"),
        "missed": integer("Events that were let go because it was too far behind"),
        "stories": shape(
            {"open": integer("How many go on"), "begun": _COUNTS, "finished": _COUNTS, "cut_short": _COUNTS},
            closed=False,
        ),
        "refusal": {**_MAYBE_TEXT, "description": "What was wrong when a story was last cut short"},
    },
    required=("running", "events", "keys", "stories"),
    closed=False,
)
_ANSWER = shape({"data": _TRAFFIC}, required=("data",), closed=False)

OPERATIONS = (
    Operation(
        method="POST",
        path="/_emulator/traffic",
        name="startTraffic",
        summary="Keeps the shop busy: visitors, carts, orders",
        surface=Surface.CONTROL,
        handler=start_traffic,
        timeless=True,
        body=shape(
            {
                "rate": text(
                    "Events in emulated time: 50/s, 3000/m, 1/10s",
                    pattern="^[0-9]{1,6}/([0-9]{1,3})?(ms|s|m|h)$",
                    default=DEFAULT_RATE,
                ),
                "mix": {
                    "type": "object",
                    "description": "Stories and their weights, such as order and cart; the usual ones without it",
                    "additionalProperties": number("A weight"),
                },
                "for": text("How long, in emulated time: 30s, 10m, 2h"),
                "count": integer(
                    "After how many events it ends; the last command raises all that it raises",
                    minimum=1,
                    maximum=_MOST_EVENTS,
                ),
            }
        ),
        body_optional=True,
        answers={201: _ANSWER},
        refusals=(400, 404, 409, 413, 422, 503),
    ),
    Operation(
        method="GET",
        path="/_emulator/traffic",
        name="getTraffic",
        summary="How the traffic is doing",
        surface=Surface.CONTROL,
        handler=read_traffic,
        timeless=True,
        query={"wait": {"type": "number", "minimum": 0, "maximum": _MAX_WAIT, "description": "Wall seconds to wait"}},
        answers={200: shape({"data": {"anyOf": [_TRAFFIC, {"type": "null"}]}}, required=("data",), closed=False)},
        refusals=(422,),
    ),
    Operation(
        method="DELETE",
        path="/_emulator/traffic",
        name="stopTraffic",
        summary="Ends the traffic, and sums it up",
        surface=Surface.CONTROL,
        handler=stop_traffic,
        timeless=True,
        answers={200: _ANSWER},
        refusals=(404, 503),
    ),
)
