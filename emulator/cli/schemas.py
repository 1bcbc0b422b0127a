"""Schemas: emulator/schemas/*.json, written from what the shop raises by `python -m emulator.cli.schemas`."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from emulator.core.inference import Observed
from emulator.domain.integration import (
    Integration,
    IntegrationType,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.loading.schemas import DIALECT
from emulator.runtime.fixtures import load_fixtures
from emulator.store.integration_document import integration_document
from emulator.store.kinds import KINDS
from emulator.store.samples import samples

FOLDER = Path(__file__).parent.parent / "schemas"


def schemas() -> dict[str, str]:
    """The files by name, one for each resource whose events carry something."""
    seen: dict[str, Observed] = {}
    for resource, payload in _payloads():
        if resource not in seen:
            seen[resource] = Observed(_words(resource))
        seen[resource].see(payload)
    return {f"{resource}.json": _written(resource, seen[resource].schema()) for resource in sorted(seen)}


def _payloads() -> Iterator[tuple[str, Any]]:
    for event in samples(load_fixtures()):
        if not event.deletion:
            yield KINDS.form_of(event.resource_type).name, orjson.loads(event.payload)
    for integration in _INTEGRATIONS:
        yield "integration", {"data": integration_document(integration, "https://api.emulator.test")}


def _words(resource: str) -> list[frozenset[str]]:
    """What the states of this resource are called, axis by axis."""
    group = KINDS.get(resource)
    if resource == "integration":
        return [frozenset(IntegrationType)]
    return [] if group is None else [frozenset(axis) for axis in group.lifecycle.axes if len(axis) > 1]


def _written(resource: str, schema: dict[str, Any]) -> str:
    head = {"$schema": DIALECT, "title": f"What events of {resource} carry"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


_WEBHOOK = Integration(
    key="shop",
    id="0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
    name="Shop",
    integration_type=IntegrationType.WEBHOOK,
    observes=("order.created",),
    configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook", secret_key="example"),  # noqa: S106
    created_at=0,
    updated_at=0,
)
_INTEGRATIONS = (
    _WEBHOOK,
    replace(_WEBHOOK, configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook")),
    replace(
        _WEBHOOK,
        integration_type=IntegrationType.AWS_SQS,
        configuration=SqsConfiguration(
            url="https://sqs.eu-west-1.amazonaws.com/123456789/epcc-orders",
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="example",  # noqa: S106
            region="eu-west-1",
        ),
    ),
    replace(
        _WEBHOOK,
        integration_type=IntegrationType.STOMP,
        configuration=StompConfiguration(
            addresses=("stomp://127.0.0.1:61613",),
            destination="/queue/orders",
            username="shop",
            password="example",  # noqa: S106
        ),
    ),
)
"""Of each type, with and without what may be left out."""


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
