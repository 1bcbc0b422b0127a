"""Checkout: an order made from a cart, its amounts the sum of what lies in it."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store.group import custom_of
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step
from emulator.store.money import item_prices, settlement, sum_of, total_prices
from emulator.store.order_fields import KNOWN, addressed, written
from emulator.store.stamps import timestamp
from emulator.store.work import Work


def checkout(work: Work, _resource: Resource | None, step: Step) -> Resource:
    """`cart` (an id, key or `@cart`) becomes an order, for `customer` ({"id"} or {"name", "email"}), the
    cart's own, or one of the house."""
    attributes = work.command.attributes
    reference = attributes.get("cart")
    if not isinstance(reference, str):
        raise InvalidInput("an order is made from a cart; say which", path=("cart",))
    cart = work.find("cart", reference)
    if not cart.hidden["items"]:
        raise IllegalCommand(f"{cart.key} is empty; add_item first")
    name = work.name("order", work.command.alias)
    buyer = _buyer(work, cart, name.key)
    now = timestamp("order", work.at)
    items = [_ordered(work, name.key, line, item, now) for line, item in enumerate(cart.hidden["items"], start=1)]
    total, currency = sum_of(items), cart.hidden["currency"]
    status, payment, shipping = step.state
    made = work.add(
        "order",
        name,
        {
            **buyer,
            "status": status,
            "payment": payment,
            "shipping": shipping,
            "currency": currency,
            "display_price": {**total_prices(total, currency), **settlement(total, 0, 0, currency)},
            "items": [{"type": "item", "id": item["id"]} for item in items],
        },
        hidden={
            "state": list(step.state),
            "items": items,
            "currency": currency,
            "total": total,
            "authorized": 0,
            "paid": 0,
            "transactions": [],
            "cart": cart.key,
        },
        custom=custom_of(attributes, KNOWN),
    )
    asked = {**written(attributes), **addressed(made, attributes, ("shipping_address", "billing_address"))}
    if asked:
        made = work.again(made, asked)
    work.emit(step.raises, made)
    return made


def _buyer(work: Work, cart: Resource, order: str) -> dict[str, Any]:
    """Who buys and where they live: the values of `customer.*`, `person.*` and `address.*`."""
    asked = work.command.attributes.get("customer")
    if asked is None:
        key = cart.hidden.get("customer")
        owner = work.find("customer", key) if key else one_of_the_house(work, "customer", order)
    elif isinstance(asked, Mapping) and isinstance(asked.get("id"), str):
        owner = work.find("customer", asked["id"])
    elif isinstance(asked, Mapping) and isinstance(asked.get("name"), str) and isinstance(asked.get("email"), str):
        guest = {"customer.name": asked["name"], "customer.email": asked["email"], "customer_link": {}}
        return {**work.pool.person(order), **_called(asked["name"]), **guest}
    else:
        raise InvalidInput('a customer is {"id"}, or {"name", "email"} for a guest', path=("customer",))
    return {
        **work.pool.person(owner.key),
        **_called(str(owner.document.get("name", ""))),
        "customer.name": owner.document.get("name", ""),
        "customer.email": owner.document.get("email", ""),
        "customer_link": {"data": {"type": "customer", "id": owner.id}},
    }


def _called(name: str) -> dict[str, str]:
    first, _, last = name.partition(" ")
    return {"person.name": name, "person.first_name": first, "person.last_name": last}


def _ordered(work: Work, order: str, line: int, item: Mapping[str, Any], now: str) -> dict[str, Any]:
    """A line of the cart as a line of the order."""
    unit, currency = item["unit_price"]["amount"], item["unit_price"]["currency"]
    values = {
        "id": derived_id(work.seed, "order_item", order, line),
        "quantity": item["quantity"],
        "currency": currency,
        "unit_price": item["unit_price"],
        "value": item["value"],
        "display_price": item_prices(unit, item["quantity"], currency),
        "product.id": item["product_id"],
        "cart_item.id": item["id"],
        **{f"product.{field}": item.get(field, "") for field in ("name", "sku", "slug", "description")},
    }
    return work.item("order", values, now)
