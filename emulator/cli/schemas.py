"""Schemas: emulator/schemas/*.json, written from what the shop raises by `python -m emulator.cli.schemas`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from emulator.core.inference import Observed
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.runtime.fixtures import load_fixtures
from emulator.store.integration_document import integration_document
from emulator.store.kinds import KINDS
from emulator.store.samples import samples

FOLDER = Path(__file__).parent.parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


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
    yield "integration", {"data": integration_document(_INTEGRATION, "https://api.emulator.test")}


def _words(resource: str) -> list[frozenset[str]]:
    """What the states of this resource are called, axis by axis."""
    group = KINDS.get(resource)
    return [] if group is None else [frozenset(axis) for axis in group.lifecycle.axes if len(axis) > 1]


def _written(resource: str, schema: dict[str, Any]) -> str:
    head = {"$schema": DIALECT, "title": f"What events of {resource} carry"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


_INTEGRATION = Integration(
    key="shop",
    id="0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
    name="Shop",
    integration_type=IntegrationType.WEBHOOK,
    observes=("order.created",),
    configuration=WebhookConfiguration(url="http://127.0.0.1:8000/hook"),
    created_at=0,
    updated_at=0,
)


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
