"""Calls about one cart: what they have in common. A cart is there for whoever asks for it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from emulator.api.act import done, living
from emulator.api.operation import Call, Handler
from emulator.api.refusal import not_found
from emulator.domain.errors import UserError
from emulator.domain.resource import Command

CART = "/v2/carts/{cart_id}"
ITEM = f"{CART}/items/{{item_id}}"
_CURRENCY_HEADER = "X-MOLTIN-CURRENCY"


def there(handler: Handler) -> Handler:
    """A cart that nobody has made yet is made when it is asked for, under the id that it is asked for by (the
    provider's document of carts). One that was deleted stays so."""

    async def first_made(call: Call) -> Response:
        call.caller.must_be_trusted()
        id = call.word("cart_id")
        found = call.emulator.shelves.get("cart", id)
        if found is None:
            await _make(call, id)
        elif found.deleted:
            raise not_found()
        return await handler(call)

    return first_made


def currency_of(call: Call) -> dict[str, str]:
    """The currency that a request's header names, as an attribute of a new cart."""
    code = call.request.headers.get(_CURRENCY_HEADER)
    return {"currency": code} if code else {}


def cart_command(call: Call, verb: str, attributes: Mapping[str, Any]) -> Command:
    """A command about the cart that the path names. Raises a 404."""
    cart = living(call, "cart", call.word("cart_id"))
    return Command(type="cart", verb=verb, target=cart.id, attributes=attributes)


async def _make(call: Call, id: str) -> None:
    try:
        await done(call, Command(type="cart", verb="create", attributes={"id": id, **currency_of(call)}))
    except UserError:
        if call.emulator.shelves.get("cart", id) is None:  # else another call was faster, which is as well
            raise
