"""Request text: the body of a request, as a delivery's document has it, as the text that is sent."""

import json
from typing import Any

import orjson


def body_text(body: Any) -> str:
    """JSON on one line, as our sender writes it; a text, which was no JSON, as it is."""
    if isinstance(body, str):
        return body
    try:
        return orjson.dumps(body).decode()
    except TypeError:  # half a character, or a number beyond 64 bits
        return json.dumps(body, separators=(",", ":"))
