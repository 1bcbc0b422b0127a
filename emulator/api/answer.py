"""Answers: JSON responses, and the one place where a refusal becomes one."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from emulator.api.refusal import Refusal


def to_json(value: Any) -> bytes:
    """The value as JSON on one line.

    A receiver's answer can hold half a character and a custom attribute a number beyond 64 bits; orjson refuses both.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


class JsonAnswer(Response):
    """A response whose body is the given value as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return to_json(content)


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> JsonAnswer:
    """A JSON answer."""
    return JsonAnswer(content, status, headers=dict(headers or {}))


def refused(refusal: Refusal, path: str) -> JsonAnswer:
    """A refusal in the shape that the provider's clients expect on this path."""
    entries = [entry.document(path) for entry in refusal.entries]
    return answer({"errors": entries}, refusal.entries[0].status, refusal.headers)
