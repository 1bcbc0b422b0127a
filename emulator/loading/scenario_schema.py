"""Scenario schema: scenario files as JSON Schema, for editors that complete and check them."""

import inspect
from collections.abc import Mapping
from typing import Any

from emulator.core.fault_words import fault_kind, fault_words
from emulator.core.guarded import GuardedKind
from emulator.domain.catalog import CATALOG, RESOURCE_TYPES
from emulator.domain.errors import InvalidInput
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import FASTEST, SLOWEST
from emulator.loading.expectation_schema import expectation_schema
from emulator.loading.profiles import profile_names
from emulator.loading.steps import ACTIONS

_Schema = dict[str, Any]

_ONE = r"\d+(\.\d+)?(us|ms|s|m|h|d)"
_DURATION: _Schema = {"type": "string", "pattern": f"^({_ONE})+$", "description": "250ms, 30s, 10m, 2h"}
_RATE: _Schema = {"type": "string", "pattern": r"^\d+/\S+$", "description": "100/s, 1000/m, 20/10s"}
_TEXT: _Schema = {"type": "string"}
_TEXTS: _Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_COUNT: _Schema = {"type": "integer", "minimum": 1}
_GLOB: _Schema = {"anyOf": [{"enum": list(CATALOG)}, {"type": "string", "pattern": r"[*?\[]|_ext\."}]}


