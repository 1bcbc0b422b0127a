"""The body of a queue's message, to the letter; read by the CloudEvents SDK as any receiver would."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from emulator.domain.event import Event
from emulator.domain.integration import (
    SQS_LIMIT,
    Integration,
    IntegrationType,
    Scope,
    SqsConfiguration,
    StompConfiguration,
)
from emulator.store.cloud_event import cloud_event_body

GOLDEN = Path(__file__).parents[2] / "golden"
SOURCE = "https://api.emulator.test"

QUEUE = Integration(
    key="queue",
    id="6a1f6f8e-0f0b-4a37-8f5e-0d8a4ba1c2d3",
    name="Paid orders",
    integration_type=IntegrationType.AWS_SQS,
    configuration=SqsConfiguration(
        url="http://127.0.0.1:3723/000000000000/epcc-orders",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="s3cret",
        region="us-east-1",
    ),
    created_at=0,
    updated_at=0,
)
BROKER = replace(
    QUEUE,
    integration_type=IntegrationType.STOMP,
    configuration=StompConfiguration(addresses=("stomp://127.0.0.1:61613",), destination="/queue/orders"),
)
ATTRIBUTES = ["specversion", "id", "source", "type", "time", "datacontenttype", "integrationid", "orgid", "storeid"]


def _body(event: Event, integration: Integration = QUEUE) -> bytes:
    return cloud_event_body(event, integration, job_id="job-1", store_id="store-1", org_id="org-1", source=SOURCE)


def _read(body: bytes) -> BaseCloudEvent:
    """Validated by the SDK: required attributes, their types, and the names of extensions."""
    event = JSONFormat().read(None, body)
    assert isinstance(event, CloudEvent)
    return event


def _event(payload: Any, key: str = "order.updated", **changes: Any) -> Event:
    values = {
        "identity": f"thing:1/{key}:1",
        "key": key,
        "resource": "thing:1",
        "resource_type": "thing",
        "resource_id": "id-1",
        "at": 1_767_225_600_123_456,
        "payload": orjson.dumps(payload).decode(),
    }
    return Event(**(values | changes))


def _order(size: int) -> dict[str, Any]:
    """A payload whose included items are this long."""
    return {"data": {"type": "order", "id": "id-1"}, "included": {"items": ["x" * size]}}


def test_the_sdk_reads_every_attribute(world: Any) -> None:
    event = world.trigger("cart.updated")[-1]
    body = _body(event)
    assert list(orjson.loads(body)) == [*ATTRIBUTES, "data"]
    read = _read(body)
    assert (read.get_specversion(), read.get_id(), read.get_source()) == ("1.0", "job-1", SOURCE)
    assert (read.get_type(), read.get_datacontenttype()) == ("cart.updated", "application/json")
    assert read.get_time() == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event.at)
    assert read.get_extension("storeid") == "store-1"
    assert read.get_extension("orgid") == "org-1"
    assert read.get_extension("integrationid") == QUEUE.id


def test_the_data_is_the_resource_with_what_is_included_inside(world: Any) -> None:
    event = world.trigger("order.paid")[-2]
    payload = orjson.loads(event.payload)
    data = _read(_body(event)).get_data()
    assert data == {**payload["data"], "included": payload["included"]}
    assert data["included"]["items"]


def test_a_resource_without_included_ones_is_the_data(world: Any) -> None:
    event = world.trigger("customer.created")[0]
    assert _read(_body(event)).get_data() == orjson.loads(event.payload)["data"]


def test_a_deletion_is_told_by_type_and_id_alone(world: Any) -> None:
    event = world.trigger("product.deleted")[-1]
    assert _read(_body(event)).get_data() == {"type": "product", "id": event.resource_id}


def test_a_flat_payload_is_the_data() -> None:
    payload = {"one_time_password_token": "3f1f", "purpose": "reset_password", "user_authentication_info": {"id": "u"}}
    event = _event(payload, "one-time-password-token-request.created")
    assert _read(_body(event)).get_data() == payload


def test_an_organizations_integration_is_told_no_store(world: Any) -> None:
    event = world.trigger("customer.created")[0]
    read = _read(_body(event, replace(QUEUE, scope=Scope.ORGANIZATION)))
    assert "storeid" not in read.get_attributes()
    assert read.get_extension("orgid") == "org-1"


def test_both_kinds_of_queue_are_told_the_same(world: Any) -> None:
    event = world.trigger("order.created")[-1]
    assert _body(event, QUEUE) == _body(event, BROKER)


def test_the_largest_message_that_fits_is_whole_and_one_byte_more_is_elided() -> None:
    fitting = SQS_LIMIT - len(_body(_event(_order(0))))
    whole = _body(_event(_order(fitting)))
    assert len(whole) == SQS_LIMIT
    assert _read(whole).get_data()["included"] == {"items": ["x" * fitting]}
    elided = _read(_body(_event(_order(fitting + 1)))).get_data()
    assert elided == {"type": "order", "id": "id-1", "included": {"meta": {"includes_elided": True}}}


def test_bytes_count_and_not_characters() -> None:
    payload = _order(0)
    payload["included"]["items"] = ["é" * (SQS_LIMIT // 2)]
    assert _read(_body(_event(payload))).get_data()["included"] == {"meta": {"includes_elided": True}}


def test_a_broker_is_sent_everything() -> None:
    body = _body(_event(_order(SQS_LIMIT)), BROKER)
    assert _read(body).get_data()["included"] == {"items": ["x" * SQS_LIMIT]}


@pytest.mark.parametrize("included", [{}, {"included": {"items": [1]}}])
def test_a_resource_that_is_too_large_by_itself_stays_whole(included: dict[str, Any]) -> None:
    """Nobody cuts a resource: the transport says that it does not fit."""
    event = _event({"data": {"type": "file", "id": "id-1", "text": "x" * SQS_LIMIT}, **included})
    body = _body(event)
    assert len(body) > SQS_LIMIT
    assert _read(body).get_data()["text"] == "x" * SQS_LIMIT


def test_the_life_of_an_order_is_as_it_was_recorded(world: Any) -> None:
    """The golden file pins the bodies for seed 42, byte by byte."""
    for key in ("order.authorized", "product.deleted"):
        world.trigger(key)
    bodies = [
        cloud_event_body(
            event,
            QUEUE,
            job_id=f"job-{n}",
            store_id=world.shop.store_id,
            org_id=world.shop.org_id,
            source=world.shop.base_url,
        )
        for n, event in enumerate(world.events, start=1)
    ]
    assert b"\n".join(bodies) + b"\n" == (GOLDEN / "cloud_events_seed_42.ndjson").read_bytes()
