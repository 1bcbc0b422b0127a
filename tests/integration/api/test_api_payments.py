"""Orders and their transactions over the API: paid in parts, captured, refunded, cancelled, anonymized; and stock."""

from collections.abc import Callable
from typing import Any

import pytest

WithApi = Callable[..., None]

MANUAL = {"gateway": "manual", "method": "purchase"}
STRIPE = {"gateway": "stripe", "method": "authorize"}


async def _order(api: Any, amount: int = 1_000) -> str:
    """The path of an order over this amount."""
    data = {"type": "custom_item", "name": "Lamp", "sku": "lamp", "quantity": 1, "price": {"amount": amount}}
    cart = (await api.ok("POST", "/v2/carts", {"data": {}}))["data"]["id"]
    await api.ok("POST", f"/v2/carts/{cart}/items", {"data": data})
    return f"/v2/orders/{(await api.ok('POST', f'/v2/carts/{cart}/checkout', {'data': {}}))['data']['id']}"


async def _pay(api: Any, order: str, **data: Any) -> str:
    """The path of the transaction that pays."""
    made = (await api.ok("POST", f"{order}/payments", {"data": {**MANUAL, **data}}))["data"]
    return f"{order}/transactions/{made['id']}"


async def _stands(api: Any, order: str) -> tuple[str, str, int, int, int]:
    read = (await api.ok("GET", order))["data"]
    prices = read["meta"]["display_price"]
    amounts = (prices[kind]["amount"] for kind in ("balance_owing", "authorized", "paid"))
    return (read["status"], read["payment"], *amounts)


async def _raised(api: Any, most: int) -> list[str]:
    """What was raised last, in the order of its happening."""
    return [event["key"] for event in (await api.ok("GET", "/_emulator/events"))["data"][:most]][::-1]


