"""Masking, and the provider's object of an integration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.masking import mask, unmasked
from emulator.domain.integration import (
    Configuration,
    Integration,
    IntegrationType,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.moment import parse_instant
from emulator.store.integration_document import integration_document


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("AKIAIOSFODNN7EXAPSYQ", "****************PSYQ"),
        ("abcde", "*bcde"),
        ("abcd", "****"),
        ("a", "*"),
        ("", ""),
    ],
)
def test_the_last_four_are_shown_and_short_secrets_not_at_all(secret: str, shown: str) -> None:
    assert mask(secret) == shown


@given(st.text(max_size=80))
def test_masking_keeps_the_length_and_a_masked_value_written_back_keeps_the_secret(secret: str) -> None:
    assert len(mask(secret)) == len(secret)
    assert unmasked(mask(secret), secret) == secret


@given(st.text(min_size=1), st.text())
def test_any_other_value_is_a_new_secret(sent: str, stored: str) -> None:
    if sent != mask(stored):
        assert unmasked(sent, stored) == sent


def _integration(configuration: Configuration, kind: IntegrationType) -> Integration:
    return Integration(
        key="shop",
        id="8b3ae2ac-3a1c-4a0c-9a0c-7b1d2b7c6f10",
        name="Shop",
        integration_type=kind,
        observes=("order.paid",),
        configuration=configuration,
        created_at=parse_instant("2026-01-01T00:00:00.123456Z"),
        updated_at=parse_instant("2026-01-02T03:04:05Z"),
    )


def test_a_webhook_is_shown_with_its_secret_its_address_and_milliseconds() -> None:
    webhook = _integration(WebhookConfiguration(url="http://x.test/", secret_key="squirrel"), IntegrationType.WEBHOOK)
    assert integration_document(webhook, "https://api.emulator.test/") == {
        "id": webhook.id,
        "type": "integration",
        "name": "Shop",
        "description": "",
        "integration_type": "webhook",
        "enabled": False,
        "observes": ["order.paid"],
        "configuration": {"url": "http://x.test/", "secret_key": "squirrel"},
        "links": {"self": f"https://api.emulator.test/v2/integrations/{webhook.id}"},
        "meta": {"timestamps": {"created_at": "2026-01-01T00:00:00.123Z", "updated_at": "2026-01-02T03:04:05.000Z"}},
    }


def test_the_credentials_of_queues_are_masked() -> None:
    sqs = SqsConfiguration(
        url="http://q.test/1/epcc",
        aws_access_key_id="AKIA0000PSYQ",
        aws_secret_access_key="secretHK4o",
        region="eu-west-1",
    )
    stomp = StompConfiguration(
        addresses=("stomp://b.test",), destination="/queue/x", username="me", password="hunter22"
    )
    assert integration_document(_integration(sqs, IntegrationType.AWS_SQS), "x")["configuration"] == {
        "url": "http://q.test/1/epcc",
        "aws_access_key_id": "********PSYQ",
        "aws_secret_access_key": "******HK4o",
        "region": "eu-west-1",
    }
    assert integration_document(_integration(stomp, IntegrationType.STOMP), "x")["configuration"] == {
        "addresses": ["stomp://b.test"],
        "destination": "/queue/x",
        "username": "me",
        "password": "****er22",
    }
