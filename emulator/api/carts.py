"""Carts over the API: made by whoever asks for one, filled, charged, associated and checked out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api import cart_charges, cart_owners
from emulator.api.act import Asked, act, living, written
from emulator.api.cart_call import CART, ITEM, cart_command, currency_of, there
from emulator.api.collection import Collection, operations_of
from emulator.api.operation import Call, Handler, Operation
from emulator.api.several import several
from emulator.domain.resource import Change, Command
from emulator.store import views

_COLLECTION = Collection(type="cart", path="/v2/carts", made=True, changed=True, deleted=True)


def _in_currency(handler: Handler) -> Handler:
    """A cart is in the currency that the request's header names, the shop's own without one."""

    async def with_currency(call: Call) -> Response:
        body = call.body
        if isinstance(body, Mapping) and isinstance(body.get("data"), Mapping):
            call = replace(call, body={**body, "data": {**currency_of(call), **body["data"]}})
        return await handler(call)

    return with_currency


def _items(_call: Call, change: Change) -> dict[str, Any]:
    return views.items(change.subject)


def _add_items(call: Call, entries: Sequence[Any]) -> Command:
    return cart_command(call, "add_item", {"entries": list(entries)})


def _update_items(call: Call, entries: Sequence[Any]) -> Command:
    return cart_command(call, "update_item", {"entries": list(entries)})


def _update_item(call: Call, asked: Asked) -> Command:
    told = {name: asked[name] for name in ("quantity", "custom_inputs") if name in asked}
    return cart_command(call, "update_item", {**told, "item": call.word("item_id")})


def _remove_item(call: Call, _asked: Asked) -> Command:
    return cart_command(call, "remove_item", {"item": call.word("item_id")})


def _remove_promotion(call: Call, _asked: Asked) -> Command:
    return cart_command(call, "remove_item", {"code": call.word("code")})


def _clear(call: Call, _asked: Asked) -> Command:
    """An empty cart cannot be emptied, but that is nobody's mistake: it is touched."""
    cart = living(call, "cart", call.word("cart_id"))
    return cart_command(call, "clear" if cart.hidden["items"] else "update", {})


def _checkout(call: Call, asked: Asked) -> Command:
    cart = living(call, "cart", call.word("cart_id"))
    return Command(type="order", verb="checkout", attributes={**asked, "cart": cart.id})


def _order(call: Call, change: Change) -> dict[str, Any]:
    return views.read(change.subject, call.shelves)


_MADE_BY_ASKING = ("getCart", "updateCart", "listCartItems")


def _collection() -> list[Operation]:
    operations = []
    for each in operations_of(_COLLECTION):
        if each.name in _MADE_BY_ASKING:
            each = replace(each, handler=there(each.handler))
        elif each.name == "createCart":
            each = replace(each, handler=_in_currency(each.handler))
        operations.append(each)
    return operations


_NONE = HTTPStatus.NO_CONTENT

OPERATIONS: tuple[Operation, ...] = (
    *_collection(),
    written(
        "POST",
        f"{CART}/items",
        "addCartItems",
        "Puts products, custom items, promotions, an order's or another cart's items in",
        there(several(_add_items, _items)),
    ),
    written(
        "PUT",
        f"{CART}/items",
        "updateCartItems",
        "Changes several items",
        several(_update_items, _items, "update_all_or_nothing"),
    ),
    written("DELETE", f"{CART}/items", "clearCart", "Takes everything out", act(_clear), status=_NONE, body=False),
    written("PUT", ITEM, "updateCartItem", "Changes an item; a quantity of 0 takes it out", act(_update_item, _items)),
    written("DELETE", ITEM, "removeCartItem", "Takes an item out", act(_remove_item), status=_NONE, body=False),
    written(
        "DELETE",
        f"{CART}/discounts/{{code}}",
        "removeCartPromotion",
        "Takes a promotion out by its code",
        act(_remove_promotion),
        status=_NONE,
        body=False,
    ),
    *cart_charges.OPERATIONS,
    *cart_owners.OPERATIONS,
    written(
        "POST",
        f"{CART}/checkout",
        "checkoutCart",
        "Makes an order of the cart, which stays",
        act(_checkout, _order, HTTPStatus.CREATED),
        status=HTTPStatus.CREATED,
        body=False,
    ),
)
