"""Carts: filled, changed and deleted. A cart stays when it is checked out; the order is another resource."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.domain.errors import InvalidInput, NotFound
from emulator.domain.identity import derived_id
from emulator.domain.moment import DAY
from emulator.domain.resource import Command, Resource
from emulator.store.form import form
from emulator.store.group import Group, custom_of, present
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Lifecycle, Step, row
from emulator.store.money import check_currency, item_prices, plain, sum_of, total_prices
from emulator.store.products import price_of
from emulator.store.stamps import timestamp
from emulator.store.work import Work

LIFECYCLE = Lifecycle(
    type="cart",
    axes=(("empty", "filled"),),
    rows=(
        row(None, "create", "empty"),  # nothing observable: there is no key cart.created
        row("*", "add_item", "filled", "cart.updated"),
        row("filled", "update_item", "filled", "cart.updated"),
        row("filled", "remove_item", "filled", "cart.updated"),
        row("filled", "clear", "empty", "cart.updated"),
        row("*", "update", "=", "cart.updated"),
        row("*", "delete", "=", "cart.deleted"),
    ),
)

LIFETIME = 7 * DAY
"""A cart is deleted this long after its last change (the provider's document of carts); here it only says
so."""

_KNOWN = frozenset({"name", "description", "currency", "customer", "discount_settings"})
_MOST = 1_000_000

ITEM_PLACES = frozenset(
    {
        *("id", "base_url", "created_at", "updated_at", "quantity", "unit_price", "value", "currency", "display_price"),
        *("product.id", "product.name", "product.sku", "product.slug", "product.description"),
    }
)
"""What the shop fills in one line of a cart; an order's line knows the cart's besides."""


def _refine(_work: Work, command: Command, cart: Resource | None) -> str:
    """Taking the last line out of a cart empties it, however it is said."""
    if cart is None or command.verb not in ("remove_item", "update_item"):
        return command.verb
    takes_out = command.verb == "remove_item" or command.attributes.get("quantity") == 0
    if not takes_out or not cart.hidden["items"]:
        return command.verb
    _line(cart, command.attributes)
    return "clear" if len(cart.hidden["items"]) == 1 else "remove_item"


def _create(work: Work, _resource: Resource | None, step: Step) -> Resource:
    attributes = work.command.attributes
    name = work.name("cart", work.command.alias)
    currency = check_currency(attributes.get("currency", "USD"))
    reference = attributes.get("customer")
    owner = work.find("customer", str(reference)) if reference else None
    return work.add(
        "cart",
        name,
        {
            "name": _text(attributes, "name", "Cart"),
            "description": _text(attributes, "description", ""),
            "currency": currency,
            "display_price": total_prices(0, currency),
            "expires_at": timestamp("cart", work.at + LIFETIME),
            "customers": {"data": [{"type": "customer", "id": owner.id}]} if owner else {},
            "items": [],
        },
        hidden={
            "state": list(step.state),
            "items": [],
            "lines": 0,
            "currency": currency,
            "customer": owner.key if owner else None,
        },
        custom=custom_of(attributes, _KNOWN),
    )


def _add_item(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`product` (an id or key) and `quantity`; without a product, one to three drawn ones."""
    cart = present(resource)
    attributes = work.command.attributes
    items, lines = list(cart.hidden["items"]), int(cart.hidden["lines"])
    reference = attributes.get("product")
    if reference is not None:
        quantity = _quantity(attributes, least=1)
        items, lines = _with(work, cart, items, lines, work.find("product", str(reference)), quantity)
    else:
        for turn in range(work.pool.draw(cart.key, f"fill:{lines}", 3) + 1):
            purpose = f"line:{lines}:{turn}"
            product = one_of_the_house(work, "product", cart.key, purpose)
            quantity = work.pool.draw(cart.key, f"{purpose}:quantity", 3) + 1
            items, lines = _with(work, cart, items, lines, product, quantity)
    return _refilled(work, cart, items, step, lines=lines)


def _update_item(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`item` (its id; the first line without) gets `quantity` (one more without)."""
    cart = present(resource)
    index = _line(cart, work.command.attributes, default=0)
    items = list(cart.hidden["items"])
    old = items[index]
    quantity = _quantity(work.command.attributes, least=1, default=old["quantity"] + 1)
    items[index] = _requantified(old, quantity, timestamp("cart", work.moment_of(cart)))
    return _refilled(work, cart, items, step)


def _remove_item(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`item` (its id; the last line without) is taken out."""
    cart = present(resource)
    items = list(cart.hidden["items"])
    del items[_line(cart, work.command.attributes)]
    return _refilled(work, cart, items, step)


def _clear(work: Work, resource: Resource | None, step: Step) -> Resource:
    return _refilled(work, present(resource), [], step)


def _update(work: Work, resource: Resource | None, step: Step) -> Resource:
    cart = present(resource)
    attributes = work.command.attributes
    written = {
        field: _text(attributes, field, "") for field in ("name", "description") if attributes.get(field) is not None
    }
    changed = work.change(cart, document=written, meta=_meta(work, cart), custom=custom_of(attributes, _KNOWN))
    work.emit(step.raises, changed)
    return changed


def _delete(work: Work, resource: Resource | None, step: Step) -> Resource:
    gone = work.change(present(resource), deleted=True)
    work.emit(step.raises, gone)
    return gone


def _with(
    work: Work, cart: Resource, items: list[dict[str, Any]], lines: int, product: Resource, quantity: int
) -> tuple[list[dict[str, Any]], int]:
    """The items with so many more of a product: on its line when it has one, else on a new line."""
    now = timestamp("cart", work.moment_of(cart))
    for index, item in enumerate(items):
        if item.get("product_id") == product.id:
            more = _requantified(item, item["quantity"] + quantity, now)
            return [*items[:index], more, *items[index + 1 :]], lines
    currency = cart.hidden["currency"]
    unit, _ = price_of(product)
    document = product.document
    values = {
        "id": derived_id(work.seed, "cart_item", cart.key, lines + 1),
        "quantity": quantity,
        "currency": currency,
        "unit_price": plain(unit, currency),
        "value": plain(unit * quantity, currency),
        "display_price": item_prices(unit, quantity, currency),
        "product.id": product.id,
        **{f"product.{field}": document.get(field, "") for field in ("name", "sku", "slug", "description")},
    }
    return [*items, work.item("cart", values, now)], lines + 1


def _requantified(item: Mapping[str, Any], quantity: int, now: str) -> dict[str, Any]:
    unit, currency = item["unit_price"]["amount"], item["unit_price"]["currency"]
    stamps = {**item["meta"]["timestamps"], "updated_at": now}
    return {
        **item,
        "quantity": quantity,
        "value": plain(unit * quantity, currency),
        "meta": {**item["meta"], "display_price": item_prices(unit, quantity, currency), "timestamps": stamps},
    }


def _refilled(
    work: Work, cart: Resource, items: Sequence[Mapping[str, Any]], step: Step, *, lines: int | None = None
) -> Resource:
    related = [{"type": item.get("type", "cart_item"), "id": item["id"]} for item in items]
    changed = work.change(
        cart,
        document={"relationships": {**cart.document.get("relationships", {}), "items": {"data": related}}},
        meta={"display_price": total_prices(sum_of(items), cart.hidden["currency"]), **_meta(work, cart)},
        hidden={
            "items": list(items),
            "state": list(step.state),
            "lines": cart.hidden["lines"] if lines is None else lines,
        },
    )
    work.emit(step.raises, changed)
    return changed


def _meta(work: Work, cart: Resource) -> dict[str, Any]:
    """A change of any kind puts the end of the cart's life off."""
    return {"timestamps": {"expires_at": timestamp("cart", work.moment_of(cart) + LIFETIME)}}


def _line(cart: Resource, attributes: Mapping[str, Any], default: int = -1) -> int:
    wanted = attributes.get("item")
    if wanted is None:
        return default % len(cart.hidden["items"])
    for index, item in enumerate(cart.hidden["items"]):
        if item["id"] == wanted:
            return index
    raise NotFound(f"{cart.key} has no item '{wanted}'")


def _quantity(attributes: Mapping[str, Any], *, least: int, default: int = 1) -> int:
    quantity = attributes.get("quantity", default)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not least <= quantity <= _MOST:
        raise InvalidInput(f"a quantity is a whole number from {least} to {_MOST}", path=("quantity",))
    return quantity


def _text(attributes: Mapping[str, Any], field: str, default: str) -> str:
    value = attributes.get(field, default)
    if not isinstance(value, str):
        raise InvalidInput(f"the {field} of a cart is a text", path=(field,))
    return value


FORM = form(
    "cart",
    places=frozenset({"currency", "display_price", "name", "description", "expires_at", "customers", "items"}),
    item_places=ITEM_PLACES,
)

GROUP = Group(
    lifecycle=LIFECYCLE,
    forms={"cart": FORM},
    handlers={
        "create": _create,
        "add_item": _add_item,
        "update_item": _update_item,
        "remove_item": _remove_item,
        "clear": _clear,
        "update": _update,
        "delete": _delete,
    },
    refine=_refine,
)
