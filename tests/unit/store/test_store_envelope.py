"""The webhook's body, to the letter."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType, Scope, WebhookConfiguration
from emulator.store.envelope import webhook_body
from emulator.store.integration_document import integration_document
from emulator.store.integrations import integration_event

GOLDEN = Path(__file__).parents[2] / "golden"

RECEIVER = Integration(
    key="shop",
    id="0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
    name="Paid orders",
    description='Says "thank you"',
    integration_type=IntegrationType.WEBHOOK,
    configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook", secret_key="s3cret"),
    created_at=0,
    updated_at=0,
)


def _body(event: Event, integration: Integration = RECEIVER, attempt: int = 1) -> bytes:
    return webhook_body(event, integration, job_id="job-1", attempt=attempt, store_id="store-1", org_id="org-1")


def test_the_fields_and_their_order(world: Any) -> None:
    event = world.trigger("order.paid")[-2]
    body = orjson.loads(_body(event, attempt=3))
    assert list(body) == [
        *("id", "triggered_by", "attempt", "store_id", "org_id", "integration"),
        *("resources", "payload", "configuration"),
    ]
    assert (body["id"], body["triggered_by"], body["attempt"]) == ("job-1", "order.paid", 3)
    assert (body["store_id"], body["org_id"]) == ("store-1", "org-1")
    assert body["integration"] == {
        "id": RECEIVER.id,
        "integration_type": "webhook",
        "name": "Paid orders",
        "description": 'Says "thank you"',
    }
    assert body["configuration"] == {"url": "http://127.0.0.1:8000/hook", "secret_key": "s3cret"}
    assert isinstance(body["resources"], str)
    assert orjson.loads(body["resources"]) == body["payload"]
    assert list(body["payload"]) == ["data", "included"]


def test_a_deletion_is_told_as_an_object_with_type_and_id_alone(world: Any) -> None:
    event = world.trigger("product.deleted")[-1]
    body = orjson.loads(_body(event))
    assert body["resources"] == body["payload"] == {"type": "product", "id": event.resource_id}


def test_an_organizations_integration_is_told_no_store(world: Any) -> None:
    event = world.trigger("customer.created")[0]
    body = orjson.loads(_body(event, replace(RECEIVER, scope=Scope.ORGANIZATION)))
    assert "store_id" not in body
    assert body["org_id"] == "org-1"


def test_without_a_secret_it_is_an_empty_text(world: Any) -> None:
    event = world.trigger("customer.created")[0]
    receiver = replace(RECEIVER, configuration=WebhookConfiguration(url="http://127.0.0.1:8000"))
    assert orjson.loads(_body(event, receiver))["configuration"]["secret_key"] == ""


@pytest.mark.parametrize(("verb", "key"), [("create", "created"), ("update", "updated"), ("delete", "deleted")])
def test_an_integrations_own_life_is_told_with_its_secrets_masked(verb: str, key: str) -> None:
    document = integration_document(RECEIVER, "https://api.emulator.test")
    event = integration_event(document, verb, key=RECEIVER.key, occurrence=2, at=7)
    assert event.identity == f"integration:shop/integration.{key}:2"
    assert (event.key, event.at, event.deletion) == (f"integration.{key}", 7, verb == "delete")
    assert event.scopes == frozenset(Scope)
    expected = {"type": "integration", "id": RECEIVER.id} if verb == "delete" else {"data": document}
    assert orjson.loads(event.payload) == expected


def test_the_life_of_an_order_is_as_it_was_recorded(world: Any) -> None:
    """The golden file pins data, ids, amounts and envelope for seed 42; another version of Faker would show here."""
    world.trigger("order.authorized")
    for key in ("order.paid", "order.fulfilled", "order.refunded"):
        world.trigger(key, of="last")
    for key in ("customer.updated", "address.deleted", "product.updated", "cart.deleted"):
        world.trigger(key)
    bodies = [
        webhook_body(
            event, RECEIVER, job_id=f"job-{n}", attempt=1, store_id=world.shop.store_id, org_id=world.shop.org_id
        )
        for n, event in enumerate(world.events, start=1)
    ]
    recorded = (GOLDEN / "store_bodies_seed_42.json").read_bytes()
    assert orjson.dumps([orjson.Fragment(body) for body in bodies]) == orjson.dumps(orjson.loads(recorded))
