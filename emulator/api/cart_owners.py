"""Owners over the API: whose a cart is, a customer's or an account's."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.act import living, written
from emulator.api.cart_call import CART, cart_command, there
from emulator.api.operation import Call, Handler, Operation
from emulator.api.refusal import refuse
from emulator.api.several import several
from emulator.domain.resource import Change, Command


def _owned(type: str) -> list[Operation]:
    """The calls about whose a cart is."""

    def named(call: Call, entries: Sequence[Any]) -> Mapping[str, Any]:
        if any(not isinstance(entry, Mapping) or entry.get("type") != type for entry in entries):
            raise refuse(HTTPStatus.BAD_REQUEST, f"The type does not exist or is not listed as {type}")
        if len(entries) > 1:
            raise refuse(HTTPStatus.FORBIDDEN, f"Cannot associate more than one {type}")
        id = entries[0].get("id")
        if not isinstance(id, str):
            raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, f"Say which {type}", source="id")
        return {type: living(call, type, id).id}

    def associate(call: Call, entries: Sequence[Any]) -> Command:
        return cart_command(call, "associate", named(call, entries))

    def dissociate(call: Call, entries: Sequence[Any]) -> Command:
        return cart_command(call, "dissociate", named(call, entries))

    def link(_call: Call, change: Change) -> Mapping[str, Any]:
        found: Mapping[str, Any] = change.subject.document["relationships"][f"{type}s"]
        return found

    name, path = type.capitalize(), f"{CART}/relationships/{type}s"
    return [
        written(
            "POST",
            path,
            f"associateCart{name}",
            f"Lets the cart be that of the {type}",
            there(several(associate, link)),
        ),
        written(
            "DELETE",
            path,
            f"dissociateCart{name}",
            f"Lets the cart be of no {type}",
            _without_answer(several(dissociate, link)),
            status=HTTPStatus.NO_CONTENT,
        ),
    ]


def _without_answer(handler: Handler) -> Handler:
    async def emptied(call: Call) -> Response:
        await handler(call)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return emptied


OPERATIONS: tuple[Operation, ...] = (*_owned("customer"), *_owned("account"))
