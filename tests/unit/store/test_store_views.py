"""What the API answers about the shop."""

from typing import Any

import pytest

from emulator.domain.errors import InvalidInput
from emulator.store.filters import parse_filter
from emulator.store.views import items, page, pim_product, read


def test_a_read_merges_custom_fields_and_includes_items_when_asked(world: Any) -> None:
    order = world.order()
    order = world.do("order", "update", order.id, short_id="N1", external_ref="ext-1").subject
    answer = read(order, world.shelves)
    assert "included" not in answer
    assert (answer["data"]["short_id"], answer["data"]["external_ref"]) == ("N1", "ext-1")
    assert "short_id" not in world.events[-1].payload
    assert '"external_ref":"ext-1"' in world.events[-1].payload
    assert read(order, world.shelves, ["items"])["included"] == {"items": items(order)["data"]}
    gone = world.do("order", "update", order.id, external_ref="").subject
    assert "external_ref" not in gone.document


def test_a_list_is_paged(world: Any) -> None:
    for _ in range(5):
        world.trigger("order.created")
    first = page("order", world.shelves, path="/v2/orders", limit=2, include=["items"])
    assert [each["id"] for each in first["data"]] == [world.shelves.by_key(f"order:{n}").id for n in (1, 2)]
    assert first["meta"] == {
        "page": {"limit": 2, "offset": 0, "current": 1, "total": 3},
        "results": {"total": 5, "all": 5},
    }
    assert {item["type"] for item in first["included"]["items"]} == {"order_item"}
    assert (first["links"]["prev"], first["links"]["next"]) == (None, "/v2/orders?page[offset]=2&page[limit]=2")
    assert first["links"]["last"] == "/v2/orders?page[offset]=4&page[limit]=2"
    last = page("order", world.shelves, path="/v2/orders", limit=2, offset=4, newest_first=True)
    assert [each["id"] for each in last["data"]] == [world.shelves.by_key("order:1").id]
    assert (last["links"]["next"], last["meta"]["page"]["current"]) == (None, 3)


def test_an_empty_list_has_no_pages(world: Any) -> None:
    answer = page("order", world.shelves, path="/v2/orders")
    assert (answer["data"], answer["meta"]["page"]["total"], answer["links"]["last"]) == ([], 0, None)


def test_transactions_are_those_of_their_order(world: Any) -> None:
    for _ in range(2):
        world.trigger("order.paid")
    answer = page("transaction", world.shelves, path="/v2/orders/x/transactions", parent="order:2")
    assert [each["id"] for each in answer["data"]] == [world.shelves.by_key("transaction:2").id]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("eq(payment,paid)", [2]),
        ("eq(status,incomplete)", [1, 3]),
        ("eq(status,incomplete):eq(short_id,N3)", [3]),
        ("like(short_id,N*)", [3]),
        ("in(short_id,N1,N3)", [3]),
        ("ge(updated_at,2026-01-01)", [1, 2, 3]),
        ("gt(created_at,2026-01-01T00:00:00.000Z)", [2, 3]),
        ("lt(updated_at,2026-01-01)", []),
        ("gt(with_tax,0)", [1, 2, 3]),
        ("le(with_tax,words)", []),
        ("eq(currency,USD)", [1, 2, 3]),
        ("like(email,*@example.com)", [1, 2, 3]),
        ("eq(meta.display_price.paid.amount,0)", [1, 3]),
        ("eq(anonymized,false)", [1, 2, 3]),
        ("eq(nothing,1)", []),
    ],
)
def test_a_list_is_filtered(world: Any, text: str, numbers: list[int]) -> None:
    world.trigger("order.created")
    world.trigger("order.paid")
    world.trigger("order.created")
    world.do("order", "update", "order:3", short_id="N3")
    answer = page("order", world.shelves, path="/v2/orders", where=parse_filter(text))
    assert [each["id"] for each in answer["data"]] == [world.shelves.by_key(f"order:{n}").id for n in numbers]
    assert answer["meta"]["results"]["all"] == len(numbers)


def test_a_filter_by_product_looks_into_the_items(world: Any) -> None:
    item = world.order().hidden["items"][0]
    for text in (f"eq(product_id,{item['product_id']})", f"eq(product_sku,{item['sku']})"):
        assert parse_filter(text)(world.last("order"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the filter is empty"),
        ("payment=paid", "is not a filter"),
        ("eq(payment,paid)eq(status,complete)", "part its terms with a colon"),
        ("equals(payment,paid)", "unknown filter operator 'equals'"),
        ("ge(updated_at,yesterday)", "is not an instant"),
    ],
)
def test_what_is_no_filter_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        parse_filter(text)


def test_a_product_has_the_shape_of_pim_too(world: Any) -> None:
    world.do("product", "create", warehouse="north")
    product = world.last("product")
    shown = read(product, world.shelves, shape=pim_product)["data"]
    assert (shown["type"], shown["id"]) == ("product", product.id)
    assert shown["attributes"]["sku"] == product.document["sku"]
    assert shown["attributes"]["warehouse"] == "north"
    assert shown["meta"]["created_at"] == product.document["meta"]["timestamps"]["created_at"]
    included = read(product, world.shelves, ["main_images", "brands", "nothing"])["included"]
    related = product.document["relationships"]
    assert [one["id"] for one in included["main_images"]] == [related["main_image"]["data"]["id"]]
    assert [one["id"] for one in included["brands"]] == [one["id"] for one in related["brands"]["data"]]
    assert "nothing" not in included


def test_a_carts_items_come_with_its_totals(world: Any) -> None:
    world.trigger("cart.updated")
    cart = world.last("cart")
    answer = items(cart)
    assert answer["meta"]["display_price"]["with_tax"]["amount"] == sum(
        item["value"]["amount"] for item in answer["data"]
    )
    assert answer["data"][0]["type"] == "cart_item"
