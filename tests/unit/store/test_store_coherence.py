"""Coherence: whatever happens in the shop, sums add up, times move forward, and ids mean something."""

import itertools
from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.core.fixture import Fixtures
from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Change, Command, Resource
from emulator.store.entries import EntryRefused
from emulator.store.inventory import InsufficientStock
from emulator.store.kinds import KINDS
from emulator.store.money import formatted
from emulator.store.stamps import stamps_of
from emulator.store.transactions import LIFECYCLE, METHODS

_TRANSACTIONS = set(itertools.product(*LIFECYCLE.axes))
_AXES = ("status", "payment", "shipping")
_KINDS = ("with_tax", "without_tax", "tax", "discount", "without_discount")


def _check_money(resource: Resource) -> None:
    items = resource.hidden["items"]
    prices = resource.document["meta"]["display_price"]
    for item in items:
        assert item["value"]["amount"] == item["quantity"] * item["unit_price"]["amount"]
        shown = item["meta"]["display_price"]
        _check_sums({kind: shown[kind]["value"]["amount"] for kind in _KINDS}, item["value"]["includes_tax"])
        off = -sum(discount["amount"]["amount"] for discount in item.get("discounts", ()))
        assert shown["discount"]["value"]["amount"] == -off <= 0
        assert sum(price["amount"] for price in shown.get("discounts", {}).values()) == -off
        for kind in _KINDS:
            unit, value = shown[kind]["unit"]["amount"], shown[kind]["value"]["amount"]
            assert 2 * abs(unit * item["quantity"] - value) <= item["quantity"]
            assert shown[kind]["value"] == formatted(value, item["value"]["currency"])
    for kind in _KINDS:
        assert prices[kind]["amount"] == sum(item["meta"]["display_price"][kind]["value"]["amount"] for item in items)
    assert prices["with_tax"]["amount"] >= 0
    promotions = {item["sku"]: item["value"]["amount"] for item in items if item.get("promotion_id")}
    for code, amount in promotions.items():
        assert prices.get("discounts", {}).get(code, {"amount": 0})["amount"] == amount <= 0
    for price in prices.values():
        for each in price.values() if "amount" not in price else (price,):
            assert each == formatted(each["amount"], each["currency"])
    assert [entry["id"] for entry in resource.document["relationships"]["items"]["data"]] == [
        item["id"] for item in items
    ]


def _check_sums(amounts: dict[str, int], includes_tax: bool) -> None:
    assert amounts["with_tax"] == amounts["without_tax"] + amounts["tax"]
    assert amounts["with_tax"] >= amounts["without_tax"] >= 0
    stated = "with_tax" if includes_tax else "without_tax"
    assert amounts["without_discount"] + amounts["discount"] == amounts[stated]


def _check_order(order: Resource, world: Any) -> None:
    hidden, prices = order.hidden, order.document["meta"]["display_price"]
    assert tuple(order.document[axis] for axis in _AXES) == tuple(hidden["state"])
    payments = [world.shelves.by_key(key) for key in hidden["transactions"]]
    authorized = pending = paid = given_back = 0
    for payment in payments:
        document = payment.document
        assert document["relationships"]["order"]["data"] == {"type": "order", "id": order.id}
        assert payment.parent == order.key
        assert 0 <= document["refunded_amount"] <= document["amount"]
        kind, status = document["transaction-type"], document["status"]
        assert (kind, status) in {(kind, "complete" if word == "refunded" else word) for kind, word in _TRANSACTIONS}
        authorized += document["amount"] if (kind, status) == ("authorize", "complete") else 0
        pending += document["amount"] if (kind, status) == ("authorize", "pending") else 0
        paid += document["amount"] if kind != "authorize" and status == "complete" else 0
        given_back += document["refunded_amount"]
    total = hidden["total"]
    assert (prices["authorized"]["amount"], prices["paid"]["amount"]) == (authorized + pending, paid)
    assert prices["balance_owing"]["amount"] == total - authorized - pending - paid >= 0
    assert given_back <= paid
    if total:
        covered = authorized + paid == total
        word = "partially_" if not covered else ""
        taken = "refunded" if paid and given_back == paid else "paid"
        kept = f"{word}authorized" if authorized else f"{word}{taken if covered else 'paid'}" if paid else "unpaid"
        assert order.document["payment"] == kept
    for item in hidden["items"]:
        assert not item["product_id"] or world.shelves.get("product", item["product_id"]) is not None
    customer = order.document["relationships"]["customer"]
    if customer:
        assert world.shelves.get("customer", customer["data"]["id"]) is not None


