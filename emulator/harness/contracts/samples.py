"""Samples: messages as the shop makes them, with a fixed seed, to be the examples of contracts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from emulator.core.fixture import Fixtures
from emulator.domain.event import INCLUDES_ELIDED, Event
from emulator.domain.identity import derived_id
from emulator.domain.integration import (
    Integration,
    IntegrationType,
    Scope,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.moment import parse_instant
from emulator.domain.ports import CONTENT_TYPE, SECRET_HEADER, TRIGGER_HEADER
from emulator.loading.schemas import Envelope
from emulator.runtime.rendering import Rendering
from emulator.store.integration_document import integration_document
from emulator.store.integrations import integration_event
from emulator.store.memory import MemoryShelves
from emulator.store.samples import samples
from emulator.store.shop import Shop

SEED = 42
SECRET = "example-secret"  # noqa: S105  (of nobody)
_ABOUT = "integration"
_VERBS = {"created": "create", "updated": "update", "deleted": "delete"}
_AT = parse_instant("2026-01-01T00:00:00Z")
_WEBHOOK = Integration(
    key="shop",
    id=derived_id(SEED, "integration", "shop"),
    name="Shop",
    description="Tells the shop's receiver",
    integration_type=IntegrationType.WEBHOOK,
    enabled=True,
    observes=("order.created",),
    configuration=WebhookConfiguration(url="https://receiver.example/hook", secret_key=SECRET),
    created_at=_AT,
    updated_at=_AT,
)
INTEGRATIONS: Mapping[Envelope, Integration] = {
    Envelope.WEBHOOK: _WEBHOOK,
    Envelope.SQS: replace(
        _WEBHOOK,
        integration_type=IntegrationType.AWS_SQS,
        configuration=SqsConfiguration(
            url="https://sqs.us-east-1.amazonaws.com/123456789012/epcc-orders",
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="example",  # noqa: S106
            region="us-east-1",
        ),
    ),
    Envelope.STOMP: replace(
        _WEBHOOK,
        integration_type=IntegrationType.STOMP,
        configuration=StompConfiguration(addresses=("stomp://broker.example:61613",), destination="/queue/orders"),
    ),
}
"""Who is told, in each envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One message with its headers (none where the transport has none of ours), and what it is an example of."""

    name: str
    summary: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


class Samples:
    """One event for each of some keys, made by a shop of its own; the same every time."""

    def __init__(self, fixtures: Fixtures, keys: Iterable[str]) -> None:
        self._shop = Shop(seed=SEED, fixtures=fixtures)
        self._rendering = Rendering(self._shop)
        raised: dict[str, Event] = {}
        for event in samples(fixtures, seeds=(SEED,)):
            raised.setdefault(event.key, event)
        self._events = {key: raised[key] if key in raised else self._made(key) for key in keys}

    def of(self, key: str, envelope: Envelope) -> list[Sample]:
        """What an event of this key looks like: usually, and in the ways in which it may look else."""
        event, integration = self._events[key], INTEGRATIONS[envelope]
        usual = self._sample("usual", "As it usually is", event, integration)
        found = [usual]
        if envelope is Envelope.SQS and "included" in usual.body["data"]:
            data = {**usual.body["data"], "included": INCLUDES_ELIDED}
            summary = "What is included was left out, because the message would have been too large"
            found.append(replace(usual, name="includes-elided", summary=summary, body={**usual.body, "data": data}))
        if Scope.ORGANIZATION in event.scopes:
            told = replace(integration, scope=Scope.ORGANIZATION)
            found.append(self._sample("of-an-organization", "To an organization's integration", event, told))
        return found

    def _sample(self, name: str, summary: str, event: Event, told: Integration) -> Sample:
        job_id = derived_id(SEED, "job", event.identity, told.key)
        body = self._rendering.body(event, told, job_id=job_id, attempt=1)
        return Sample(name=name, summary=summary, headers=_headers(event, told), body=orjson.loads(body))

    def _made(self, key: str) -> Event:
        """Of an integration, or of a Custom API's type that nobody asks for without naming it."""
        resource, _, past = key.rpartition(".")
        if resource == _ABOUT:
            document = integration_document(_WEBHOOK, self._shop.base_url)
            return integration_event(document, _VERBS[past], key=_WEBHOOK.key, occurrence=1, at=_AT)
        shelves = MemoryShelves()
        changes = self._shop.execute_all(self._shop.path_to(key, shelves), shelves, _AT)
        return next(event for change in reversed(changes) for event in reversed(change.events) if event.key == key)


def _headers(event: Event, told: Integration) -> dict[str, str]:
    if told.integration_type is IntegrationType.AWS_SQS:
        return {}
    if told.integration_type is IntegrationType.STOMP:
        return {"content-type": "application/json", "persistent": "true"}
    return {CONTENT_TYPE: "application/json", SECRET_HEADER: SECRET, TRIGGER_HEADER: event.key}