def scenario_schema() -> _Schema:
    """JSON Schema, draft 2020-12. The loader says more, and says it better; this is what an editor can know."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of epcc-emulator",
        **_object(
            {
                "$schema": _TEXT,
                "name": _TEXT,
                "description": {"type": "string", "description": "The lesson, in a sentence"},
                "seed": {"type": "integer", "minimum": 0, "description": "What chance and ids follow"},
                "profile": {
                    "anyOf": [{"enum": profile_names()}, {"type": "string", "pattern": r"\.ya?ml$"}],
                    "description": "A named set of rules, or a file of them",
                },
                "clock": {"anyOf": [{"enum": list(_MODES)}, _CLOCK]},
                "stagger": {**_DURATION, "description": "How far apart steps are that do not say; 1s"},
                "time_limit": {**_DURATION, "description": "Of wall time, for all of it; 5m"},
                "webhook_timeout": {**_DURATION, "description": "How long a receiver may take, of wall time; 30s"},
                "integrations": {"type": "array", "items": {"$ref": "#/$defs/integration"}},
                "receiver": _RECEIVER,
                "chaos": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
                "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
                "expect": {"type": "array", "items": {"$ref": "#/$defs/expectation"}},
            },
            required=("steps",),
        ),
        "$defs": {
            "integration": _INTEGRATION,
            "rule": _rule(),
            "step": {"anyOf": [{"enum": ["settle", "heal", "release"]}, _step()]},
            "weighed": _step(weight={"type": "number", "minimum": 0}),
            "expectation": expectation_schema(glob=_GLOB, duration=_DURATION),
        },
    }


def _object(properties: Mapping[str, _Schema], *, required: tuple[str, ...] = ()) -> _Schema:
    described: _Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return described | ({"required": list(required)} if required else {})


_MODES = ("real", "scaled", "virtual")
_SPEED: _Schema = {"type": "number", "minimum": SLOWEST, "maximum": FASTEST}
_CLOCK = _object({"mode": {"enum": list(_MODES)}, "speed": _SPEED, "start": _TEXT})
_RECEIVER = _object(
    {
        "command": {"type": "string", "description": "How it is started; {port} is a free port"},
        "url": {"type": "string", "description": "Where it receives"},
        "ready": {"type": "string", "description": "An address that takes connections once it is ready"},
        "reset": {"type": "string", "description": "A command that makes it forget, before each run"},
        "idle": {"type": "string", "description": "A command that succeeds when it has nothing left to do"},
    }
)
_INTEGRATION: _Schema = _object(
    {
        "name": _TEXT,
        "type": {"enum": [kind.value for kind in IntegrationType]},
        "observes": {"type": "array", "items": _GLOB, "minItems": 1},
        "enabled": {"type": "boolean"},
        "url": _TEXT,
        "secret_key": _TEXT,
        "aws_access_key_id": _TEXT,
        "aws_secret_access_key": _TEXT,
        "region": _TEXT,
        "addresses": {"type": "array", "items": _TEXT},
        "destination": _TEXT,
        "username": _TEXT,
        "password": _TEXT,
    },
    required=("name",),
) | {
    "dependentRequired": {"addresses": ["destination"]},
    "if": {"required": ["type", "url"], "properties": {"type": {"const": IntegrationType.AWS_SQS.value}}},
    "then": {"required": ["aws_access_key_id", "aws_secret_access_key", "region"]},
}
_MATCH: _Schema = {
    "anyOf": [
        _GLOB,
        _object(
            {
                "event": _GLOB,
                "integration": _TEXT,
                "transport": {"enum": [kind.value for kind in IntegrationType]},
                "resource_type": {"anyOf": [{"enum": list(RESOURCE_TYPES)}, {"type": "string", "pattern": "_ext$"}]},
                "resource": {"type": "string", "description": "An id, a key such as order:1, or an alias"},
                "attempt": _COUNT,
                "nth": _COUNT,
                "when": {"type": "string", "description": "data.payment == 'paid' and attempt == 1"},
            }
        ),
    ]
}


def _rule() -> _Schema:
    """What a fault takes is for the loader to check."""
    common: dict[str, _Schema] = {
        "id": _TEXT,
        "match": _MATCH,
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "times": _COUNT,
        "after": {"anyOf": [_COUNT, _DURATION]},
        "for": _DURATION,
        "until": _TEXT,
    }
    words = fault_words()
    return {
        **_object(common | {word: _fault(word) for word in words}),
        "oneOf": [{"required": [word]} for word in words],
    }


def _fault(word: str) -> _Schema:
    """One that is installed and cannot be used has no description; what is wrong with it is said where it is used."""
    try:
        kind = fault_kind(word)
    except InvalidInput:
        return {}
    assert kind is not None
    described = inspect.getdoc(kind.fault if isinstance(kind, GuardedKind) else kind) or ""
    return {"description": f"{kind.legality.value}: {described.partition(chr(10))[0]}"}


def _step(**further: _Schema) -> _Schema:
    """A step as keys and values, which does one thing; `further` are keys that it may have where it stands."""
    load = {
        "count": _COUNT,
        "rate": _RATE,
        "for": _DURATION,
        "burst": _object({"count": _COUNT, "over": _DURATION}, required=("count",)),
        "ramp": _object({"from": _RATE, "to": _RATE, "over": _DURATION}, required=("from", "to", "over")),
    }
    trigger: dict[str, _Schema] = {
        "trigger": {
            "anyOf": [{"enum": list(CATALOG)}, {"type": "string", "pattern": r"_ext\.(created|updated|deleted)$"}]
        },
        "as": {"type": "string", "description": "A name for what is made"},
        "of": {"type": "string", "description": "What to go on from: a name, a key, last"},
        "only": {"type": "boolean"},
        "override": {"type": "object"},
        "add": {"type": "object"},
        "remove": _TEXTS,
        **load,
    }
    steps: _Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    rules: _Schema = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    changes = _object({"add": rules, "remove": _TEXTS})
    nothing: _Schema = {"enum": [None, True]}
    actions: dict[str, _Schema] = {
        "trigger": trigger["trigger"],
        "traffic": _object(
            {
                "rate": _RATE,
                "mix": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
                "for": _DURATION,
                "count": _COUNT,
            },
            required=("rate",),
        ),
        "sleep": _DURATION,
        "settle": nothing,
        "heal": nothing,
        "release": nothing,
        "pause": _TEXT,
        "resume": _TEXT,
        "repeat": _object({"count": _COUNT, "steps": steps}, required=("count", "steps")),
        "mix": _object(
            {"count": _COUNT, "of": {"type": "array", "items": {"$ref": "#/$defs/weighed"}, "minItems": 1}},
            required=("count", "of"),
        ),
        "phase": _TEXT,
        "chaos": {"anyOf": [rules, changes]},
    }
    assert set(actions) == set(ACTIONS), "every action is described"
    placed = {"at": _DURATION, "after": _DURATION}
    own = {key: ["trigger"] for key in trigger if key != "trigger"} | {"steps": ["phase"]}
    return {
        **_object({**trigger, **actions, **placed, "steps": steps, **further}),
        "oneOf": [{"required": [word]} for word in actions if word != "chaos"]
        + [{"required": ["chaos"], "not": {"required": ["phase"]}}],
        "dependentRequired": own,
        "not": {"required": ["at", "after"]},
        "if": {"required": ["phase"]},
        "then": {"required": ["steps"], "properties": {"chaos": rules}},
        "else": {"properties": {"chaos": changes}},
    }
