"""`/_emulator/integrity`: whether the shop hangs together."""

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import array, integer, shape, text
from emulator.runtime.integrity import check_integrity


async def integrity(call: Call) -> Response:
    """What was looked at, and what does not hang together."""
    report = await check_integrity(await call.history())
    findings = [{"resource": one.resource, "finding": one.sentence} for one in report.findings]
    return answer({"resources": report.resources, "events": report.events, "findings": findings})


_FINDING = shape(
    {"resource": text("A resource's key"), "finding": text("A sentence")}, required=("resource", "finding")
)

OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/integrity",
        name="getIntegrity",
        summary="Whether ids, sums, times and histories of the shop hang together",
        surface=Surface.CONTROL,
        handler=integrity,
        answers={
            200: shape(
                {
                    "resources": integer("How many were looked at"),
                    "events": integer("How many were looked at"),
                    "findings": array(_FINDING, "What is wrong, at most a thousand of it"),
                },
                required=("resources", "events", "findings"),
            )
        },
    ),
)