def test_an_order_is_paid_by_several_transactions(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        card = await _pay(api, order, gateway="stripe", method="authorize", amount=600)
        assert await _raised(api, 2) == ["transaction.created", "order.updated"]
        assert await _stands(api, order) == ("incomplete", "partially_authorized", 400, 600, 0)
        await _pay(api, order, amount=400, paymentmethod_meta={"name": "Gift card", "custom_reference": "G-1"})
        assert await _raised(api, 2) == ["transaction.created", "order.authorized"]
        assert await _stands(api, order) == ("processing", "authorized", 0, 600, 400)
        captured = await api.ok("POST", f"{card}/capture", {"data": {"custom_reference": "R-7"}})
        assert captured["data"]["transaction-type"] == "capture"
        assert captured["data"]["custom_reference"] == "R-7"
        assert await _raised(api, 3) == ["transaction.updated", "order.paid", "order.updated"]
        assert await _stands(api, order) == ("complete", "paid", 0, 0, 1_000)
        first, second = (await api.ok("GET", f"{order}/transactions"))["data"]
        assert (second["name"], second["custom_reference"]) == ("Gift card", "G-1")
        assert (first["gateway"], first["status"]) == ("stripe", "complete")

    with_api(scenario)


def test_a_payment_is_given_back_in_part_and_then_in_full(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        one, other = await _pay(api, order, amount=300), await _pay(api, order)
        part = (await api.ok("POST", f"{one}/refund", {"data": {"amount": 100}}))["data"]
        assert (part["refunded_amount"], part["meta"]["display_refunded_amount"]["formatted"]) == (100, "$1.00")
        assert await _raised(api, 2) == ["transaction.updated", "order.updated"]
        (entry,) = await api.errors(422, "POST", f"{one}/refund", {"data": {"amount": 201}})
        assert "has 200 left to refund" in entry["detail"]
        await api.ok("POST", f"{one}/refund")
        assert (await _stands(api, order))[1] == "paid"
        await api.errors(409, "POST", f"{one}/refund")
        await api.ok("POST", f"{other}/refund", {"data": {"amount": 700, "options": {"note": "Sorry"}}})
        assert await _raised(api, 3) == ["transaction.updated", "order.refunded", "order.updated"]
        assert await _stands(api, order) == ("complete", "refunded", 0, 0, 1_000)

    with_api(scenario)


def test_a_payment_that_is_set_up_counts_when_it_is_confirmed(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        pending = await _pay(api, order, gateway="paypal_express_checkout", method="authorize_setup", amount=400)
        assert (await api.ok("GET", pending))["data"]["status"] == "pending"
        assert await _stands(api, order) == ("incomplete", "unpaid", 600, 400, 0)
        await api.errors(409, "POST", f"{pending}/capture")
        assert (await api.ok("POST", f"{pending}/confirm", {"data": {}}))["data"]["status"] == "complete"
        assert await _stands(api, order) == ("incomplete", "partially_authorized", 600, 400, 0)
        bought = await _pay(api, order, gateway="stripe", method="purchase_setup")
        assert await _stands(api, order) == ("incomplete", "partially_authorized", 600, 400, 0)
        await _pay(api, order, amount=100)
        (entry,) = await api.errors(422, "POST", f"{bought}/confirm")
        assert "owes 500, less than 600" in entry["detail"]
        assert (await api.ok("POST", f"{bought}/cancel", {"data": {"reason": "abandoned"}}))["data"][
            "status"
        ] == "cancelled"
        await api.ok("POST", f"{pending}/cancel")
        assert await _raised(api, 2) == ["transaction.updated", "order.updated"]
        assert await _stands(api, order) == ("incomplete", "partially_paid", 900, 0, 100)
        last = await _pay(api, order, gateway="stripe", method="purchase_setup")
        await api.ok("POST", f"{last}/confirm")
        assert await _raised(api, 3) == ["transaction.updated", "order.paid", "order.updated"]

    with_api(scenario)


def test_what_covers_an_order_but_is_pending_lets_nobody_else_pay(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        await _pay(api, order, gateway="stripe", method="authorize_setup")
        (entry,) = await api.errors(409, "POST", f"{order}/payments", {"data": MANUAL})
        assert "confirm or cancel" in entry["detail"]
        await api.errors(409, "POST", "/_emulator/trigger", {"key": "order.paid", "of": order.rpartition("/")[2]})

    with_api(scenario)


@pytest.mark.parametrize(
    ("data", "status", "source"),
    [
        ({"gateway": "manual"}, 422, "method"),
        ({"method": "purchase"}, 422, "gateway"),
        ({**MANUAL, "method": "purchse"}, 422, "method"),
        ({**MANUAL, "gateway": "manuel"}, 422, "gateway"),
        ({**MANUAL, "amount": 0}, 422, "amount"),
        ({**MANUAL, "amount": 1_001}, 422, "amount"),
        ({**MANUAL, "amount": "all"}, 422, "amount"),
        ({**MANUAL, "paymentmethod_meta": {"name": 1}}, 422, "name"),
    ],
)
def test_a_wrong_payment_is_refused(with_api: WithApi, data: dict[str, Any], status: int, source: str) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        entry = (await api.errors(status, "POST", f"{order}/payments", {"data": data}))[0]
        assert (entry["status"], entry["source"]) == (status, source)
        assert (await _stands(api, order))[1] == "unpaid"

    with_api(scenario)


def test_payments_are_refused_where_the_life_of_the_order_or_the_gateway_says_so(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order, other = await _order(api), await _order(api)
        paid = await _pay(api, order)
        await api.errors(409, "POST", f"{order}/payments", {"data": MANUAL})
        await api.errors(409, "POST", f"{paid}/capture")
        await api.errors(409, "POST", f"{paid}/cancel")
        await api.errors(404, "POST", f"{order}/transactions/nothing/refund")
        await api.errors(404, "POST", f"{other}/transactions/{paid.rpartition('/')[2]}/refund")
        await api.errors(404, "POST", "/v2/orders/nothing/payments", {"data": MANUAL})
        held = await _pay(api, other, method="authorize")
        (entry,) = await api.errors(409, "POST", f"{held}/cancel")
        assert "made with manual" in entry["detail"]
        await api.ok("PUT", other, {"data": {"type": "order", "status": "cancelled"}})
        await api.errors(409, "POST", f"{held}/capture")
        await api.errors(409, "POST", f"{other}/payments", {"data": MANUAL})

    with_api(scenario)


def test_a_held_payment_of_a_cancelled_order_can_be_let_go(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        order = await _order(api)
        held = await _pay(api, order, **STRIPE)
        await api.ok("PUT", order, {"data": {"type": "order", "status": "cancelled"}})
        await api.ok("POST", f"{held}/cancel")
        assert await _stands(api, order) == ("cancelled", "unpaid", 1_000, 0, 0)

    with_api(scenario)


def test_orders_are_anonymized_together_or_not_at_all(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        done, waiting = await _order(api), await _order(api)
        await _pay(api, done)
        await api.ok("PUT", done, {"data": {"type": "order", "shipping": "fulfilled"}})
        ids = [path.rpartition("/")[2] for path in (done, waiting)]
        (entry,) = await api.errors(422, "POST", "/v2/orders/anonymize", {"data": {"order_ids": ids}})
        assert entry["title"] == "Could not anonymize orders"
        assert ids[1] in entry["detail"]
        assert (await api.ok("GET", done))["data"]["anonymized"] is False
        await api.ok("PUT", waiting, {"data": {"type": "order", "status": "cancelled"}})
        orders = (await api.ok("POST", "/v2/orders/anonymize", {"data": {"order_ids": ids}}))["data"]
        assert [order["customer"]["email"] for order in orders] == ["*", "*"]
        assert await _raised(api, 2) == ["order.updated", "order.updated"]
        await api.errors(422, "POST", "/v2/orders/anonymize", {"data": {"order_ids": []}})
        await api.errors(404, "POST", "/v2/orders/anonymize", {"data": {"order_ids": ["nothing"]}})

    with_api(scenario)


def test_an_implicit_token_pays_for_nothing(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        form = {"grant_type": "implicit", "client_id": "web"}
        token = (await api.ok("POST", "/oauth/access_token", data=form))["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        order = await _order(api)
        await api.errors(403, "POST", f"{order}/payments", {"data": MANUAL}, headers=headers)
        await api.errors(403, "POST", "/v2/orders/anonymize", {"data": {"order_ids": []}}, headers=headers)
        await api.errors(403, "POST", "/v2/carts/x/items", {"data": {}}, headers=headers)
        await api.errors(403, "DELETE", "/v2/carts/x/relationships/customers", {"data": []}, headers=headers)

    with_api(scenario)
