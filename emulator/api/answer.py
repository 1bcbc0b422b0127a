"""Answers: JSON responses, and the one place where a refusal becomes one."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from emulator.api.refusal import Refusal


class JsonAnswer(Response):
    """A response whose body is the given value as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        try:
            return orjson.dumps(content)
        except TypeError:
            # A receiver's answer can hold half a character, a custom attribute a number beyond 64 bits.
            return json.dumps(content).encode()


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> JsonAnswer:
    """A JSON answer."""
    return JsonAnswer(content, status, headers=dict(headers or {}))


def refused(refusal: Refusal, path: str) -> JsonAnswer:
    """A refusal in the shape that the provider's clients expect on this path."""
    entries = [entry.document(path) for entry in refusal.entries]
    return answer({"errors": entries}, refusal.entries[0].status, refusal.headers)
