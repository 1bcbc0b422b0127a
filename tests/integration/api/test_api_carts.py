"""Carts over the API: every call that fills, charges, owns and checks one out, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

WithApi = Callable[..., None]

WRAP = {"type": "custom_item", "name": "Gift wrap", "sku": "wrap", "quantity": 2, "price": {"amount": 250}}
VAT = {"type": "tax_item", "name": "VAT", "jurisdiction": "UK", "code": "VAT20", "rate": 0.2}
LOYALTY = {
    "type": "custom_discount",
    "amount": -500,
    "description": "Ten years a customer",
    "discount_code": "LOYAL",
    "discount_engine": "Club",
    "external_id": "club-1",
}


async def _product(api: Any, amount: int = 1_000, **more: Any) -> str:
    data = {"type": "product", "name": "Lamp", "sku": "lamp", "price": [{"amount": amount, "currency": "USD"}], **more}
    id: str = (await api.ok("POST", "/v2/products", {"data": data}))["data"]["id"]
    return id


async def _cart(api: Any, **data: Any) -> str:
    answer = await api("POST", "/v2/carts", {"data": {"name": "Mine", **data}})
    assert answer.status_code == 201
    return f"/v2/carts/{answer.json()['data']['id']}"


async def _keys(api: Any) -> list[str]:
    """The newest events first, of this cart and of all else."""
    return [event["key"] for event in (await api.ok("GET", "/_emulator/events"))["data"]]


async def _total(api: Any, cart: str, kind: str = "with_tax") -> int:
    amount: int = (await api.ok("GET", cart))["data"]["meta"]["display_price"][kind]["amount"]
    return amount


def test_a_cart_is_there_for_whoever_asks_for_it(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = (await api.ok("GET", "/v2/carts/own-cart_1"))["data"]
        assert (made["id"], made["type"], made["name"]) == ("own-cart_1", "cart", "Cart")
        assert (await api.ok("GET", "/v2/carts/own-cart_1"))["data"] == made
        assert (await api.ok("GET", "/v2/carts/other/items"))["data"] == []
        named = await api.ok("PUT", "/v2/carts/third", {"data": {"name": "Third", "colour": "red"}})
        assert (named["data"]["name"], named["data"]["colour"]) == ("Third", "red")
        headers = {"X-MOLTIN-CURRENCY": "GBP"}
        await api.ok("POST", "/v2/carts/fourth/items", {"data": WRAP}, headers=headers)
        assert (await api.ok("GET", "/v2/carts/fourth"))["data"]["meta"]["display_price"]["with_tax"] == {
            "amount": 500,
            "currency": "GBP",
            "formatted": "£5.00",
        }
        assert [cart["id"] for cart in (await api.ok("GET", "/v2/carts"))["data"]] == [
            *("own-cart_1", "other", "third", "fourth")
        ]
        assert (await api("DELETE", "/v2/carts/third")).status_code == 204
        await api.errors(404, "GET", "/v2/carts/third")
        await api.errors(404, "DELETE", "/v2/carts/never-made")
        await api.errors(422, "GET", "/v2/carts/not%20safe")

    with_api(scenario)


def test_products_and_custom_items_are_put_in_changed_and_taken_out(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        product, cart = await _product(api, 1_000), await _cart(api)
        lamp = {"type": "cart_item", "id": product, "quantity": 1, "custom_inputs": {"front": "Jane"}}
        added = await api.ok("POST", f"{cart}/items", {"data": lamp})
        (item,) = added["data"]
        assert (item["type"], item["product_id"], item["custom_inputs"]) == ("cart_item", product, {"front": "Jane"})
        assert added["meta"]["display_price"]["with_tax"]["amount"] == 1_000
        assert (await _keys(api))[0] == "cart.updated"
        by_sku = {"data": {"type": "cart_item", "sku": "lamp", "quantity": 2}}
        assert [each["quantity"] for each in (await api.ok("POST", f"{cart}/items", by_sku))["data"]] == [1, 2]
        items = (await api.ok("POST", f"{cart}/items", {"data": [WRAP, {**WRAP, "quantity": 1}]}))["data"]
        wrap = items[-1]
        assert (wrap["type"], wrap["quantity"], wrap["name"]) == ("custom_item", 3, "Gift wrap")
        assert "product_id" not in wrap
        assert await _total(api, cart) == 3_000 + 750
        changed = {"data": {"type": "cart_item", "id": item["id"], "quantity": 5}}
        await api.ok("PUT", f"{cart}/items/{item['id']}", changed)
        assert await _total(api, cart) == 7_000 + 750
        several = {"data": [{"id": item["id"], "quantity": 1}, {"id": wrap["id"], "quantity": 0}]}
        assert len((await api.ok("PUT", f"{cart}/items", several))["data"]) == 2
        assert (await api("DELETE", f"{cart}/items/{item['id']}")).status_code == 204
        assert await _total(api, cart) == 2_000
        assert (await api("DELETE", f"{cart}/items")).status_code == 204
        assert (await api("DELETE", f"{cart}/items")).status_code == 204
        assert (await api.ok("GET", f"{cart}/items"))["data"] == []
        assert await _total(api, cart) == 0

    with_api(scenario)


def test_entries_that_cannot_be_done_are_told_or_refuse_all(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        cart = await _cart(api)
        entries = [WRAP, {"type": "cart_item", "id": "nothing", "quantity": 1}, {"type": "gift", "quantity": 1}]
        all_or_nothing = {"data": entries, "options": {"add_all_or_nothing": True}}
        (entry,) = await api.errors(404, "POST", f"{cart}/items", all_or_nothing)
        assert "there is no product 'nothing'" in entry["detail"]
        assert (await api.ok("GET", f"{cart}/items"))["data"] == []
        some = await api.ok("POST", f"{cart}/items", {"data": entries})
        assert [item["name"] for item in some["data"]] == ["Gift wrap"]
        first, second = some["errors"]
        assert (first["status"], first["detail"]) == (404, "there is no product 'nothing'")
        assert "unknown kind of item 'gift'" in second["detail"]
        await api.errors(404, "POST", f"{cart}/items", {"data": entries[1:]})
        assert (await _keys(api)).count("cart.updated") == 1

    with_api(scenario)


@pytest.mark.parametrize(
    ("data", "status", "source"),
    [
        ({"type": "cart_item", "quantity": 1}, 422, "id"),
        ({"type": "cart_item", "sku": "no such", "quantity": 1}, 404, None),
        ({"type": "custom_item", "quantity": 1, "price": {"amount": 1}}, 422, "name"),
        ({**WRAP, "price": {"amount": -1}}, 422, "price"),
        ({**WRAP, "price": 1}, 422, "price"),
        ({**WRAP, "quantity": 0}, 422, "quantity"),
        ({**WRAP, "quantity": "many"}, 422, "quantity"),
        ({"type": "promotion_item", "code": "WELCOME11"}, 404, None),
        ({"type": "promotion_item"}, 422, "code"),
        ({"type": "order_items", "order_id": "none"}, 404, None),
        ({"type": "cart_items", "cart_id": "none"}, 404, None),
    ],
)
def test_a_wrong_item_is_refused(with_api: WithApi, data: dict[str, Any], status: int, source: str | None) -> None:
    async def scenario(api: Any) -> None:
        (entry,) = await api.errors(status, "POST", f"{await _cart(api)}/items", {"data": data})
        assert entry["status"] == status
        assert entry.get("source") == source

    with_api(scenario)


def test_a_promotion_takes_off_what_it_says_and_leaves_with_its_code(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        cart = await _cart(api)
        await api.ok("POST", f"{cart}/items", {"data": [{**WRAP, "quantity": 4}, {**WRAP, "sku": "bow"}]})
        code = {"data": {"type": "promotion_item", "code": "WELCOME10"}}
        *lines, promotion = (await api.ok("POST", f"{cart}/items", code))["data"]
        assert [line["discounts"][0]["amount"]["amount"] for line in lines] == [-100, -50]
        assert [line["meta"]["display_price"]["with_tax"]["value"]["amount"] for line in lines] == [900, 450]
        assert (promotion["type"], promotion["sku"], promotion["unit_price"]["amount"]) == (
            *("promotion_item", "WELCOME10"),
            -150,
        )
        prices = (await api.ok("GET", cart))["data"]["meta"]["display_price"]
        assert prices["discount"]["formatted"] == "-$1.50"
        assert prices["discounts"]["WELCOME10"]["amount"] == -150
        assert (prices["without_discount"]["amount"], prices["with_tax"]["amount"]) == (1_500, 1_350)
        (entry,) = await api.errors(422, "POST", f"{cart}/items", code)
        assert "in the cart already" in entry["detail"]
        assert (await api("DELETE", f"{cart}/discounts/WELCOME10")).status_code == 204
        assert await _total(api, cart) == 1_500
        await api.errors(404, "DELETE", f"{cart}/discounts/WELCOME10")

    with_api(scenario)


def test_taxes_are_laid_changed_and_taken_off_and_each_is_an_update(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        cart = await _cart(api)
        wrap = {**WRAP, "price": {"amount": 333, "includes_tax": False}}
        (item,) = (await api.ok("POST", f"{cart}/items", {"data": wrap}))["data"]
        taxes = f"{cart}/items/{item['id']}/taxes"
        before = (await _keys(api)).count("cart.updated")
        tax = (await api.ok("POST", taxes, {"data": VAT}))["data"]
        assert {name: tax[name] for name in VAT} == VAT
        assert await _total(api, cart, "tax") == 133
        read = await api.ok("GET", f"{cart}?include=items,tax_items")
        assert read["included"]["tax_items"] == [tax]
        link = read["included"]["items"][0]["relationships"]["taxes"]["data"]
        assert link == [{"type": "tax_item", "id": tax["id"]}]
        changed = (await api.ok("PUT", f"{taxes}/{tax['id']}", {"data": {"type": "tax_item", "rate": 0.05}}))["data"]
        assert (changed["rate"], changed["name"]) == (0.05, "VAT")
        assert await _total(api, cart) == 666 + 33
        assert (await api("DELETE", f"{taxes}/{tax['id']}")).status_code == 204
        assert await _total(api, cart, "tax") == 0
        related = {"relationships": {"item": {"data": {"type": "custom_item", "id": item["id"]}}}}
        several = {"data": [{**VAT, **related}, {**VAT, "code": "CITY", "rate": 0.01, **related}]}
        assert len((await api.ok("POST", f"{cart}/taxes", several))["data"]) == 2
        assert await _total(api, cart, "tax") == 140
        assert (await api("DELETE", f"{cart}/taxes")).status_code == 204
        assert (await _keys(api)).count("cart.updated") == before + 5
        for wrong in ({"rate": 12.5}, {"name": "x"}, {**VAT, "name": 1}):
            await api.errors(422, "POST", taxes, {"data": wrong})
        await api.errors(400, "POST", taxes, {})
        await api.errors(404, "PUT", f"{taxes}/nothing", {"data": VAT})
        await api.errors(404, "DELETE", f"{taxes}/nothing")
        await api.errors(404, "POST", f"{cart}/items/nothing/taxes", {"data": VAT})
        for _ in range(5):
            await api.ok("POST", taxes, {"data": VAT})
        (entry,) = await api.errors(422, "POST", taxes, {"data": VAT})
        assert "at most 5" in entry["detail"]
        (entry,) = await api.errors(422, "POST", f"{cart}/taxes", {"data": [VAT]})
        assert entry["source"] == "relationships.item.data.id"

    with_api(scenario)


def test_custom_discounts_come_off_where_the_cart_takes_them(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        cart = await _cart(api)
        (item,) = (await api.ok("POST", f"{cart}/items", {"data": {**WRAP, "quantity": 4}}))["data"]
        one = f"{cart}/items/{item['id']}/custom-discounts"
        await api.errors(409, "POST", one, {"data": LOYALTY})
        await api.ok("PUT", cart, {"data": {"discount_settings": {"custom_discounts_enabled": True}}})
        discount = (await api.ok("POST", one, {"data": LOYALTY}))["data"]
        assert discount["amount"] == {"amount": -500, "currency": "USD", "formatted": "-$5.00"}
        assert await _total(api, cart) == 500
        whole = (await api.ok("POST", f"{cart}/custom-discounts", {"data": [{**LOYALTY, "amount": -9_999}]}))["data"][
            -1
        ]
        assert await _total(api, cart) == 0, "never less than nothing"
        path = f"{cart}/custom-discounts/{whole['id']}"
        assert (await api.ok("PUT", path, {"data": {**LOYALTY, "amount": -200}}))["data"]["amount"]["amount"] == -200
        assert await _total(api, cart) == 300
        assert (await api("DELETE", path)).status_code == 204
        await api.ok("PUT", f"{one}/{discount['id']}", {"data": {"amount": -100}})
        assert await _total(api, cart) == 900
        included = (await api.ok("GET", f"{cart}?include=custom_discounts"))["included"]["custom_discounts"]
        assert [each["id"] for each in included] == [discount["id"]]
        await api.errors(422, "POST", one, {"data": {**LOYALTY, "amount": 5}})
        (entry,) = await api.errors(422, "POST", f"{cart}/items", {"data": {"type": "promotion_item", "code": "SAVE5"}})
        assert "takes no promotions" in entry["detail"]
        assert (await api("DELETE", f"{one}/{discount['id']}")).status_code == 204
        await api.ok("POST", f"{cart}/custom-discounts", {"data": [LOYALTY]})
        assert (await api("DELETE", f"{cart}/custom-discounts")).status_code == 204
        assert await _total(api, cart) == 1_000

    with_api(scenario)


def test_a_cart_is_of_one_customer_at_a_time(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        customers = []
        for name in ("Ada", "Bob"):
            data = {"type": "customer", "name": name, "email": f"{name}@example.com"}
            customers.append((await api.ok("POST", "/v2/customers", {"data": data}))["data"]["id"])
        cart = await _cart(api)
        path, ada, bob = f"{cart}/relationships/customers", *({"type": "customer", "id": id} for id in customers)
        assert (await api.ok("POST", path, {"data": [ada]}))["data"] == [ada]
        assert (await api.ok("GET", cart))["data"]["relationships"]["customers"] == {"data": [ada]}
        await api.errors(409, "POST", path, {"data": [bob]})
        await api.errors(409, "DELETE", path, {"data": [bob]})
        await api.errors(403, "POST", path, {"data": [ada, bob]})
        await api.errors(400, "POST", path, {"data": [{"type": "account", "id": customers[0]}]})
        await api.errors(404, "POST", path, {"data": [{"type": "customer", "id": "nobody"}]})
        await api.ok("POST", f"{cart}/items", {"data": WRAP})
        order = (await api.ok("POST", f"{cart}/checkout"))["data"]
        assert order["customer"] == {"name": "Ada", "email": "Ada@example.com"}
        assert (await api("DELETE", path, {"data": [ada]})).status_code == 204
        assert (await api.ok("GET", cart))["data"]["relationships"]["customers"] == {}

    with_api(scenario)


def test_a_checkout_makes_an_order_of_everything_in_the_cart(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        product, cart = await _product(api), await _cart(api)
        await api.errors(409, "POST", f"{cart}/checkout", {"data": {}})
        lamp = {"type": "cart_item", "id": product, "quantity": 3}
        items = (await api.ok("POST", f"{cart}/items", {"data": [lamp, WRAP]}))["data"]
        await api.ok("POST", f"{cart}/items", {"data": {"type": "promotion_item", "code": "SAVE5"}})
        await api.ok("POST", f"{cart}/items/{items[0]['id']}/taxes", {"data": VAT})
        shown = (await api.ok("GET", cart))["data"]["meta"]["display_price"]
        body = {
            "customer": {"name": "Ada Byron", "email": "ada@example.com"},
            "order_number": 1234,
            "external_ref": "e-1",
            "shipping_address": {"line_1": "1 New Street", "postcode": 92802},
            "gift": True,
        }
        answer = await api("POST", f"{cart}/checkout", {"data": body})
        assert answer.status_code == 201
        order = answer.json()["data"]
        prices = order["meta"]["display_price"]
        assert {kind: prices[kind] for kind in shown if kind != "shipping"} == {
            kind: price for kind, price in shown.items() if kind != "shipping"
        }
        assert prices["balance_owing"] == prices["with_tax"]
        assert (order["order_number"], order["external_ref"], order["gift"]) == ("1234", "e-1", True)
        assert order["shipping_address"]["postcode"] == "92802"
        assert order["customer"] == {"name": "Ada Byron", "email": "ada@example.com"}
        lines = (await api.ok("GET", f"/v2/orders/{order['id']}/items"))["data"]
        assert [line["sku"] for line in lines] == ["lamp", "wrap", "SAVE5"]
        assert all(line["type"] == "order_item" for line in lines)
        assert (
            sum(line["meta"]["display_price"]["with_tax"]["value"]["amount"] for line in lines)
            == (prices["with_tax"]["amount"])
        )
        assert lines[0]["relationships"]["taxes"]["data"]
        assert (await api.ok("GET", f"/v2/orders/{order['id']}?include=tax_items"))["included"]["tax_items"]
        again = {
            "data": [{"type": "order_items", "order_id": order["id"]}, {"type": "cart_items", "cart_id": cart[10:]}]
        }
        copied = (await api.ok("POST", f"{await _cart(api)}/items", again))["data"]
        assert [(item["type"], item["quantity"]) for item in copied] == [("cart_item", 6), ("custom_item", 2)]
        await api.errors(422, "POST", f"{cart}/checkout", {"data": {"customer": {"name": "Ada"}}})
        await api.errors(404, "POST", f"{cart}/checkout", {"data": {"customer": {"id": "nobody"}}})
        await api.errors(404, "POST", f"{cart}/checkout", {"data": {"account": {"id": "nobody"}}})
        await api.errors(404, "POST", "/v2/carts/never-made/checkout", {"data": {}})

    with_api(scenario)


def test_a_cart_keeps_what_it_is_told_of_itself(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        affiliate = {"affiliate": {"type": "string", "value": "x"}}
        cart = await _cart(api, description="For Sunday", custom_attributes=affiliate)
        read = (await api.ok("GET", cart))["data"]
        assert (read["description"], read["custom_attributes"]) == ("For Sunday", affiliate)
        preview = {"data": {"name": "Later", "snapshot_date": "2027-01-01T00:00:00Z"}}
        assert (await api.ok("PUT", cart, preview))["data"]["snapshot_date"] == "2027-01-01T00:00:00Z"
        await api.ok("POST", f"{cart}/items", {"data": WRAP})
        (entry,) = await api.errors(409, "POST", f"{cart}/checkout", {"data": {}})
        assert "preview" in entry["detail"]
        for wrong, source in (
            ({"name": ""}, "name"),
            ({"discount_settings": {"custom_discounts_enabled": "yes"}}, "discount_settings"),
            ({"snapshot_date": "2020-01-01T00:00:00Z"}, "snapshot_date"),
            ({"custom_attributes": {"a": {"type": "date", "value": 1}}}, "custom_attributes"),
        ):
            (entry,) = await api.errors(422, "PUT", cart, {"data": wrong})
            assert entry["source"] == source

    with_api(scenario)
