"""Coherence: whatever happens in the shop, sums add up, times move forward, and ids mean something."""

from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.core.fixture import Fixtures
from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Change, Command, Resource
from emulator.store.kinds import KINDS
from emulator.store.money import formatted
from emulator.store.stamps import stamps_of

_AXES = ("status", "payment", "shipping")


def _check_money(resource: Resource) -> None:
    items = resource.hidden["items"]
    prices = resource.document["meta"]["display_price"]
    for item in items:
        assert item["value"]["amount"] == item["quantity"] * item["unit_price"]["amount"]
        assert item["meta"]["display_price"]["with_tax"]["value"]["amount"] == item["value"]["amount"]
        assert item["meta"]["display_price"]["with_tax"]["unit"]["amount"] == item["unit_price"]["amount"]
    total = sum(item["value"]["amount"] for item in items)
    assert prices["with_tax"]["amount"] == prices["without_tax"]["amount"] + prices["tax"]["amount"] == total
    for price in prices.values():
        assert price == formatted(price["amount"], price["currency"])
    assert [entry["id"] for entry in resource.document["relationships"]["items"]["data"]] == [
        item["id"] for item in items
    ]


def _check_order(order: Resource, world: Any) -> None:
    hidden, prices = order.hidden, order.document["meta"]["display_price"]
    assert tuple(order.document[axis] for axis in _AXES) == tuple(hidden["state"])
    payments = [world.shelves.by_key(key) for key in hidden["transactions"]]
    by_kind: dict[str, int] = {"authorize": 0, "capture": 0, "purchase": 0}
    for payment in payments:
        assert payment.document["relationships"]["order"]["data"] == {"type": "order", "id": order.id}
        assert payment.parent == order.key
        assert 0 <= payment.document["refunded_amount"] <= payment.document["amount"]
        by_kind[payment.document["transaction-type"]] += payment.document["amount"]
    paid = by_kind["capture"] + by_kind["purchase"]
    assert (prices["authorized"]["amount"], prices["paid"]["amount"]) == (by_kind["authorize"], paid)
    assert prices["balance_owing"]["amount"] == hidden["total"] - by_kind["authorize"] - paid >= 0
    payment_word = order.document["payment"]
    given_back = sum(payment.document["refunded_amount"] for payment in payments)
    assert (payment_word in ("paid", "refunded")) == (paid == hidden["total"])
    assert (payment_word == "refunded") == (paid > 0 and given_back == paid)
    assert (payment_word == "unpaid") == (not payments)
    for item in hidden["items"]:
        assert world.shelves.get("product", item["product_id"]) is not None
    customer = order.document["relationships"]["customer"]
    if customer:
        assert world.shelves.get("customer", customer["data"]["id"]) is not None


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
            assert payload["data"] == resource.document
            assert payload.get("included", {}).get("items", []) == resource.hidden.get("items", [])
        key, _, count = event.identity.partition("/")[2].rpartition(":")
        assert (key, event.resource) == (event.key, resource.key)
        assert 1 <= int(count) <= resource.occurrences[key]
    orders, _ = world.shelves.page("order", limit=100)
    for order in orders:
        _check_order(order, world)


def _moment(resource: Resource, path: tuple[str, ...]) -> datetime:
    found: Any = resource.document
    for step in path:
        found = found[step]
    return datetime.fromisoformat(found)


_VERBS = [(group.type, verb) for group in KINDS for verb in sorted(group.lifecycle.verbs)]
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(_VERBS), st.integers(0, 3), st.sampled_from([None, 1, 50, 500]), st.integers(0, 2_000_000)
    ),
    max_size=40,
)


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
        target = found[which % len(found)].id if found and verb not in ("create", "checkout") else None
        attributes: dict[str, Any] = {} if amount is None or type != "order" else {"amount": amount}
        if verb == "checkout":
            attributes = {"cart": "cart:1"}
        command = Command(type=type, verb=verb, target=target, attributes=attributes)
        before = {
            resource.key: resource
            for each in (*KINDS.types, "transaction")
            for resource in world.shelves.page(each, limit=100)[0]
        }
        try:
            change = world.shop.execute(command, world.shelves, max(at, last + 1))
        except (IllegalCommand, InvalidInput):
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
