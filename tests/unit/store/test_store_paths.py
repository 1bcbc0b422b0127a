"""Triggers: what happens so that an event is raised."""

from typing import Any

import orjson
import pytest

from emulator.domain.catalog import CATALOG
from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UnknownWord, UserError
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.resource import Command
from emulator.store.envelope import webhook_body
from emulator.store.kinds import KINDS


def _usual(type: str) -> dict[str, str]:
    """Made, then changed or deleted."""
    later = {f"{type}.{what}": f"{type}.created {type}.{what}" for what in ("updated", "deleted")}
    return {f"{type}.created": f"{type}.created", **later}


PATHS = {
    **_usual("account"),
    **_usual("account-member"),
    **_usual("account-membership"),
    **_usual("user-authentication-info"),
    **_usual("brand"),
    **_usual("category"),
    **_usual("collection"),
    **_usual("catalog-rule"),
    **_usual("currency"),
    **_usual("customAPIEntryType"),
    **_usual("subscription-product"),
    **_usual("subscription-plan"),
    **_usual("subscription-offering"),
    **_usual("subscription-subscriber"),
    **_usual("subscription-schedule"),
    "catalog-release.created": "catalog-release.created",
    "catalog-release.deleted": "catalog-release.created catalog-release.deleted",
    "catalog-release.updated": "catalog-release.created catalog-release.updated",
    "file.created": "file.created",
    "file.deleted": "file.created file.deleted",
    "one-time-password-token-request.created": "one-time-password-token-request.created",
    "payment-gateway.updated": "payment-gateway.updated",
    "settings.created": "settings.created",
    "settings.updated": "settings.created settings.updated",
    "subscription.created": "subscription.created",
    "subscription.create-failed": "subscription.create-failed",
    "subscription.pending_pause": "subscription.created subscription.pending_pause",
    "subscription.paused": "subscription.created subscription.paused",
    "subscription.resumed": "subscription.created subscription.pending_pause subscription.resumed",
    "subscription.pending_cancel": "subscription.created subscription.pending_cancel",
    "subscription.canceled": "subscription.created subscription.canceled",
    "subscription.closed": "subscription.created subscription.closed",
    "subscription-invoice.created": "subscription-invoice.created",
    "subscription-invoice.deleted": "subscription-invoice.created subscription-invoice.deleted",
    "subscription-job.created": "subscription-job.created",
    "subscription-job.deleted": "subscription-job.created subscription-job.deleted",
    "subscription-job.updated": "subscription-job.created subscription-job.updated",
    "address.created": "address.created",
    "address.deleted": "address.created address.deleted",
    "address.updated": "address.created address.updated",
    "cart.deleted": "cart.deleted",
    "cart.updated": "cart.updated",
    "customer.created": "customer.created",
    "customer.deleted": "customer.created customer.deleted",
    "customer.updated": "customer.created customer.updated",
    "order.authorized": "cart.updated order.created transaction.created order.authorized",
    "order.cancelled": "cart.updated order.created order.cancelled order.updated",
    "order.created": "cart.updated order.created",
    "order.deleted": "cart.updated order.created order.deleted",
    "order.fulfilled": "cart.updated order.created transaction.created order.paid order.updated"
    " order.fulfilled order.updated",
    "order.paid": "cart.updated order.created transaction.created order.paid order.updated",
    "order.refunded": "cart.updated order.created transaction.created order.paid order.updated"
    " transaction.updated order.refunded order.updated",
    "order.updated": "cart.updated order.created order.updated",
    "product.created": "product.created",
    "product.deleted": "product.created product.deleted",
    "product.updated": "product.created product.updated",
    "stock-transaction.created": "stock-transaction.created",
    "transaction.created": "cart.updated order.created transaction.created order.authorized",
    "transaction.updated": "cart.updated order.created transaction.created order.authorized"
    " transaction.updated order.paid order.updated",
}

RECEIVER = Integration(
    key="shop",
    id="0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
    name="Shop",
    integration_type=IntegrationType.WEBHOOK,
    configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook"),
    created_at=0,
    updated_at=0,
)


def test_the_table_of_paths_is_complete(world: Any) -> None:
    assert set(PATHS) == KINDS.raised == world.shop.raisable


@pytest.mark.parametrize("key", sorted(PATHS))
def test_every_key_is_raised_by_its_path_in_a_valid_envelope(world: Any, key: str) -> None:
    events = world.trigger(key)
    others = [event.key for event in events if key == event.key or event.resource_type != "stock-transaction"]
    assert others == PATHS[key].split()
    for event in events:
        body = orjson.loads(webhook_body(event, RECEIVER, job_id="job", attempt=1, store_id="store", org_id="org"))
        assert body["triggered_by"] == event.key
        payload = body["payload"]
        resource = payload if event.deletion or "data" not in payload else payload["data"]
        form = KINDS.form_of(event.resource_type)
        assert resource.get("type") == (form.type if form.name != "custom-api-entry" else event.resource_type)
        assert resource.get("id") == (event.resource_id if "id" in form.fixed else None)
        assert event.deletion == event.key.endswith(".deleted")


@pytest.mark.parametrize("key", sorted(PATHS))
def test_only_raises_the_one_event(world: Any, key: str) -> None:
    [event] = world.trigger(key, only=True)
    assert event.key == key
    assert event.identity.endswith(f"/{key}:1")


