"""Stock: reserved when an order is paid, gone when it is fulfilled, free again when the order comes to nothing."""

from typing import Any

import pytest

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Resource
from emulator.store.inventory import InsufficientStock


def _stocked(world: Any, quantity: int) -> Resource:
    """A product of which there are so many."""
    product: Resource = world.do("product", "create").subject
    world.do("inventory", "create", product=product.id, quantity=quantity)
    return product


def _ordered(world: Any, product: Resource, quantity: int) -> Resource:
    cart = world.do("cart", "create").subject
    world.do("cart", "add_item", cart.id, product=product.id, quantity=quantity)
    order: Resource = world.do("order", "checkout", cart=cart.id).subject
    return order


def _counts(world: Any, product: Resource) -> tuple[int, int, int]:
    document = world.shelves.get("inventory", product.id).document
    return document["total"], document["available"], document["allocated"]


@pytest.mark.parametrize(
    ("verbs", "counts", "actions"),
    [
        (["authorize"], (10, 10, 0), []),
        (["pay_part"], (10, 10, 0), []),
        (["pay"], (10, 7, 3), ["allocate"]),
        (["authorize", "capture"], (10, 7, 3), ["allocate"]),
        (["pay_part", "pay"], (10, 7, 3), ["allocate"]),
        (["pay", "fulfill"], (7, 7, 0), ["allocate", "decrement"]),
        (["pay", "cancel"], (10, 10, 0), ["allocate", "deallocate"]),
        (["pay", "refund_part"], (10, 7, 3), ["allocate"]),
        (["pay", "refund"], (10, 10, 0), ["allocate", "deallocate"]),
        (["pay", "cancel", "refund"], (10, 10, 0), ["allocate", "deallocate"]),
        (["pay", "fulfill", "refund"], (7, 7, 0), ["allocate", "decrement"]),
        (["cancel"], (10, 10, 0), []),
    ],
)
def test_stock_follows_the_order(
    world: Any, verbs: list[str], counts: tuple[int, int, int], actions: list[str]
) -> None:
    product = _stocked(world, 10)
    order = _ordered(world, product, 3)
    for verb in verbs:
        world.do("order", verb, order.id)
    assert _counts(world, product) == counts
    made, _ = world.shelves.page("stock-transaction", parent=f"inventory:{product.key}")
    assert [each.document["action"] for each in made] == actions
    for each in made:
        assert (each.document["product_id"], each.document["quantity"]) == (product.id, 3)
        assert each.hidden["order"] == order.key
        assert each.occurrences == {"stock-transaction.created": 1}


def test_the_stock_is_seen_to_before_the_payment(world: Any) -> None:
    order = _ordered(world, _stocked(world, 5), 5)
    change = world.do("order", "pay", order.id)
    assert [event.key for event in change.events] == [
        *("stock-transaction.created", "transaction.created", "order.paid", "order.updated")
    ]


def test_nothing_is_sold_twice(world: Any) -> None:
    product = _stocked(world, 3)
    one, other = _ordered(world, product, 2), _ordered(world, product, 2)
    world.do("order", "pay", one.id)
    with pytest.raises(InsufficientStock, match="too few to allocate 2"):
        world.do("order", "pay", other.id)
    assert world.shelves.by_key(other.key).document["payment"] == "unpaid"
    with pytest.raises(InsufficientStock, match="there are 1 of product:1 left, fewer than 2"):
        _ordered(world, product, 2)
    world.do("order", "cancel", one.id)
    assert world.do("order", "pay", other.id).subject.document["payment"] == "paid"


def test_the_house_never_runs_out(world: Any) -> None:
    world.trigger("order.created")
    world.do("stock-transaction", "create", product="product:house-2", action="increment", quantity=1)
    house = world.shelves.by_key("product:house-2")
    total, *_ = _counts(world, house)
    order = _ordered(world, house, total + 1)
    change = world.do("order", "pay", order.id)
    actions = [world.shelves.by_key(event.resource).document["action"] for event in change.events[:2]]
    assert actions == ["increment", "allocate"]
    assert _counts(world, house)[1] >= 0


def test_half_the_house_is_managed(world: Any) -> None:
    world.trigger("order.created")
    managed = [each.document["manage_stock"] for each in world.shelves.page("product")[0]]
    assert managed == [False, True] * 3


def test_stock_is_changed_by_hand(world: Any) -> None:
    product = _stocked(world, 5)
    for action, quantity, counts in (
        ("increment", 5, (10, 10, 0)),
        ("allocate", 4, (10, 6, 4)),
        ("deallocate", 1, (10, 7, 3)),
        ("decrement", 7, (3, 0, 3)),
    ):
        change = world.do("stock-transaction", "create", product=product.id, action=action, quantity=quantity)
        assert [event.key for event in change.events] == ["stock-transaction.created"]
        assert _counts(world, product) == counts
    for action, quantity in (("decrement", 1), ("allocate", 1), ("deallocate", 4)):
        with pytest.raises(InsufficientStock):
            world.do("stock-transaction", "create", product=product.id, action=action, quantity=quantity)


def test_what_cannot_be_done_with_stock_is_said(world: Any) -> None:
    product = _stocked(world, 5)
    with pytest.raises(IllegalCommand, match="managed already"):
        world.do("inventory", "create", product=product.id, quantity=1)
    other = world.do("product", "create").subject
    with pytest.raises(IllegalCommand, match="nobody manages the stock of product:2"):
        world.do("stock-transaction", "create", product=other.id, action="increment", quantity=1)
    with pytest.raises(InvalidInput, match="whole number from 1"):
        world.do("stock-transaction", "create", product=product.id, action="increment", quantity=0)
    with pytest.raises(InvalidInput, match="one of increment, decrement"):
        world.do("stock-transaction", "create", product=product.id, action="grow", quantity=1)
    inventory = world.shelves.get("inventory", product.id)
    world.do("inventory", "delete", inventory.key)
    world.do("order", "pay", _ordered(world, product, 50).id)
    with pytest.raises(IllegalCommand, match="deleted, which is for good"):
        world.do("inventory", "create", product=product.id, quantity=1)


def test_a_transaction_of_stock_says_when_to_the_second(world: Any) -> None:
    [event] = world.trigger("stock-transaction.created")
    document = world.shelves.by_key(event.resource).document
    assert document["timestamps"] == {"created_at": "2026-01-01T00:00:00Z"}
    assert document["action"] == "increment"
    assert world.trigger("stock-transaction.created", of="product:house-2")[0].key == "stock-transaction.created"
