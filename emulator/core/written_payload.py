"""A payload that a person has written: one JSON object, of which every value can be sent."""

import json
import math
from typing import Any

from emulator.domain.errors import InvalidInput


class WrongPayload(InvalidInput):
    """What was written is no payload; `line` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def payload_of(text: str) -> dict[str, Any]:
    """The payload that was written. Raises WrongPayload."""
    try:
        found = sendable(text)
    except json.JSONDecodeError as error:
        raise WrongPayload(f"line {error.lineno}, column {error.colno}: {error.msg.lower()}", error.lineno) from None
    except ValueError as error:
        raise WrongPayload(str(error)) from None
    if not isinstance(found, dict):
        raise WrongPayload("a payload is an object, in braces")
    return found


def sendable(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for one that is none, or that could not be sent on: Python's own
    reader takes NaN, numbers beyond all bounds and halves of characters."""
    try:
        found = json.loads(text, parse_constant=_no_number, parse_float=_number)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _number(word: str) -> float:
    number = float(word)
    if math.isinf(number):
        raise ValueError(f"{word[:40]} is too large for a number")
    return number
