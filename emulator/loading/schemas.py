"""Schemas: what messages look like, as JSON Schema, from the files that come with the package."""

import json
from enum import StrEnum
from importlib.resources import files
from typing import Any

from emulator.domain.catalog import CATALOG, is_observable
from emulator.domain.errors import UnknownWord

_CUSTOM = "custom-api-entry"
_PLACEHOLDER = "customAPIEntryType"  # stands among the provider's keys for any such type


class Envelope(StrEnum):
    """What is around the payload: nothing, a webhook's body, or the CloudEvent of a queue's message."""

    NONE = "none"
    WEBHOOK = "webhook"
    QUEUE = "queue"


def message_schema(key: str, envelope: Envelope = Envelope.NONE) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what an event of this key carries, in its envelope.

    More fields than those may be there at any time (the provider's guide on compatibility). Raises UnknownWord.
    """
    if not is_observable(key):
        raise UnknownWord("event key", key, CATALOG)
    resource = key.rpartition(".")[0]
    payload = _read("deletion" if key.endswith(".deleted") else _file_of(resource))
    if envelope is Envelope.NONE:
        return {**payload, "title": key}
    whole = _read(envelope)
    inner = {name: value for name, value in payload.items() if not name.startswith("$")}
    if envelope is Envelope.WEBHOOK:
        known = {"triggered_by": {"const": key}, "payload": inner}
        if key.endswith(".deleted"):
            known["resources"] = inner
    else:
        known = {"type": {"const": key}, "data": _flattened(inner)}
    return {**whole, "title": f"{key} ({envelope})", "properties": {**whole["properties"], **known}}


def _file_of(resource: str) -> str:
    return _CUSTOM if resource.endswith("_ext") or resource == _PLACEHOLDER else resource


def _flattened(payload: dict[str, Any]) -> dict[str, Any]:
    """A queue's message has the resource and what is included side by side."""
    fields = dict(payload["properties"])
    resource = fields.pop("data", None)
    if resource is None:
        return payload
    required = [*resource.get("required", ()), *(name for name in payload.get("required", ()) if name != "data")]
    return {**resource, "properties": {**resource.get("properties", {}), **fields}, "required": required}


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("emulator.schemas").joinpath(f"{name}.json").read_text("utf-8"))
    return found
