"""Every key: raised by its own command, valid in both envelopes by the schemas, with the ids of whose event it is."""

from dataclasses import replace
from typing import Any

import jsonschema
import orjson
import pytest

from emulator.domain.catalog import scopes_of
from emulator.domain.integration import (
    Integration,
    IntegrationType,
    Scope,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.loading.schemas import Envelope, message_schema
from emulator.store.cloud_event import cloud_event_body
from emulator.store.envelope import webhook_body
from emulator.store.kinds import KINDS

WEBHOOK = Integration(
    key="shop",
    id="0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
    name="Shop",
    integration_type=IntegrationType.WEBHOOK,
    configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook"),
    created_at=0,
    updated_at=0,
)
QUEUE = replace(
    WEBHOOK,
    integration_type=IntegrationType.STOMP,
    configuration=StompConfiguration(addresses=("stomp://127.0.0.1:61613",), destination="/queue/orders"),
)
JOB = "5f0c6f3e-1df1-4a3c-9d0f-0f2f1f3b8a11"


def _valid(document: bytes, key: str, envelope: Envelope) -> Any:
    """The document, which its schema describes."""
    found = orjson.loads(document)
    schema = message_schema(key, envelope)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)] == []
    return found


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("key", sorted(KINDS.raised))
def test_a_key_is_raised_in_valid_messages(world: Any, key: str, scope: Scope) -> None:
    event = world.trigger(key)[-1]
    if event.key != key:
        event = next(one for one in reversed(world.events) if one.key == key)
    assert event.scopes == scopes_of(key)
    _valid(event.payload.encode(), key, Envelope.NONE)
    ids = {"store_id": world.shop.store_id, "org_id": world.shop.org_id}
    posted = webhook_body(event, replace(WEBHOOK, scope=scope), job_id=JOB, attempt=1, **ids)
    queued = cloud_event_body(event, replace(QUEUE, scope=scope), job_id=JOB, source=world.shop.base_url, **ids)
    body, message = _valid(posted, key, Envelope.WEBHOOK), _valid(queued, key, Envelope.QUEUE)
    of_store = scope is Scope.STORE
    assert (body["org_id"], message["orgid"]) == (world.shop.org_id, world.shop.org_id)
    assert body.get("store_id") == message.get("storeid") == (world.shop.store_id if of_store else None)
    if event.deletion:
        assert body["resources"] == body["payload"] == message["data"]
    else:
        assert orjson.loads(body["resources"]) == body["payload"]
