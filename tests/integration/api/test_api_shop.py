"""The shop's resources over the API: receivers call back with the id that they were sent."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from emulator.runtime.settings import TransactionType

WithApi = Callable[..., None]


async def _order(api: Any, key: str = "order.paid") -> str:
    report = await api.ok("POST", "/_emulator/trigger", {"key": key})
    found: str = report["events"][-1]["resource_id"]
    return next((event["resource_id"] for event in report["events"] if event["resource_type"] == "order"), found)


def test_a_receiver_reads_the_order_it_was_told_of(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        plain = await api.ok("GET", f"/v2/orders/{order}")
        assert (plain["data"]["id"], plain["data"]["payment"]) == (order, "paid")
        assert "included" not in plain
        whole = await api.ok("GET", f"/v2/orders/{order}?include=items")
        items = (await api.ok("GET", f"/v2/orders/{order}/items"))["data"]
        assert whole["included"]["items"] == items
        assert items
        (transaction,) = (await api.ok("GET", f"/v2/orders/{order}/transactions"))["data"]
        assert transaction["relationships"]["order"]["data"]["id"] == order
        one = await api.ok("GET", f"/v2/orders/{order}/transactions/{transaction['id']}")
        assert one["data"] == transaction
        other = await _order(api, "order.created")
        await api.errors(404, "GET", f"/v2/orders/{other}/transactions/{transaction['id']}")
        product = items[0]["product_id"]
        assert (await api.ok("GET", f"/v2/products/{product}?include=main_images"))["data"]["id"] == product
        pim = (await api.ok("GET", f"/pcm/products/{product}"))["data"]
        assert (pim["id"], pim["type"]) == (product, "product")

    with_api(scenario)


def test_a_put_to_an_order_keeps_own_fields_and_raises_order_updated(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        body = {"data": {"type": "order", "short_id": "A-17", "phone_number": None}}
        changed = (await api.ok("PUT", f"/v2/orders/{order}", body))["data"]
        assert (changed["short_id"], changed["phone_number"]) == ("A-17", None)
        assert (await api.ok("GET", f"/v2/orders/{order}"))["data"] == changed
        newest = (await api.ok("GET", "/_emulator/events"))["data"][0]
        assert newest["key"] == "order.updated"
        event = (await api.ok("GET", f"/_emulator/events/{newest['identity']}"))["data"]
        assert "short_id" not in event["payload"]["data"]

    with_api(scenario)


def test_an_order_is_fulfilled_and_cancelled_by_put_where_its_life_allows(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        paid, unpaid = await _order(api), await _order(api, "order.created")
        fulfilled = await api.ok("PUT", f"/v2/orders/{paid}", {"data": {"type": "order", "shipping": "fulfilled"}})
        assert fulfilled["data"]["shipping"] == "fulfilled"
        (entry,) = await api.errors(409, "PUT", f"/v2/orders/{paid}", {"data": {"status": "cancelled"}})
        assert "legal" in entry["detail"]
        cancelled = await api.ok("PUT", f"/v2/orders/{unpaid}", {"data": {"type": "order", "status": "cancelled"}})
        assert cancelled["data"]["status"] == "cancelled"
        (entry,) = await api.errors(422, "PUT", f"/v2/orders/{paid}", {"data": {"shipping": "lost"}})
        assert (entry["status"], entry["source"]) == (422, "shipping")
        await api.errors(422, "PUT", f"/v2/orders/{paid}", {"data": {"type": "cart"}})
        await api.errors(400, "PUT", f"/v2/orders/{paid}", {})
        await api.errors(404, "PUT", "/v2/orders/nothing", {"data": {"type": "order"}})

    with_api(scenario)


def test_lists_are_paged_and_filtered(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        orders = [await _order(api) for _ in range(3)]
        page = await api.ok("GET", "/v2/orders?page[limit]=2&page[offset]=1&include=items")
        assert [order["id"] for order in page["data"]] == orders[1:]
        assert page["meta"]["results"] == {"total": 3, "all": 3}
        assert page["meta"]["page"] == {"limit": 2, "offset": 1, "current": 1, "total": 2}
        assert page["included"]["items"]
        last = (await api.ok("GET", f"/v2/orders/{orders[2]}"))["data"]["meta"]["timestamps"]["updated_at"]
        newer = await api.ok("GET", f"/v2/orders?filter=ge(updated_at,{last})&include=items")
        assert orders[2] in [order["id"] for order in newer["data"]]
        assert (await api.ok("GET", "/v2/orders?filter=eq(payment,unpaid)"))["data"] == []
        for broken in ("page[limit]=1000", "filter=nonsense", f"filter=eq(a,{'x' * 2000})"):
            (entry,) = await api.errors(422, "GET", f"/v2/orders?{broken}")
            assert entry["source"] == broken.partition("=")[0]

    with_api(scenario)


def test_the_links_of_a_list_lead_through_all_of_it(with_api: WithApi) -> None:
    """They ask for the same filter and the same items as the request that they came with."""

    async def scenario(api: Any) -> None:
        for _ in range(3):
            await _order(api)
        for _ in range(2):
            await _order(api, "order.created")
        wanted = "filter=eq(payment,paid):gt(created_at,2020-01-01T00:00:00Z)&include=items"
        url = f"/v2/orders?{wanted}&page[limit]=1"
        seen: list[str] = []
        while url:
            page = await api.ok("GET", url)
            assert page["included"]["items"]
            seen += [order["payment"] for order in page["data"]]
            url = page["links"]["next"]
        assert seen == ["paid"] * 3

    with_api(scenario)


@pytest.mark.parametrize("spelling", TransactionType)
def test_a_transaction_spells_its_type_as_it_is_set(with_api: WithApi, spelling: TransactionType) -> None:
    """In messages and reads, and after it was captured as before."""
    fields = {"transaction-type", "transaction_type"}

    async def scenario(api: Any) -> None:
        order = await _order(api, "order.authorized")
        for key, kind in (("order.authorized", "authorize"), ("order.paid", "capture")):
            if key == "order.paid":
                await api.ok("POST", "/_emulator/trigger", {"key": key, "of": order})
            (read,) = (await api.ok("GET", f"/v2/orders/{order}/transactions"))["data"]
            events = (await api.ok("GET", "/_emulator/events"))["data"]
            event = next(each for each in events if each["resource_type"] == "transaction")
            found = await api.ok("GET", f"/_emulator/events/{quote(event['identity'], safe='')}")
            message = found["data"]["payload"]["data"]
            for shown in (read, message):
                assert {field: shown[field] for field in fields & set(shown)} == {spelling.field: kind}

    with_api(scenario, transaction_type=spelling)


def test_customers_and_their_addresses_live(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        body = {"data": {"type": "customer", "name": "Ron Swanson", "email": "ron@example.com", "loyalty": 3}}
        answer = await api("POST", "/v2/customers", body)
        assert answer.status_code == 201
        customer = answer.json()["data"]
        assert customer["loyalty"] == 3
        base = f"/v2/customers/{customer['id']}"
        address = (await api.ok("POST", f"{base}/addresses", {"data": {"type": "address", "city": "Pawnee"}}))["data"]
        assert address["city"] == "Pawnee"
        assert [one["id"] for one in (await api.ok("GET", f"{base}/addresses"))["data"]] == [address["id"]]
        path = f"{base}/addresses/{address['id']}"
        assert (await api.ok("PUT", path, {"data": {"type": "address", "city": "Eagleton"}}))["data"][
            "city"
        ] == "Eagleton"
        (entry,) = await api.errors(404, "GET", f"{base}/addresses/nothing")
        assert entry["status"] == "404", "the provider's document of addresses has it as text"
        gone = await api("DELETE", path)
        assert (gone.status_code, gone.content) == (204, b"")
        await api.errors(404, "GET", path)
        assert (await api("DELETE", base)).status_code == 204
        await api.errors(404, "GET", f"{base}/addresses")

    with_api(scenario)


def test_carts_are_read_with_their_items(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        report = await api.ok("POST", "/_emulator/trigger", {"key": "cart.updated"})
        cart = report["events"][-1]["resource_id"]
        assert (await api.ok("GET", f"/v2/carts/{cart}"))["data"]["id"] == cart
        items = await api.ok("GET", f"/v2/carts/{cart}/items")
        assert items["data"]
        assert "display_price" in items["meta"]

    with_api(scenario)


@pytest.mark.parametrize("path", ["/v2/orders", "/v2/customers", "/v2/carts/1", "/pcm/products"])
def test_an_implicit_token_reads_products_only(with_api: WithApi, path: str) -> None:
    async def scenario(api: Any) -> None:
        form = {"grant_type": "implicit", "client_id": "web"}
        token = (await api.ok("POST", "/oauth/access_token", data=form))["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        await api.errors(403, "GET", path, headers=headers)
        await api.ok("GET", "/v2/products", headers=headers)
        await api.errors(403, "POST", "/v2/products", {"data": {"type": "product"}}, headers=headers)

    with_api(scenario)


def test_shop_answers_follow_a_deletion(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        report = await api.ok("POST", "/_emulator/trigger", {"key": "product.created"})
        product = report["events"][-1]["resource_id"]
        assert (await api("DELETE", f"/v2/products/{product}")).status_code == 204
        await api.errors(404, "GET", f"/v2/products/{product}")
        (entry,) = await api.errors(404, "GET", f"/pcm/products/{product}")
        assert entry["status"] == "404"

    with_api(scenario)