def _check_stock(stock: Resource, world: Any) -> None:
    total, available, allocated = (stock.document[count] for count in ("total", "available", "allocated"))
    assert total == available + allocated
    assert min(available, allocated) >= 0
    made, _ = world.shelves.page("stock-transaction", parent=stock.key, limit=1_000)
    held = {"allocate": 1, "deallocate": -1, "ship": -1}
    assert allocated == sum(held.get(each.hidden["action"], 0) * each.document["quantity"] for each in made)


def _check_change(change: Change, world: Any, before: dict[str, Resource]) -> None:
    world.shelves.put(change.resources)
    for resource in change.resources:
        old = before.get(resource.key)
        if old is not None and old.document != resource.document:
            for path in stamps_of(resource.type).updated:
                assert _moment(resource, path) > _moment(old, path)
            assert resource.touched_at > old.touched_at
        if "items" in resource.hidden:
            _check_money(resource)
    for event in change.events:
        resource = world.shelves.by_key(event.resource)
        payload = orjson.loads(event.payload)
        if event.deletion:
            assert payload == {"type": resource.document["type"], "id": resource.id}
        else:
            assert payload.get("data", payload) == resource.document
            assert payload.get("included", {}).get("items", []) == resource.hidden.get("items", [])
        key, _, count = event.identity.partition("/")[2].rpartition(":")
        assert (key, event.resource) == (event.key, resource.key)
        assert 1 <= int(count) <= resource.occurrences[key]
    orders, _ = world.shelves.page("order", limit=100)
    for order in orders:
        _check_order(order, world)
    for stock in world.shelves.page("inventory", limit=100)[0]:
        _check_stock(stock, world)


def _moment(resource: Resource, path: tuple[str, ...]) -> datetime:
    found: Any = resource.document
    for step in path:
        found = found[step]
    return datetime.fromisoformat(found)


_VERBS = [(group.type, verb) for group in KINDS for verb in sorted(group.lifecycle.verbs)]
_MAKING = ("create", "checkout", *METHODS)
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(_VERBS), st.integers(0, 3), st.sampled_from([None, 1, 50, 500]), st.integers(0, 2_000_000)
    ),
    max_size=40,
)


def _attributes(type: str, verb: str, amount: int | None) -> dict[str, Any]:
    """What a caller sends along, told by the amount drawn."""
    if verb == "checkout":
        return {"cart": "cart:1"}
    if (type, verb) == ("cart", "add_item") and amount:
        return {"entries": _ENTRIES[amount]}
    if (type, verb) == ("cart", "update") and amount:
        return {"discount_settings": {"custom_discounts_enabled": amount == 1}}
    if (type, verb) == ("cart", "add_discount") and amount:
        return {"item": "cart"}
    asked: dict[str, Any] = {} if amount is None or type not in ("order", "transaction") else {"amount": amount}
    return asked | {"order": "order:1", "gateway": "stripe"} if type == "transaction" else asked


