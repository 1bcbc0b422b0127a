"""Checkout: an order made from a cart, its amounts the sum of what lies in it."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store import stock
from emulator.store.buyer import buyer_of
from emulator.store.charges import DISCOUNT, TAX
from emulator.store.contents import PROMOTION
from emulator.store.group import custom_of
from emulator.store.lifecycle import Step
from emulator.store.money import Currency
from emulator.store.order_fields import KNOWN, addressed, written
from emulator.store.prices import Amounts, line_prices, settlement, total_prices, worth
from emulator.store.stamps import timestamp
from emulator.store.tender import tender
from emulator.store.work import Work


def checkout(work: Work, _resource: Resource | None, step: Step) -> Resource:
    """`cart` (an id, key or `@cart`) becomes an order of its buyer; it stays, and can be checked out again."""
    attributes = work.command.attributes
    reference = attributes.get("cart")
    if not isinstance(reference, str):
        raise InvalidInput("an order is made from a cart; say which", path=("cart",))
    cart = work.find("cart", reference)
    lines = cart.hidden["items"]
    if all(line["type"] == PROMOTION for line in lines):
        raise IllegalCommand(f"{cart.key} is empty; add_item first")
    if "snapshot_date" in cart.document:
        raise IllegalCommand(f"{cart.key} is a preview of {cart.document['snapshot_date']}; nothing can be ordered yet")
    stock.check(work, lines)
    name = work.name("order", work.command.alias)
    buyer = buyer_of(work, cart, name.key)
    now = timestamp("order", work.at)
    currency = tender(work, cart.hidden["currency"])
    items = [_ordered(work, name.key, number, line, currency, now) for number, line in enumerate(lines, start=1)]
    amounts = Amounts(*cart.hidden["amounts"])
    total = amounts.with_tax
    discounts = cart.document["meta"].get("display_price", {}).get("discounts")
    prices = {
        **total_prices(amounts, currency),
        **({"discounts": discounts} if discounts else {}),
        **settlement(total, 0, 0, currency),
    }
    status, payment, shipping = step.state
    made = work.add(
        "order",
        name,
        {
            **buyer.values,
            "status": status,
            "payment": payment,
            "shipping": shipping,
            "currency": currency.code,
            "display_price": prices,
            "items": [{"type": "item", "id": item["id"]} for item in items],
        },
        hidden={
            "state": list(step.state),
            "items": items,
            "amounts": list(amounts),
            "currency": currency.code,
            "total": total,
            "authorized": 0,
            "pending": 0,
            "paid": 0,
            "transactions": [],
            "stock": "",
            TAX.kept: cart.hidden[TAX.kept],
            DISCOUNT.kept: cart.hidden[DISCOUNT.kept],
            "cart": cart.key,
        },
        custom=custom_of(attributes, KNOWN),
    )
    asked = {**written(attributes), **addressed(made, attributes, ("shipping_address", "billing_address"))}
    if asked or buyer.contact:
        made = work.again(made, {**buyer.shown(made.document), **asked})
    work.emit(step.raises, made)
    return made


def _ordered(
    work: Work, order: str, number: int, line: Mapping[str, Any], currency: Currency, now: str
) -> dict[str, Any]:
    """A line of the cart as a line of the order: its prices, discounts and taxes are those that it had."""
    prices = line["meta"].get("display_price")
    values = {
        "id": derived_id(work.seed, "order_item", order, number),
        "quantity": line["quantity"],
        "currency": currency.code,
        "unit_price": line["unit_price"],
        "value": line["value"],
        "display_price": prices or line_prices(worth(line["value"]["amount"]), line["quantity"], currency),
        "manage_stock": line.get("manage_stock", False),
        "product.id": line.get("product_id", ""),
        "cart_item.id": line["id"],
        **{f"product.{field}": line.get(field, "") for field in ("name", "sku", "slug", "description")},
    }
    item = work.item("order", values, now)
    for field in ("discounts", "custom_inputs"):
        if field in line:
            item[field] = line[field]
    if "relationships" in line:
        item["relationships"] = {**item.get("relationships", {}), **line["relationships"]}
    return item