def test_an_order_can_be_led_on(world: Any) -> None:
    [*_, created] = world.trigger("order.created", alias="o1")
    assert (created.resource, created.identity) == ("o1", "o1/order.created:1")
    assert [event.key for event in world.trigger("order.authorized", of="o1")][-1] == "order.authorized"
    paid = world.trigger("order.paid", of="last")
    assert [event.key for event in paid][-3:] == ["transaction.updated", "order.paid", "order.updated"]
    assert world.trigger("order.fulfilled", of=created.resource_id)[-2].identity == "o1/order.fulfilled:1"
    with pytest.raises(IllegalCommand, match=r"o1: .*; nothing leads from there to order.paid; legal now: update"):
        world.trigger("order.paid", of="o1")
    with pytest.raises(IllegalCommand, match=r"o1 is there already: .* nothing leads from there to order.created"):
        world.trigger("order.created", of="o1")
    with pytest.raises(UserError, match="a resource called 'o1' already"):
        world.trigger("order.created", alias="o1")
    with pytest.raises(InvalidInput, match="makes nothing new that could be called 'o2'"):
        world.trigger("order.updated", of="o1", alias="o2")
    with pytest.raises(InvalidInput, match="makes nothing new that could be called 'o2'"):
        world.shop.execute(Command(type="order", verb="update", target="o1"), world.shelves, world.now, alias="o2")
    for alias in ("order:7", "_o7", "last"):
        with pytest.raises(InvalidInput, match="cannot be an alias"):
            world.trigger("order.created", alias=alias)


def test_a_transactions_event_goes_on_from_its_order_or_itself(world: Any) -> None:
    world.trigger("order.authorized")
    transaction = world.last("transaction")
    assert world.trigger("transaction.updated", of=transaction.id)[-3].resource == transaction.key
    assert world.last("order").document["payment"] == "paid"


def test_something_is_made_from_what_of_names(world: Any) -> None:
    cart = world.do("cart", "create").subject
    assert [event.key for event in world.trigger("order.created", of=cart.id)] == ["cart.updated", "order.created"]
    assert world.trigger("order.paid", of=cart.key)[0].key == "order.created"
    assert {world.shelves.by_key(f"order:{n}").hidden["cart"] for n in (1, 2)} == {cart.key}
    customer = world.do("customer", "create", name="Ada Byron", email="ada@example.com").subject
    [address] = world.trigger("address.created", of=customer.id)
    assert world.shelves.by_key(address.resource).parent == customer.key
    assert orjson.loads(address.payload)["data"]["first_name"] == "Ada"


def test_what_of_cannot_mean_is_said(world: Any) -> None:
    with pytest.raises(NotFound, match="there is no order yet that could be the last"):
        world.trigger("order.paid", of="last")
    with pytest.raises(NotFound, match="there is no order or cart 'nope'"):
        world.trigger("order.paid", of="nope")
    world.trigger("customer.created")
    with pytest.raises(
        UserError, match=r"customer:1 is of type customer; for order.paid name one of type order or cart"
    ):
        world.trigger("order.paid", of="customer:1")
    world.trigger("order.deleted")
    with pytest.raises(IllegalCommand, match="order:1 is deleted"):
        world.trigger("order.paid", of="order:1")


def test_everything_observable_is_raised_by_something() -> None:
    raised_elsewhere = {key for key in CATALOG if key.startswith("integration.")}
    assert KINDS.raised | raised_elsewhere == set(CATALOG)


def test_the_entries_of_every_custom_api_raise_events(world: Any) -> None:
    for verb in ("created", "updated", "deleted"):
        *_, event = world.trigger(f"wishlist_ext.{verb}")
        assert (event.key, event.resource_type) == (f"wishlist_ext.{verb}", "wishlist_ext")
    assert orjson.loads(event.payload)["type"] == "wishlist_ext"
    written = world.do("wishlist_ext", "create", colour="green").subject.document
    assert (written["type"], written["colour"], written["meta"]["resource_version"]) == ("wishlist_ext", "green", 1)
    again = world.do("wishlist_ext", "update", world.last("wishlist_ext").id, colour="blue").subject.document
    assert (again["colour"], again["meta"]["resource_version"]) == ("blue", 2)
    assert again["meta"]["etag_id"] != written["meta"]["etag_id"]


def test_keys_that_nobody_raises_are_refused_with_a_sentence(world: Any) -> None:
    with pytest.raises(UserError, match="create, change or delete one"):
        world.shop.path_to("integration.created", world.shelves)
    with pytest.raises(UnknownWord, match=r"unknown event key 'order.payed'; did you mean 'order.paid'"):
        world.shop.path_to("order.payed", world.shelves)
    with pytest.raises(UnknownWord, match=r"unknown event key 'wishlist_ext.paid'"):
        world.shop.path_to("wishlist_ext.paid", world.shelves)


def test_overrides_change_the_payload_of_the_named_event_alone(world: Any) -> None:
    events = world.trigger(
        "order.paid",
        overrides={"data.customer.email": "ada@example.com", "included.items[0].quantity": 99},
        add={"data.short_id": "N1"},
        remove=["data.shipping_address.line_2"],
    )
    for event in events:
        payload = orjson.loads(event.payload)
        edited = event.key == "order.paid"
        assert (payload["data"].get("short_id") == "N1") == edited
        if edited:
            assert payload["data"]["customer"]["email"] == "ada@example.com"
            assert payload["included"]["items"][0]["quantity"] == 99
            assert "line_2" not in payload["data"]["shipping_address"]
    assert "short_id" not in world.last("order").document


def test_a_raw_payload_stands_in_for_the_whole(world: Any) -> None:
    [event] = world.trigger("customer.created", raw='{"data": {"id": "x"}}', overrides={"data.id": "y"})
    assert event.payload == '{"data":{"id":"y"}}'


def test_a_faulty_override_raises_nothing(world: Any) -> None:
    with pytest.raises(InvalidInput, match=r"there is no 'data.custome' in the payload; did you mean 'customer'"):
        world.trigger("order.paid", overrides={"data.custome": 1})
    assert world.events == []
    assert world.shelves.made("order") == 0