_ENTRIES = {
    1: [{"type": "custom_item", "name": "Gift wrap", "sku": "wrap", "quantity": 3, "price": {"amount": 333}}],
    50: [{"type": "promotion_item", "code": "WELCOME10"}],
    500: [
        {"type": "custom_item", "name": "Free sample", "quantity": 1, "price": {"amount": 0, "includes_tax": False}},
        {"type": "promotion_item", "code": "SAVE5"},
    ],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_any_sequence_of_commands_keeps_the_shop_coherent(
    shipped: Fixtures, make_world: Any, steps: list[tuple[tuple[str, str], int, int | None, int]]
) -> None:
    world = make_world(shipped)
    world.trigger("order.created")
    at, seen, last = world.now, set(), world.events[-1].at
    for (type, verb), which, amount, pause in steps:
        at += pause + 1
        found, _ = world.shelves.page(type, limit=4)
        target = found[which % len(found)].id if found and verb not in _MAKING else None
        attributes = _attributes(type, verb, amount)
        command = Command(type=type, verb=verb, target=target, attributes=attributes)
        before = {resource.key: resource for each in KINDS.types for resource in world.shelves.page(each, limit=100)[0]}
        try:
            change = world.shop.execute(command, world.shelves, max(at, last + 1))
        except (IllegalCommand, InvalidInput, EntryRefused, InsufficientStock):
            continue
        for event in change.events:
            assert event.at > last
            assert event.identity not in seen
            seen.add(event.identity)
            last = event.at
        _check_change(change, world, before)


@pytest.mark.parametrize("key", sorted(KINDS.raised))
def test_events_of_one_path_follow_each_other_in_time(world: Any, key: str) -> None:
    events = world.trigger(key)
    moments = [event.at for event in events]
    assert moments == sorted(set(moments))


@pytest.mark.parametrize(
    ("type", "unit"),
    [("order", "seconds"), ("cart", "seconds"), ("customer", "ms"), ("product", "ms"), ("address", "ms")],
)
def test_changes_within_one_unit_still_move_updated_at(world: Any, type: str, unit: str) -> None:
    world.trigger("cart.updated" if type == "cart" else f"{type}.created")
    stamps = []
    for _ in range(4):
        resource = world.last(type)
        change = world.shop.execute(Command(type=type, verb="update", target=resource.id), world.shelves, world.now)
        world.shelves.put(change.resources)
        stamps.append(change.subject.document["meta"]["timestamps"]["updated_at"])
    assert stamps == sorted(set(stamps))
    assert all(len(stamp) == len("2026-01-01T00:00:00Z") + (4 if unit == "ms" else 0) for stamp in stamps)


def test_an_event_carries_the_order_as_it_was_then(world: Any) -> None:
    events = {event.key: orjson.loads(event.payload)["data"] for event in world.trigger("order.fulfilled")}
    assert [events["order.created"][axis] for axis in _AXES] == ["incomplete", "unpaid", "unfulfilled"]
    assert [events["order.paid"][axis] for axis in _AXES] == ["complete", "paid", "unfulfilled"]
    assert [events["order.fulfilled"][axis] for axis in _AXES] == ["complete", "paid", "fulfilled"]
    assert events["transaction.created"]["relationships"]["order"]["data"]["id"] == events["order.paid"]["id"]
    assert events["transaction.created"]["transaction-type"] == "purchase"


def test_customers_and_products_have_been_there_since_before(world: Any) -> None:
    events = world.trigger("order.created")
    assert {event.resource_type for event in events} == {"cart", "order"}
    order = world.last("order")
    customer = world.shelves.get("customer", order.document["relationships"]["customer"]["data"]["id"])
    assert order.document["customer"] == {name: customer.document[name] for name in ("name", "email")}
    assert customer.created_at < order.created_at
    products, total = world.shelves.page("product")
    assert total == len({product.document["sku"] for product in products}) == 6


def test_anonymizing_leaves_nobody_behind(world: Any) -> None:
    order = world.order("pay", "fulfill", "anonymize")
    assert order.document["anonymized"] is True
    for part in ("customer", "shipping_address", "billing_address"):
        assert set(order.document[part].values()) == {"*"}


def test_deleting_a_customer_takes_the_addresses_along(world: Any) -> None:
    customer = world.do("customer", "create").subject
    for _ in range(2):
        world.do("address", "create", customer=customer.id)
    [event] = world.do("customer", "delete", customer.id).events
    assert event.key == "customer.deleted"
    assert world.shelves.page("address", parent=customer.key)[1] == 0


def test_when_the_house_is_sold_out_the_newest_will_do_and_then_nothing(world: Any) -> None:
    world.trigger("order.created")
    for product in world.shelves.page("product")[0]:
        world.do("product", "delete", product.id)
    own = world.do("product", "create").subject
    cart = world.do("cart", "create").subject
    [item] = world.do("cart", "add_item", cart.id).subject.hidden["items"]
    assert item["product_id"] == own.id
    world.do("product", "delete", own.id)
    with pytest.raises(Exception, match="every product was deleted; create one first"):
        world.do("cart", "add_item", cart.id)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "USD", "$0.00"),
        (5, "GBP", "£0.05"),
        (123456, "EUR", "€1,234.56"),
        (-100, "GBP", "-£1.00"),
        (123456, "JPY", "¥123,456"),
    ],
)
def test_money_is_written_out(amount: int, currency: str, text: str) -> None:
    assert formatted(amount, currency) == {"amount": amount, "currency": currency, "formatted": text}
