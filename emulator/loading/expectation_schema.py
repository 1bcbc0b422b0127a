"""Expectation schema: what a scenario may expect, as JSON Schema."""

from typing import Any

from emulator.core.probe_target import Output
from emulator.loading.expectations import EXPECTATIONS

Schema = dict[str, Any]


def expectation_schema(*, glob: Schema, duration: Schema) -> Schema:
    """One expectation. `glob` describes an event's key or glob, `duration` a duration."""
    about: dict[str, Schema] = {
        "integration": {"type": "string", "description": "A name or a glob"},
        "resource": {"type": "string", "description": "An alias, a key such as order:1, or an id"},
    }
    number: Schema = {"type": "integer", "minimum": 0}
    deliveries: dict[str, Schema] = {
        "event": glob,
        **about,
        "delivered": {"type": "boolean", "description": "Whether the receiver acknowledged it"},
        "attempts": {"anyOf": [number, _object({"at_least": number, "at_most": number})]},
    }
    probed: dict[str, Schema] = {
        "probe": _probe(),
        "path": {"type": "string", "description": "JSONPath of a value: $.status"},
        "count": {"type": "string", "description": "JSONPath of what is counted: $[*]"},
        "stable_for": {**duration, "description": "How far apart two equal reads are, of wall time; 250ms"},
    }
    known: dict[str, Schema] = {
        "eventually": {
            "description": "Every such delivery, of which there is one at least, is delivered within that of its event",
            **_object({**deliveries, "within": duration}, "event"),
        },
        "never": {
            "description": "No delivery is like that, or the receiver never ends up saying this",
            "anyOf": [_object(deliveries, "event"), _object({**probed, "equals": {}}, "probe", "equals")],
        },
        "exactly": {
            "description": "So many deliveries are like that, or the receiver says this",
            "anyOf": [
                _object({**deliveries, "count": number}, "event", "count"),
                _object({**probed, "equals": {}}, "probe", "equals"),
            ],
        },
        "at_least": {
            "description": "So many deliveries or more are like that, or the receiver says this or more",
            "anyOf": [
                _object({**deliveries, "count": number}, "event"),
                _object({**probed, "value": {"type": "number"}}, "probe", "value"),
            ],
        },
        "ordered": {
            "description": "These reach the receiver in this order",
            **_object({"events": {"type": "array", "items": glob, "minItems": 2}, **about}, "events"),
        },
        "no_more": {
            "description": "Nothing reaches the receiver after an event, or after so much time",
            **_object({"event": glob, **about, "after": {"anyOf": [duration, glob]}}, "after"),
        },
        "converges": {
            "description": "The receiver ends up as it does when the same events come once, in order, without faults; "
            "needs a receiver's reset and a virtual clock",
            **_object(probed, "probe"),
        },
    }
    assert known.keys() == EXPECTATIONS.keys(), "every expectation is described"
    return {**_object(known), "minProperties": 1, "maxProperties": 1}


def _probe() -> Schema:
    text: Schema = {"type": "string"}
    return {
        "description": "How the receiver is asked; {port} is its port, {{o1.id}} what the shop says of o1",
        "anyOf": [
            {"type": "string", "pattern": "^https?://"},
            _object({"url": {"type": "string", "pattern": "^https?://"}, "headers": {"type": "object"}}, "url"),
            _object(
                {"sql": {"type": "string", "pattern": "^(sqlite:/|postgres(ql)?:)//"}, "query": text}, "sql", "query"
            ),
            _object({"command": text, "output": {"enum": [str(one) for one in Output]}}, "command"),
            _object(
                {"python": {"type": "string", "pattern": "^[\\w.]+:[\\w.]+$"}, "with": {"type": "object"}}, "python"
            ),
        ],
    }


def _object(properties: dict[str, Schema], *required: str) -> Schema:
    described: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return described | ({"required": list(required)} if required else {})
