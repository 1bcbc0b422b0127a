"""`/_emulator/clock`: emulated time, shown, advanced and sped up."""

from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.documents import instant
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import integer, number, shape, text
from emulator.api.waiting import MAX_TIME_LIMIT, while_connected
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import END_OF_TIME, FASTEST, SLOWEST, parse_duration

_CLOCK = shape(
    {
        "mode": text("real, scaled or virtual"),
        "speed": number("Emulated seconds per wall second"),
        "now": text("Emulated time", format="date-time"),
        "next_due": {"type": ["string", "null"], "format": "date-time"},
        "pending": integer("Sends that have not ended"),
    },
    required=("mode", "now", "next_due", "pending"),
    closed=False,
)


async def read_clock(call: Call) -> Response:
    """What time it is in the shop."""
    return answer(_shown(call))


async def advance(call: Call) -> Response:
    """Moves virtual time on, sending what becomes due on the way; no further than it gets within a time limit, or until
    the caller hangs up."""
    micros = _duration(call.body["by"])
    if call.emulator.now() + micros > END_OF_TIME:
        raise InvalidInput("leads beyond the year 9997, where our calendar ends", path=("by",))
    moving = call.emulator.advance(micros, time_limit=call.body.get("time_limit"))
    await while_connected(call.request, moving)
    return answer(_shown(call))


async def set_speed(call: Call) -> Response:
    """Changes the speed of a scaled clock."""
    await call.emulator.set_speed(float(call.body["speed"]))
    return answer(_shown(call))


def _duration(words: str) -> int:
    try:
        return parse_duration(words)
    except InvalidInput as error:
        raise error.under("by") from None


def _shown(call: Call) -> dict[str, Any]:
    state = call.emulator.clock_state()
    return {
        "mode": str(state.mode),
        "speed": state.speed,
        "now": instant(state.now),
        "next_due": instant(state.next_due),
        "pending": state.pending,
    }


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/clock",
        name="getClock",
        summary="Emulated time",
        surface=Surface.CONTROL,
        handler=read_clock,
        answers={200: _CLOCK},
    ),
    Operation(
        method="POST",
        path="/_emulator/clock/advance",
        name="advanceClock",
        summary="Moves virtual time on, sending what becomes due on the way",
        surface=Surface.CONTROL,
        handler=advance,
        timeless=True,
        body=shape(
            {
                "by": text(
                    "A duration: 250ms, 30s, 10m, 2h",
                    pattern="^([0-9]{1,3}([.][0-9]{1,3})?(us|ms|s|m|h))+$",
                    examples=["30m"],
                ),
                "time_limit": number("Wall seconds to take at most", minimum=0, maximum=MAX_TIME_LIMIT),
            },
            required=("by",),
        ),
        answers={200: _CLOCK},
        refusals=(400, 409, 413, 422, 503),
    ),
    Operation(
        method="PUT",
        path="/_emulator/clock/speed",
        name="setSpeed",
        summary="Changes the speed of a scaled clock",
        surface=Surface.CONTROL,
        handler=set_speed,
        body=shape(
            {"speed": number("Emulated seconds per wall second", minimum=SLOWEST, maximum=FASTEST)},
            required=("speed",),
        ),
        answers={200: _CLOCK},
        refusals=(400, 409, 413, 422, 503),
    ),
)
