"""Schemas: what messages look like, as JSON Schema, from the files that come with the package."""

import json
from enum import StrEnum
from importlib.resources import files
from typing import Any

from emulator.domain.catalog import CATALOG, is_observable
from emulator.domain.errors import UnknownWord

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_CUSTOM = "custom-api-entry"
_PLACEHOLDER = "customAPIEntryType"  # stands among the provider's keys for any such type
_ELIDED = {
    "description": "What stands here where the message would have been too large",
    "type": "object",
    "properties": {
        "meta": {
            "type": "object",
            "properties": {"includes_elided": {"const": True}},
            "required": ["includes_elided"],
        }
    },
    "required": ["meta"],
}


class Envelope(StrEnum):
    """What is around the payload: nothing, a webhook's body, or the CloudEvent of a queue's message.

    SQS bounds what a message may have, so what is included may be missing there; `queue` is either kind of queue.
    """

    NONE = "none"
    WEBHOOK = "webhook"
    QUEUE = "queue"
    SQS = "sqs"
    STOMP = "stomp"


def message_schema(key: str, envelope: Envelope = Envelope.NONE) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what an event of this key carries, in its envelope.

    More fields than those may be there at any time (the provider's guide on compatibility). Raises UnknownWord.
    """
    payload = payload_schema(key)
    if envelope is Envelope.NONE:
        return {"$schema": DIALECT, **payload, "title": key}
    whole = envelope_schema(envelope)
    if envelope is Envelope.WEBHOOK:
        known = {"triggered_by": {"const": key}, "payload": payload}
        same = {**whole["properties"]["resources"], "contentSchema": {"$ref": "#/properties/payload"}}
        known["resources"] = payload if is_deletion(key) else same
    else:
        known = {"type": {"const": key}, "data": queued(payload, elidable=envelope is not Envelope.STOMP)}
    properties = {**whole["properties"], **known}
    return {"$schema": DIALECT, **whole, "title": f"{key} ({envelope})", "properties": properties}


def payload_name(key: str) -> str:
    """What the schema of this key's payload is called: several keys share one. Raises UnknownWord."""
    if not is_observable(key):
        raise UnknownWord("event key", key, CATALOG)
    return "deletion" if is_deletion(key) else key.rpartition(".")[0]


def payload_schema(key: str) -> dict[str, Any]:
    """What stands at `payload` of a webhook, without saying its dialect. Raises UnknownWord."""
    name = payload_name(key)
    if name != _PLACEHOLDER and not name.endswith("_ext"):
        return _read(name)
    schema = _read(_CUSTOM)
    schema["title"] = f"What events of {name} carry"
    schema["properties"]["data"]["properties"]["type"] = {"type": "string", "enum": [name]}
    return schema


def envelope_schema(envelope: Envelope) -> dict[str, Any]:
    """What is around any payload, without saying its dialect."""
    return _read("webhook" if envelope is Envelope.WEBHOOK else "queue")


def queued(payload: dict[str, Any], *, elidable: bool) -> dict[str, Any]:
    """What stands at `data` of a queue's message: the resource and what is included, side by side.

    Where it is `elidable`, what is included may be replaced by a word that says so.
    """
    fields = dict(payload["properties"])
    resource = fields.pop("data", None)
    if resource is None:
        return payload
    if elidable and "included" in fields:
        fields["included"] = {"anyOf": [fields["included"], _ELIDED]}
    required = [*resource.get("required", ()), *(name for name in payload.get("required", ()) if name != "data")]
    return {**resource, "properties": {**resource.get("properties", {}), **fields}, "required": required}


def is_deletion(key: str) -> bool:
    """Whether the events of this key carry the type and the id alone."""
    return key.endswith(".deleted")


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("emulator.schemas").joinpath(f"{name}.json").read_text("utf-8"))
    del found["$schema"]
    return found
