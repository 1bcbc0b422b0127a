"""Fields: reads a mapping that a person wrote, and refuses what it does not know: where, and the nearest word."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.moment import parse_duration

_Choice = TypeVar("_Choice", bound=StrEnum)
_Kind = TypeVar("_Kind")
_ABSENT: Any = object()
_MOST = 1_000_000_000
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


class Fields:
    """A mapping being read. Each getter takes a key out, which then is one of `asked`; `done` refuses what is left. All
    raise InvalidInput."""

    def __init__(self, value: object, *path: str | int) -> None:
        if not isinstance(value, Mapping):
            raise InvalidInput(f"expected keys and values, found {_kind(value)}", path=path)
        self._left = dict(value)
        self.asked: list[str] = []
        self.path = path

    def __contains__(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, default: Any = _ABSENT) -> Any:
        """The raw value. A key that may be left out and has nothing behind it is refused: it would mean the same."""
        self.asked.append(key)
        if key in self._left:
            value = self._left.pop(key)
            if value is None and default is None:
                raise self.wrong(key, "nothing stands here; write a value, or leave the key out")
            return value
        if default is _ABSENT:
            for close in get_close_matches(key, map(str, self._left), n=1, cutoff=0.75):
                raise InvalidInput(f"'{key}' is missing; did you mean it by '{close}'?", path=(*self.path, close))
            raise InvalidInput(f"'{key}' is missing", path=self.path)
        return default

    def text(self, key: str, default: Any = _ABSENT) -> Any:
        value = self.take(key, default)
        if value is not default and not isinstance(value, str):
            raise self.wrong(key, f"expected a text, found {_kind(value)}")
        return value

    def text_or_null(self, key: str) -> Any:
        """A text, or None where it is left out or null, as in files that are written by us."""
        return self.text(key, None) if self._left.get(key, key) is not None else self.take(key)

    def boolean(self, key: str, default: Any = _ABSENT) -> Any:
        value = self.take(key, default)
        if value is not default and not isinstance(value, bool):
            raise self.wrong(key, f"expected true or false, found {_kind(value)}")
        return value

    def integer(self, key: str, default: Any = _ABSENT, *, minimum: int = 0, maximum: int = _MOST) -> Any:
        value = self.take(key, default)
        if value is default:
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, f"expected a whole number, found {_kind(value)}")
        if not minimum <= value <= maximum:
            upto = " or more" if maximum == _MOST and value < minimum else f" to {maximum}"
            raise self.wrong(key, f"expected {minimum}{upto}, found {value}")
        return value

    def number(self, key: str, default: Any = _ABSENT, *, minimum: float, maximum: float | None = None) -> Any:
        value = self.take(key, default)
        if value is default:
            return value
        if isinstance(value, str) and _EXPONENT.fullmatch(value):  # a number to everybody but YAML 1.1
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong(key, f"expected a number, found {_kind(value)}")
        if not value >= minimum or (maximum is not None and not value <= maximum):
            upto = f" to {maximum:g}" if maximum is not None else " or more"
            raise self.wrong(key, f"expected {minimum:g}{upto}, found {value}")
        if not is_finite(value):
            raise self.wrong(key, "expected a finite number")
        return float(value)

    def duration(self, key: str, default: Any = _ABSENT) -> Any:
        """Microseconds."""
        value = self.take(key, default)
        if value is default:
            return value
        try:
            return parse_duration(value)
        except InvalidInput as error:
            raise self.wrong(key, str(error)) from None

    def choice(self, key: str, kind: type[_Choice], default: Any = _ABSENT) -> Any:
        value = self.take(key, default)
        if value is default:
            return value
        try:
            return kind(value)
        except ValueError:
            raise self.wrong(key, f"unknown {key} '{value}'{nearest(str(value), kind)}") from None

    def listed(self, key: str, kind: type[_Kind], default: Any = _ABSENT) -> list[_Kind]:
        """A list of nothing but these."""
        value = self.take(key, default)
        if not isinstance(value, list):
            raise self.wrong(key, f"expected a list, found {_kind(value)}")
        for place, one in enumerate(value):
            if not isinstance(one, kind) or isinstance(one, bool):
                raise InvalidInput(f"this does not belong here: {_kind(one)}", path=(*self.path, key, place))
        return value

    def under(self, key: str, default: Any = _ABSENT) -> "Fields":
        """The mapping at `key`."""
        return Fields(self.take(key, default), *self.path, key)

    def wrong(self, key: str, message: str) -> InvalidInput:
        return InvalidInput(message, path=(*self.path, key))

    def done(self) -> None:
        """Refuses the keys nobody asked for."""
        self.only(self.asked)

    def only(self, known: Sequence[str]) -> None:
        """Refuses the keys that are none of these: before one of these is said to be missing."""
        for key in self._left:
            if key not in known:
                raise InvalidInput(f"unknown key '{key}'{nearest(str(key), known)}", path=(*self.path, str(key)))


def is_finite(value: float) -> bool:
    """Whether it is a number that can be reckoned with: neither infinite, nor not a number, nor too large for that."""
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text '{' '.join(value[:40].splitlines())}'"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case Mapping():
            return "keys and values"
        case _:
            return type(value).__name__
