"""`/_emulator/health`, `status` and `reset`: whether it is ready, what it is doing, and starting over."""

from http import HTTPStatus

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.documents import instant
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import boolean, integer, shape
from emulator.domain.moment import exact_duration

_HEALTH = shape({"ready": boolean("Whether it delivers")}, required=("ready",), closed=False)


async def health(call: Call) -> Response:
    """200 when ready, 503 while the journal cannot be written or before everything has started."""
    ready = bool(call.emulator.status().get("ready")) and call.emulator.healthy
    return answer({"ready": ready}, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)


async def status(call: Call) -> Response:
    """What it is doing: profile, seed, clock, what is pending, and counts."""
    shown = dict(call.emulator.status())
    times = {name: instant(shown[name]) for name in ("now", "next_due")}
    return answer({**shown, **times, "consistency_lag": exact_duration(shown["consistency_lag"])})


async def reset(call: Call) -> Response:
    """Erases the shop, events, deliveries and, unless told otherwise, integrations; says how much of each."""
    erased = await call.emulator.reset(keep_integrations=call.body.get("keep_integrations", False))
    return answer({"erased": dict(erased)})


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/health",
        name="getHealth",
        summary="200 when ready, 503 when not",
        surface=Surface.CONTROL,
        handler=health,
        answers={200: _HEALTH, 503: _HEALTH},
    ),
    Operation(
        method="GET",
        path="/_emulator/status",
        name="getStatus",
        summary="What the emulator is doing",
        surface=Surface.CONTROL,
        handler=status,
        answers={200: shape({}, closed=False)},
    ),
    Operation(
        method="POST",
        path="/_emulator/reset",
        name="reset",
        summary="Erases the shop, events and deliveries, and integrations unless they are to be kept",
        surface=Surface.CONTROL,
        handler=reset,
        body=shape({"keep_integrations": boolean("Keep the registrations", default=False)}),
        body_optional=True,
        answers={
            200: shape(
                {"erased": shape({}, closed=False, additionalProperties=integer("How many"))},
                required=("erased",),
                closed=False,
            )
        },
        refusals=(400, 413, 422, 503),
    ),
)
