"""`/_emulator/openapi.json` and `openapi-epcc.json`: both surfaces, described."""

from collections.abc import Sequence

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.openapi import document
from emulator.api.operation import Call, Handler, Operation, Surface
from emulator.api.schema import shape, text

_DOCUMENT = shape({"openapi": text("The version of OpenAPI")}, required=("openapi",), closed=False)


def described(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operations that describe these, and themselves."""
    all_operations: list[Operation] = [*operations]

    def handler(surface: Surface) -> Handler:
        async def describe(call: Call) -> Response:
            return answer(document(all_operations, surface, str(call.request.base_url)))

        return describe

    control = _describing("openapi.json", "describeControl", "Our own surface, described", handler(Surface.CONTROL))
    epcc = _describing("openapi-epcc.json", "describeEpcc", "The provider's surface, described", handler(Surface.EPCC))
    all_operations += (control, epcc)
    return control, epcc


def _describing(name: str, operation: str, summary: str, handler: Handler) -> Operation:
    return Operation(
        method="GET",
        path=f"/_emulator/{name}",
        name=operation,
        summary=summary,
        surface=Surface.CONTROL,
        handler=handler,
        answers={200: _DOCUMENT},
    )
