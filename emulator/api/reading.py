"""Reading: an operation that answers a GET of the provider's surface."""

from typing import Any

from emulator.api.operation import Handler, Operation, Surface
from emulator.api.schema import array, shape

_ONE = shape({"data": shape({}, closed=False)}, required=("data",), closed=False)
_SEVERAL = shape({"data": array(shape({}, closed=False), "This page")}, required=("data",), closed=False)


def reading(path: str, name: str, summary: str, handler: Handler, *, several: bool = False, **more: Any) -> Operation:
    """One resource, or `several` on pages."""
    return Operation(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        surface=Surface.EPCC,
        handler=handler,
        paged=several,
        answers={200: _SEVERAL if several else _ONE},
        refusals=(401, 403, 404, 422),
        **more,
    )
