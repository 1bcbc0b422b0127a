"""Adoption: what the shop makes of resources from elsewhere, and that it can go on with them."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest

from emulator.core.fixture import Fixtures
from emulator.core.recording import read_recording
from emulator.domain.errors import UserError
from emulator.domain.event import Event
from emulator.domain.moment import parse_instant
from emulator.domain.recording import Recording
from emulator.domain.resource import Resource
from emulator.store.adoption import Adoption, Fate
from emulator.store.kinds import KINDS
from emulator.store.memory import MemoryShelves

NOW = parse_instant("2026-01-01T00:00:00Z")
ORDER = "0b6fd2f4-41a3-4c53-9c51-7f0a3d0a1b11"
CUSTOMER = "f6a10f0e-3a86-4b1f-8d57-3d3f4b2a9d42"
Json = dict[str, Any]


def price(amount: int, currency: str = "EUR") -> Json:
    return {"amount": amount, "currency": currency, "formatted": f"€{amount / 100}"}


def order(*, updated: str = "2025-11-02T08:00:00Z", id: str = ORDER, **fields: Any) -> Json:
    document = {
        "type": "order",
        "id": id,
        "status": "incomplete",
        "payment": "unpaid",
        "shipping": "unfulfilled",
        "customer": {"name": "Greta Holm", "email": "greta.holm@kaffebar.test"},
        "meta": {
            "display_price": {"with_tax": price(4200), "paid": price(0), "authorized": price(0)},
            "timestamps": {"created_at": "2025-11-01T08:00:00Z", "updated_at": updated},
        },
        "relationships": {"customer": {"data": {"type": "customer", "id": CUSTOMER}}},
    }
    return {**document, **fields}


def message(
    document: Mapping[str, Any],
    key: str = "order.updated",
    included: Mapping[str, Any] | None = None,
    at: int | None = None,
) -> Recording:
    payload: Json = {"data": document} if not key.endswith(".deleted") else dict(document)
    if included is not None:
        payload["included"] = included
    return read_recording(json.dumps({"id": "job", "triggered_by": key, "attempt": 1, "payload": payload}), at)


def line(id: str = "line-1") -> Json:
    return {"type": "order_item", "id": id, "quantity": 1, "value": {"amount": 4200, "currency": "EUR"}}


def adopted(*messages: Recording, shelves: MemoryShelves | None = None) -> tuple[list[Fate], MemoryShelves]:
    shelves = shelves or MemoryShelves()
    adoption = Adoption(shelves, now=NOW)
    fates = [adoption.take(one) for one in messages]
    shelves.put(adoption.resources)
    return fates, shelves


def found(shelves: MemoryShelves, type: str, id: str) -> Resource:
    resource = shelves.get(type, id)
    assert resource is not None
    return resource


def test_an_order_keeps_its_id_and_document_and_stands_where_its_axes_say() -> None:
    document = order(status="complete", payment="paid")
    fates, shelves = adopted(message(document, included={"items": [line()]}))
    here = found(shelves, "order", ORDER)
    assert fates == [Fate.LOADED]
    assert here.document == document
    assert here.hidden["state"] == ["complete", "paid", "unfulfilled"]
    assert here.hidden["items"] == [line()]
    assert (here.hidden["total"], here.hidden["currency"]) == (4200, "EUR")
    assert here.touched_at == parse_instant("2025-11-02T08:00:00Z")
    assert here.created_at == parse_instant("2025-11-01T08:00:00Z")


@pytest.mark.parametrize(
    ("payment", "prices", "money"),
    [
        ("unpaid", {}, (0, 0)),
        ("paid", {}, (0, 4200)),
        ("authorized", {}, (4200, 0)),
        ("partially_paid", {"paid": price(1000), "authorized": price(0)}, (0, 1000)),
    ],
)
def test_what_was_paid_is_read_off_the_prices_or_else_the_axis(
    payment: str, prices: Json, money: tuple[int, int]
) -> None:
    document = order(payment=payment, meta={"display_price": {"with_tax": price(4200), **prices}})
    _, shelves = adopted(message(document))
    hidden = found(shelves, "order", ORDER).hidden
    assert (hidden["authorized"], hidden["paid"]) == money


def test_whoever_bought_is_known_as_far_as_the_order_tells_until_more_is_told() -> None:
    _, shelves = adopted(message(order()))
    stub = found(shelves, "customer", CUSTOMER)
    assert (stub.document["name"], stub.document["email"]) == ("Greta Holm", "greta.holm@kaffebar.test")
    told = {"type": "customer", "id": CUSTOMER, "name": "Greta Holm-Berg", "email": "g@kaffebar.test"}
    told["meta"] = {"timestamps": {"updated_at": "2020-01-01T00:00:00.000Z"}}
    fates, _ = adopted(message(told, "customer.updated"), shelves=shelves)
    assert fates == [Fate.LOADED]
    assert found(shelves, "customer", CUSTOMER).document["name"] == "Greta Holm-Berg"
    assert found(shelves, "customer", CUSTOMER).key == stub.key


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_counts_in_whatever_order_they_came(turned: bool) -> None:
    older = message(order(updated="2025-11-02T08:00:00Z"), included={"items": [line("old")]})
    newer = message(order(updated="2025-11-02T08:00:05Z", payment="paid"), included={"items": [line("new")]})
    _, shelves = adopted(*((newer, older) if turned else (older, newer)))
    here = found(shelves, "order", ORDER)
    assert (here.document["payment"], here.hidden["items"][0]["id"]) == ("paid", "new")


def test_what_tells_no_time_counts_by_when_it_came_and_else_by_its_place() -> None:
    first, second = ({"type": "order", "id": ORDER, "note": note} for note in ("first", "second"))
    _, by_time = adopted(message(second, at=NOW), message(first, at=NOW - 1))
    _, by_place = adopted(message(first), message(second))
    assert found(by_time, "order", ORDER).document["note"] == "second"
    assert found(by_place, "order", ORDER).document["note"] == "second"


def test_items_that_a_large_message_left_out_stay_as_they_were() -> None:
    elided = {"meta": {"includes_elided": True}}
    _, shelves = adopted(
        message(order(), included={"items": [line()]}),
        message(order(updated="2025-11-02T09:00:00Z"), included=elided),
    )
    assert found(shelves, "order", ORDER).hidden["items"] == [line()]


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_deleted_stays_deleted_whatever_comes_after(turned: bool) -> None:
    gone = message({"type": "order", "id": ORDER}, "order.deleted")
    told = message(order())
    fates, shelves = adopted(*((told, gone) if turned else (gone, told)))
    assert found(shelves, "order", ORDER).deleted
    assert Fate.DELETED in fates
    assert shelves.page("order")[1] == 0


def test_the_same_messages_again_change_nothing() -> None:
    messages = [message(order(), included={"items": [line()]}), message({"type": "order", "id": "x"}, "order.deleted")]
    _, shelves = adopted(*messages)
    before = found(shelves, "order", ORDER)
    fates, _ = adopted(*messages, shelves=shelves)
    assert fates == [Fate.KNOWN, Fate.KNOWN]
    assert found(shelves, "order", ORDER) is before


def test_a_payment_finds_its_order_whichever_came_first() -> None:
    payment = {
        "type": "transaction",
        "id": "pay-1",
        "amount": 4200,
        "currency": "EUR",
        "transaction-type": "purchase",
        "status": "complete",
        "relationships": {"order": {"data": {"type": "order", "id": ORDER}}},
    }
    for messages in ([message(order()), message(payment, "transaction.created")],) * 2:
        _, shelves = adopted(*messages)
        here, pay = found(shelves, "order", ORDER), found(shelves, "transaction", "pay-1")
        assert pay.parent == here.key
        assert here.hidden["transactions"] == [pay.key]
        assert pay.hidden == {"state": ["purchase", "complete"], "amount": 4200, "refunded": 0, "currency": "EUR"}
        messages.reverse()


def test_what_comes_from_elsewhere_takes_no_number() -> None:
    _, shelves = adopted(message(order()), message(order(id="1"), "order.created"))
    assert shelves.made("order") == 0
    assert [one.key for one in shelves.page("order")[0]] == [f"order:import-{ORDER[:8]}", "order:import-1"]


def test_ids_that_begin_alike_get_keys_of_their_own() -> None:
    twin = ORDER[:-1] + "2"
    _, shelves = adopted(message(order()), message(order(id=twin)))
    assert found(shelves, "order", ORDER).key != found(shelves, "order", twin).key


def test_a_type_that_the_shop_does_not_know_is_kept_as_it_is() -> None:
    document = {"type": "wishlist_ext", "id": "w-1", "colour": "green"}
    _, shelves = adopted(message(document, "wishlist_ext.created"))
    stamped = {**document, "meta": {"timestamps": {"updated_at": "2026-01-01T00:00:00.000Z"}}}
    assert found(shelves, "wishlist_ext", "w-1").document == stamped


def test_a_cart_whose_lines_say_little_can_be_changed(make_world: Any, shipped: Fixtures) -> None:
    world = make_world(shipped)
    cart = message({"type": "cart", "id": "basket"}, "cart.updated", {"items": [{"id": "line-1", "name": "Kettle"}]})
    _, world.shelves = adopted(cart, shelves=world.shelves)
    changed = world.do("cart", "add_item", "basket").subject
    assert changed.hidden["items"][0]["id"] == "line-1"
    assert world.do("cart", "clear", "basket").subject.hidden["state"] == ["empty"]


def test_what_has_no_id_and_what_the_shop_does_not_keep_is_left_alone() -> None:
    request = message({"purpose": "reset_password"}, "one-time-password-token-request.created")
    integration = message({"type": "integration", "id": "i-1"}, "integration.updated")
    fates, shelves = adopted(request, integration)
    assert fates == [Fate.PASSED, Fate.PASSED]
    assert shelves.page("one-time-password-token-request")[1] == shelves.page("integration")[1] == 0


@pytest.mark.parametrize(
    ("document", "hidden"),
    [
        ({"price": [{"amount": 1200, "currency": "GBP"}]}, [1200, "GBP"]),
        ({"meta": {"display_price": {"with_tax": price(900)}}}, [900, "EUR"]),
        ({"price": "free"}, [0, "USD"]),
    ],
)
def test_a_product_has_the_price_that_it_shows(document: Json, hidden: list[Any]) -> None:
    _, shelves = adopted(message({"type": "product", "id": "p", **document}, "product.updated"))
    assert found(shelves, "product", "p").hidden["price"] == hidden


def messages_of(events: Sequence[Event]) -> list[Recording]:
    return [
        read_recording(json.dumps({"id": "job", "triggered_by": event.key, "payload": json.loads(event.payload)}))
        for event in events
    ]


@pytest.mark.parametrize("key", sorted(KINDS.raised))
def test_what_any_event_tells_can_be_gone_on_with_in_another_shop(make_world: Any, shipped: Fixtures, key: str) -> None:
    here, there = make_world(shipped), make_world(shipped, seed=7)
    here.trigger(key)
    messages = messages_of(here.events)
    _, there.shelves = adopted(*messages, shelves=there.shelves)
    named = [event for event, message in zip(here.events, messages, strict=True) if message.resource_id]
    for event in {event.resource_id: event for event in named}.values():
        told = found(there.shelves, event.resource_type, event.resource_id)
        payload = json.loads(event.payload)
        assert told.deleted or told.document == payload.get("data", payload)
        group = KINDS.get(event.resource_type)
        if told.deleted or group is None:
            continue
        for onward in sorted(group.lifecycle.raised):
            with suppress(UserError):  # where nothing leads there from here, which is said in a sentence
                there.trigger(onward, of=event.resource_id)
        assert found(there.shelves, event.resource_type, event.resource_id).touched_at >= told.touched_at


def test_an_imported_order_with_its_payment_is_shipped_and_given_back(make_world: Any, shipped: Fixtures) -> None:
    here, there = make_world(shipped), make_world(shipped, seed=7)
    order = here.order("pay")
    _, there.shelves = adopted(*messages_of(here.events), shelves=there.shelves)
    assert [event.key for event in there.trigger("order.fulfilled", of=order.id)][-2:] == [
        "order.fulfilled",
        "order.updated",
    ]
    assert "order.refunded" in [event.key for event in there.trigger("order.refunded", of=order.id)]
    (payment,) = there.shelves.page("transaction")[0]
    assert payment.hidden["refunded"] == payment.hidden["amount"]
