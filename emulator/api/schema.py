"""Schemas: the part of JSON Schema that our request bodies use, checked here and published in the OpenAPI documents."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.api.refusal import ErrorEntry, hint, invalid, quoted
from emulator.domain.errors import render_path

_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}

Schema = Mapping[str, Any]
_Place = tuple[str | int, ...]


def text(description: str, **more: Any) -> dict[str, Any]:
    """A schema of a string that is not empty."""
    return {"type": "string", "minLength": 1, "description": description, **more}


def integer(description: str, **more: Any) -> dict[str, Any]:
    """A schema of a whole number."""
    return {"type": "integer", "description": description, **more}


def number(description: str, **more: Any) -> dict[str, Any]:
    """A schema of a number."""
    return {"type": "number", "description": description, **more}


def boolean(description: str, **more: Any) -> dict[str, Any]:
    """A schema of true or false."""
    return {"type": "boolean", "description": description, **more}


def array(items: Schema, description: str, **more: Any) -> dict[str, Any]:
    """A schema of a list of `items`."""
    return {"type": "array", "items": dict(items), "description": description, **more}


def shape(
    properties: Mapping[str, Schema], *, required: tuple[str, ...] = (), closed: bool = True, **more: Any
) -> dict[str, Any]:
    """A schema of an object; a closed one refuses keys that it does not name."""
    schema: dict[str, Any] = {"type": "object", "properties": {key: dict(part) for key, part in properties.items()}}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return {**schema, **more}


def faults_of(schema: Schema, value: Any, place: _Place = ()) -> Iterator[ErrorEntry]:
    """One entry per place where `value` is not what `schema` says; none when it fits."""
    allowed = _types(schema)
    if allowed and not any(_is(kind, value) for kind in allowed):
        wanted = " or ".join(_TYPE_NAMES[kind] for kind in allowed)
        yield _at(place, f"must be {wanted}, not {_shown(value)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        names = [str(name) for name in schema["enum"]]
        yield _at(place, f"has no value {_shown(value)}{hint(str(value), names)}")
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield _at(place, "must not be empty")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(schema, value, place)
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield _at(place, "must have at least one entry")
        for index, item in enumerate(value):
            yield from faults_of(schema.get("items", {}), item, (*place, index))
    elif isinstance(value, dict):
        yield from _object(schema, value, place)


def _object(schema: Schema, value: Mapping[str, Any], place: _Place) -> Iterator[ErrorEntry]:
    known: Mapping[str, Schema] = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            yield _at((*place, key), "is required")
    for key, item in value.items():
        if key in known:
            yield from faults_of(known[key], item, (*place, key))
        elif schema.get("additionalProperties") is False:
            yield _at((*place, key), f"is not known here{hint(key, known)}")


def _bounds(schema: Schema, value: float, place: _Place) -> Iterator[ErrorEntry]:
    if "minimum" in schema and value < schema["minimum"]:
        yield _at(place, f"must be at least {schema['minimum']}, not {value}")
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield _at(place, f"must be more than {schema['exclusiveMinimum']}, not {value}")
    if "maximum" in schema and value > schema["maximum"]:
        yield _at(place, f"must be at most {schema['maximum']}, not {value}")


def _types(schema: Schema) -> list[str]:
    kind = schema.get("type")
    return [] if kind is None else [kind] if isinstance(kind, str) else list(kind)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    # As in JSON Schema, 3.0 is a whole number too.
    "integer": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _is(kind: str, value: Any) -> bool:
    return _CHECKS[kind](value)


def _at(place: _Place, complaint: str) -> ErrorEntry:
    source = render_path(place)
    return invalid(source, f"{source or 'The body'} {complaint}")


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return str(value)
    return _TYPE_NAMES["array" if isinstance(value, list) else "object"]
