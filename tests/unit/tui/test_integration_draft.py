"""IntegrationDraft: what a form sends; and what of an integration is never shown."""

from typing import Any

import pytest

from emulator.domain.integration import IntegrationType
from tui.model.integration_draft import IntegrationDraft, destination_of, draft_of, keys_in

WEBHOOK: dict[str, Any] = {
    "id": "1",
    "key": "shop",
    "name": "shop",
    "description": "the shop",
    "integration_type": "webhook",
    "enabled": False,
    "managed": True,
    "scope": "organization",
    "observes": ["order.*", "integration.created"],
    "configuration": {"url": "http://ann:hidden@localhost/hook", "secret_key": "hidden"},
}


def draft(kind: IntegrationType, **values: str) -> IntegrationDraft:
    return IntegrationDraft(kind=kind, values=values)


def test_a_webhook_is_sent_with_its_secret_only_where_one_was_typed() -> None:
    body = draft(IntegrationType.WEBHOOK, name=" shop ", observes="order.paid,order.created", url="http://a/b").body()
    assert body["name"] == "shop"
    assert body["observes"] == ["order.paid", "order.created"]
    assert body["configuration"] == {"url": "http://a/b"}
    typed = draft(IntegrationType.WEBHOOK, secret_key="open sesame")
    assert typed.body()["configuration"]["secret_key"] == "open sesame"


def test_a_stored_integration_comes_back_as_it_was_but_for_its_secret() -> None:
    stored = draft_of(WEBHOOK)
    assert "hidden" not in stored.values.get("secret_key", "")
    body = stored.body()
    assert body["configuration"] == {"url": WEBHOOK["configuration"]["url"]}
    assert {name: body[name] for name in ("name", "description", "enabled", "observes")} == {
        name: WEBHOOK[name] for name in ("name", "description", "enabled", "observes")
    }


def test_a_dash_removes_a_secret_that_is_stored_and_is_one_where_none_is() -> None:
    stored = IntegrationDraft(kind=IntegrationType.WEBHOOK, values={"secret_key": "-"}, stored=WEBHOOK)
    assert stored.body()["configuration"]["secret_key"] is None
    assert draft(IntegrationType.WEBHOOK, secret_key="-").body()["configuration"]["secret_key"] == "-"


@pytest.mark.parametrize(
    ("kind", "values", "queue"),
    [
        (IntegrationType.AWS_SQS, {"queue": "orders"}, "orders"),
        (IntegrationType.AWS_SQS, {"queue": "https://sqs.eu-west-1.amazonaws.com/1/orders"}, None),
        (IntegrationType.AWS_SQS, {}, None),
        (IntegrationType.STOMP, {"destination": "/queue/orders"}, "/queue/orders"),
        (IntegrationType.STOMP, {"destination": "/queue/orders", "addresses": "stomp://broker:61613"}, None),
        (IntegrationType.WEBHOOK, {"queue": "orders"}, None),
    ],
)
def test_a_queue_that_is_served_here_is_known_by_its_name(
    kind: IntegrationType, values: dict[str, str], queue: str | None
) -> None:
    assert draft(kind, **values).own_queue == queue


def test_a_queue_here_says_the_configuration() -> None:
    own = {"url": "http://127.0.0.1:3723/1/orders", "region": "us-east-1", "aws_access_key_id": "test"}
    assert draft(IntegrationType.AWS_SQS, queue="orders").body(own)["configuration"] == own


def test_complaints_find_their_fields() -> None:
    assert draft(IntegrationType.WEBHOOK).field_of("configuration.url") == "url"
    assert draft(IntegrationType.AWS_SQS).field_of("configuration.url") == "queue"
    assert draft(IntegrationType.STOMP).field_of("configuration.addresses") == "addresses"
    assert draft(IntegrationType.STOMP).field_of("configuration.url") is None
    assert draft(IntegrationType.WEBHOOK).field_of("data.observes") == "observes"
    assert draft(IntegrationType.WEBHOOK).field_of("type") is None


def test_keys_are_parted_by_blanks_and_commas() -> None:
    assert keys_in(" order.paid,  order.created\torder.updated ,") == ["order.paid", "order.created", "order.updated"]
    assert keys_in("  ") == []


def test_a_password_in_an_address_is_not_told() -> None:
    assert destination_of(WEBHOOK) == "http://ann:****@localhost/hook"
    stomp = {"addresses": ["stomp://ann:hidden@a:1", "stomp://b:2"], "destination": "/queue/a"}
    assert destination_of({"integration_type": "stomp", "configuration": stomp}) == (
        "/queue/a at stomp://ann:****@a:1, stomp://b:2"
    )
