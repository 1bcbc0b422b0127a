"""Act: a write that is more than the change of one resource: items put into a cart, a payment captured."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.operation import Call, Handler, Operation, Surface
from emulator.api.refusal import ErrorEntry, Refusal, not_found, refuse
from emulator.api.schema import shape
from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Change, Command, Resource
from emulator.store.inventory import TRANSACTION, InsufficientStock

_DATA = shape({"data": {}}, required=("data",), closed=False)
_REFUSALS = (400, 401, 403, 404, 409, 413, 422, 503)

Asked = Mapping[str, Any]
"""The `data` of a request; empty where there is none."""


def act(
    command: Callable[[Call, Asked], Command],
    shown: Callable[[Call, Change], Any] | None = None,
    status: int = HTTPStatus.OK,
) -> Handler:
    """Does what `command` makes of the request, and answers with what is `shown` of it; without, with an empty 204."""

    async def handler(call: Call) -> Response:
        call.caller.must_be_trusted()
        change = await done(call, command(call, asked_of(call)))
        if shown is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return answer(shown(call, change), status)

    return handler


def written(
    method: str, path: str, name: str, summary: str, handler: Handler, *, status: int = HTTPStatus.OK, body: bool = True
) -> Operation:
    """A write as the API's table has it; without `body` a request need not have one."""
    return Operation(
        method=method,
        path=path,
        name=name,
        summary=summary,
        surface=Surface.EPCC,
        handler=handler,
        body=_DATA,
        body_optional=not body,
        answers={status: None if status == HTTPStatus.NO_CONTENT else _DATA},
        refusals=_REFUSALS,
    )


def asked_of(call: Call) -> Asked:
    """The request's `data`, empty where the body is left out. Raises a 400 for a body without one."""
    body = call.body
    if body == {}:
        return {}
    if not isinstance(body, Mapping) or not isinstance(body.get("data"), Mapping):
        raise refuse(HTTPStatus.BAD_REQUEST, 'The body has no "data" object; send {"data": {…}}')
    found: Asked = body["data"]
    return found


def several_of(call: Call) -> list[Any]:
    """The `data` of a request for several things, which is a list; of one, it alone. Raises a 400 without any."""
    body = call.body
    data = body.get("data") if isinstance(body, Mapping) else None
    if isinstance(data, Mapping):
        return [data]
    if not isinstance(data, list) or not data:
        raise refuse(HTTPStatus.BAD_REQUEST, 'The body has no "data"; send {"data": {…}} or {"data": [{…}, …]}')
    return data


def living(call: Call, type: str, id: str) -> Resource:
    """The resource of this id as it is now, however old reads may be. Raises a 404."""
    found = call.emulator.shelves.get(type, id)
    if found is None or found.deleted:
        raise not_found()
    return found


async def done(call: Call, command: Command) -> Change:
    """What the command did; its events are planned. Raises what is wrong as the provider would say it."""
    try:
        return await call.emulator.execute(command)
    except InsufficientStock as error:
        if command.type == TRANSACTION:  # who moves stock is told otherwise than who sells it
            raise
        entry = ErrorEntry(status=HTTPStatus.BAD_REQUEST, title="Insufficient stock", detail=str(error))
        raise Refusal(entry) from None
    except InvalidInput as error:
        inner = error.path[1:] if error.path[:1] == ("data",) else error.path
        raise InvalidInput(str(error), path=inner) from None
