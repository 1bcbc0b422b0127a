"""Charges over the API: tax items and custom discounts, laid on carts and their items, changed and taken off."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from emulator.api.act import Asked, act, living, written
from emulator.api.cart_call import CART, ITEM, cart_command
from emulator.api.operation import Call, Operation
from emulator.api.refusal import refuse
from emulator.api.several import several
from emulator.domain.resource import Change, Command
from emulator.store.charges import DISCOUNT, TAX, ChargeKind, charges_shown


def _charges(kind: ChargeKind, word: str, plural: str, one: str, path: str) -> list[Operation]:
    """The calls about tax items or custom discounts; `one` is the parameter of one of them."""

    def add_one(call: Call, asked: Asked) -> Command:
        return cart_command(call, f"add_{word}", {**_described(asked, kind), "item": call.word("item_id")})

    def add(call: Call, entries: Sequence[Any]) -> Command:
        return cart_command(call, f"add_{word}", {"entries": list(entries)})

    def update(call: Call, asked: Asked) -> Command:
        return cart_command(call, f"update_{word}", {**_described(asked, kind), **_named(call, one)})

    def remove(call: Call, _asked: Asked) -> Command:
        return cart_command(call, f"remove_{word}", _named(call, one))

    def clear(call: Call, _asked: Asked) -> Command:
        cart = living(call, "cart", call.word("cart_id"))
        return cart_command(call, f"clear_{plural}" if cart.hidden["items"] else "update", {})

    def newest(call: Call, change: Change) -> dict[str, Any]:
        return {"data": charges_shown(change.subject, kind)[-1]}

    def named(call: Call, change: Change) -> dict[str, Any]:
        return {"data": next(each for each in charges_shown(change.subject, kind) if each["id"] == call.word(one))}

    def every(_call: Call, change: Change) -> dict[str, Any]:
        return {"data": charges_shown(change.subject, kind)}

    name, gone = kind.type.title().replace("_", ""), HTTPStatus.NO_CONTENT
    said = kind.type.replace("_", " ")
    operations = [
        written("POST", f"{CART}/{path}", f"createCart{name}s", f"Lays {said}s on items", several(add, every)),
        written(
            "DELETE",
            f"{CART}/{path}",
            f"deleteCart{name}s",
            f"Takes every {said} off",
            act(clear),
            status=gone,
            body=False,
        ),
        written("POST", f"{ITEM}/{path}", f"createCartItem{name}", f"Lays a {said} on an item", act(add_one, newest)),
    ]
    places = [("CartItem", ITEM)] if kind is TAX else [("Cart", CART), ("CartItem", ITEM)]
    for of, place in places:
        at = f"{place}/{path}/{{{one}}}"
        operations += [
            written("PUT", at, f"update{of}{name}", f"Changes a {said}", act(update, named)),
            written("DELETE", at, f"delete{of}{name}", f"Takes a {said} off", act(remove), status=gone, body=False),
        ]
    return operations


def _described(asked: Asked, kind: ChargeKind) -> dict[str, Any]:
    """What a charge is to say. Raises a 400 for a request that says nothing."""
    if not asked:
        raise refuse(HTTPStatus.BAD_REQUEST, 'The body has no "data" object; send {"data": {…}}')
    return {name: value for name, value in asked.items() if name in kind.fields}


def _named(call: Call, one: str) -> dict[str, str]:
    """One charge by its id, and the item that the path says it is on."""
    item = call.request.path_params.get("item_id")
    return {"id": call.word(one), **({"item": item} if item else {})}


OPERATIONS: tuple[Operation, ...] = (
    *_charges(TAX, "tax", "taxes", "tax_id", "taxes"),
    *_charges(DISCOUNT, "discount", "discounts", "discount_id", "custom-discounts"),
)
