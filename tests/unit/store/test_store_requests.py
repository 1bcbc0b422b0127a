"""Writes to the API as commands."""

from typing import Any

import pytest

from emulator.domain.errors import IllegalCommand, InvalidInput, UnknownWord
from emulator.store.requests import command_for
from emulator.store.views import read


@pytest.mark.parametrize(
    ("data", "verb"),
    [
        ({"type": "order", "shipping": "fulfilled"}, "fulfill"),
        ({"type": "order", "status": "cancelled"}, "cancel"),
        ({"type": "order", "shipping_address": {"line_1": "1 New Street"}}, "change_address"),
        ({"type": "order", "short_id": "N1"}, "update"),
        ({"external_ref": "x"}, "update"),
        ({}, "update"),
    ],
)
def test_a_put_to_an_order_says_what_is_done(data: dict[str, Any], verb: str) -> None:
    command = command_for("PUT", "order", "some-id", {"data": data})
    assert (command.type, command.verb, command.target) == ("order", verb, "some-id")


def test_fields_of_its_own_come_along_whatever_is_done(world: Any) -> None:
    order = world.order("pay")
    body = {"data": {"type": "order", "shipping": "fulfilled", "tracking": "T-1", "external_ref": "ext"}}
    [change] = world.run([command_for("PUT", "order", order.id, body)])
    assert [event.key for event in change.events][-2:] == ["order.fulfilled", "order.updated"]
    assert change.subject.custom == {"tracking": "T-1"}
    assert change.subject.document["external_ref"] == "ext"
    assert "tracking" not in change.events[0].payload


def test_reading_an_order_and_writing_it_back_changes_nothing_but_its_time(world: Any) -> None:
    order = world.order("pay", "fulfill")
    order = world.do("order", "update", order.id, short_id="N1").subject
    body = read(order, world.shelves)
    [change] = world.run([command_for("PUT", "order", order.id, body, current=order)])
    assert [event.key for event in change.events] == ["order.updated"]
    without_meta = {key: value for key, value in order.document.items() if key != "meta"}
    assert {key: value for key, value in change.subject.document.items() if key != "meta"} == without_meta
    assert change.subject.custom == {"short_id": "N1"}


def test_an_address_keeps_the_parts_that_are_not_sent(world: Any) -> None:
    order = world.order()
    body = {"data": {"type": "order", "shipping_address": {"city": "York", "floor": 3}}}
    [change] = world.run([command_for("PUT", "order", order.id, body, current=order)])
    old = order.document["shipping_address"]
    assert change.subject.document["shipping_address"] == {**old, "city": "York"}
    paid = world.order("pay", "fulfill")
    with pytest.raises(IllegalCommand, match="cannot change_address order:2"):
        world.run([command_for("PUT", "order", paid.id, body, current=paid)])


@pytest.mark.parametrize(
    ("body", "path", "sentence"),
    [
        (None, ("data",), "the body is"),
        ([], ("data",), "the body is"),
        ({"data": 1}, ("data",), "the body is"),
        ({"data": {"type": "cart"}}, ("data", "type"), "the type is 'order', not 'cart'"),
        ({"data": {"status": "complete"}}, ("data", "status"), "can only be set to 'cancelled'"),
        (
            {"data": {"shipping": "fulfilled", "status": "cancelled"}},
            ("data", "status"),
            "either fulfilled or cancelled",
        ),
    ],
)
def test_a_faulty_body_is_refused_with_its_path(world: Any, body: Any, path: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as caught:
        command_for("PUT", "order", "id", body, current=world.order())
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ({"external_ref": "x" * 65}, ("external_ref",)),
        ({"order_number": {}}, ("order_number",)),
        ({"shipping_address": "here"}, ("shipping_address",)),
        ({"shipping_address": {"city": 1}}, ("shipping_address", "city")),
    ],
)
def test_a_faulty_field_is_refused_with_its_path(world: Any, attributes: dict[str, Any], path: tuple[str, ...]) -> None:
    order = world.order()
    with pytest.raises(InvalidInput) as caught:
        world.run([command_for("PUT", "order", order.id, {"data": attributes})])
    assert caught.value.path == path


def test_customers_addresses_products_and_carts_are_written_too(world: Any) -> None:
    body = {"data": {"type": "customer", "name": "Ada Byron", "email": "ada@example.com", "vip": True}}
    [change] = world.run([command_for("POST", "customer", None, body)])
    customer = change.subject
    assert (customer.document["name"], customer.custom) == ("Ada Byron", {"vip": True})
    home = {"data": {"type": "address", "name": "Home", "line_1": "1 Street"}}
    [change] = world.run([command_for("POST", "address", None, home, parent=customer.id)])
    assert (change.subject.parent, change.subject.document["line_1"]) == (customer.key, "1 Street")
    [change] = world.run([command_for("DELETE", "customer", customer.id, None)])
    assert change.subject.deleted
    [change] = world.run([command_for("POST", "cart", None, {"data": {"name": "Mine"}})])
    assert change.subject.document["name"] == "Mine"
    [change] = world.run(
        [command_for("POST", "product", None, {"data": {"price": [{"amount": 5, "currency": "EUR"}]}})]
    )
    assert change.subject.document["meta"]["display_price"]["with_tax"]["formatted"] == "€0.05"


def test_a_write_that_the_shop_does_not_know_is_refused() -> None:
    with pytest.raises(UnknownWord, match="unknown write 'POST order'"):
        command_for("POST", "order", None, {"data": {}})
