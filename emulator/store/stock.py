"""Stock of an order: reserved when it is paid for, gone when it is shipped, free again when the order comes to nothing.

Only products whose stock is managed take part. Each change is a stock transaction, which raises its event; the stock is
seen to before the order is, as the provider reserves it before it takes the money.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.domain.resource import Resource
from emulator.store import inventory
from emulator.store.work import Work

RESERVED, SHIPPED, RELEASED = "reserved", "shipped", "released"
"""What became of an order's goods; an order that has none in stock says nothing."""


def reserved(work: Work, order: Resource) -> str:
    """Allocates what was ordered. Raises InsufficientStock when there is too little; the house orders more."""
    managed = list(_managed(work, order.hidden["items"]))
    for stock, product, quantity in managed:
        held = stock
        while inventory.available(held) < quantity and inventory.is_of_the_house(product):
            held = inventory.restocked(work, held)
        inventory.moved(work, held, "allocate", quantity, order=order)
    return RESERVED if managed else ""


def shipped(work: Work, order: Resource) -> str:
    """What was allocated leaves."""
    return _let_go(work, order, inventory.SHIP, SHIPPED)


def released(work: Work, order: Resource) -> str:
    """What was allocated is free for others, unless it has left already."""
    return _let_go(work, order, "deallocate", RELEASED)


def check(work: Work, items: Sequence[Mapping[str, Any]]) -> None:
    """Raises InsufficientStock when there are fewer than these items ask for; the house has always enough."""
    for stock, product, quantity in _managed(work, items):
        left = inventory.available(stock)
        if left < quantity and not inventory.is_of_the_house(product):
            raise inventory.InsufficientStock(f"there are {left} of {product.key} left, fewer than {quantity}")


def _managed(work: Work, items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Resource, Resource, int]]:
    """The stock, product and quantity of each item whose stock is managed."""
    wanted: dict[str, int] = {}
    for item in items:
        if item.get("product_id"):
            wanted[item["product_id"]] = wanted.get(item["product_id"], 0) + item["quantity"]
    for id, quantity in wanted.items():
        product = work.shelves.get("product", id)
        stock = None if product is None else inventory.inventory_of(work, product)
        if product is not None and stock is not None:
            yield stock, product, quantity


def _let_go(work: Work, order: Resource, action: str, then: str) -> str:
    now: str = order.hidden.get("stock", "")
    if now != RESERVED:
        return now
    for stock, _, quantity in _managed(work, order.hidden["items"]):
        inventory.moved(work, stock, action, quantity, order=order)
    return then
