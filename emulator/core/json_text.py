"""JSON text: its parts as they are written, and a text in which some values are others while all else stays."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*")
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rf"{_STRING}|[\[\]{{}},:]|[^\s\[\]{{}},:\"]+", re.DOTALL)
_SPACED = re.compile(rf"({_STRING})|[ \t\r\n]+", re.DOTALL)
_DECODER = json.JSONDecoder()

MAX_DEPTH = 100
"""How deep JSON may nest; deeper texts could be read but not always written again."""

Replace = Callable[[Sequence[str], str | int | float], str | int | float]
"""Told the keys that lead to a value, outermost first, and a text or number; answers with what is to stand there."""


def members(text: str) -> list[tuple[str, str]]:
    """The members of a JSON object in their order: each key, and its value as it is written."""
    return [(key, text[begin:end]) for key, begin, end in _members(text)]


def elements(text: str) -> list[str]:
    """The elements of a JSON list in their order, each as it is written."""
    found = []
    position = _past_blanks(text, text.index("[") + 1)
    while text[position] != "]":
        _, end = _DECODER.raw_decode(text, position)
        found.append(text[position:end])
        position = _past_blanks(text, end)
        if text[position] == ",":
            position = _past_blanks(text, position + 1)
    return found


def with_members(text: str, changed: Mapping[str, str]) -> str:
    """A JSON object with the values of these members replaced, where it has them; all else stays as written."""
    parts: list[str] = []
    kept = 0
    for key, begin, end in _members(text):
        if key in changed:
            parts += (text[kept:begin], changed[key])
            kept = end
    return "".join((*parts, text[kept:]))


def on_one_line(text: str) -> str:
    """The same JSON without line breaks: as it is where it has none, else without any blanks around its parts."""
    if "\n" not in text and "\r" not in text:
        return text
    return _SPACED.sub(lambda found: found.group(1) or "", text)


def rewritten(text: str, replace: Replace) -> str:
    """The JSON text with every text and number as `replace` would have it; what it leaves is left as it is written."""
    parts: list[str] = []
    kept = 0
    keys: list[str] = []
    objects: list[bool] = []
    awaits_key = False
    for found in _TOKEN.finditer(text):
        token = found.group()
        first = token[0]
        if first in "{[":
            awaits_key = first == "{"
            objects.append(awaits_key)
            if awaits_key:
                keys.append("")
        elif first in "}]":
            if objects.pop():
                keys.pop()
            awaits_key = False
        elif first == ",":
            awaits_key = objects[-1]
        elif first == '"' and awaits_key:
            keys[-1] = _text(token)
            awaits_key = False
        elif first not in ":tfn":
            value: Any = _text(token) if first == '"' else json.loads(token)
            other = replace(keys, value)
            if other is not value:
                parts += (text[kept : found.start()], json.dumps(other, ensure_ascii=False))
                kept = found.end()
    return "".join((*parts, text[kept:])) if parts else text


def deeper_than(value: Any, levels: int) -> bool:
    """Whether this JSON value nests deeper than so many levels."""
    layer = [value]
    for _ in range(levels):
        inner: list[Any] = []
        for item in layer:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        if not inner:
            return False
        layer = inner
    return any(isinstance(item, dict | list) for item in layer)


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Each key, and where its value begins and ends."""
    position = _past_blanks(text, text.index("{") + 1)
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        begin = _past_blanks(text, _past_blanks(text, position) + 1)
        _, end = _DECODER.raw_decode(text, begin)
        yield key, begin, end
        position = _past_blanks(text, end)
        if text[position] == ",":
            position = _past_blanks(text, position + 1)


def _text(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    decoded: str = json.loads(token)
    return decoded


def _past_blanks(text: str, position: int) -> int:
    found = _BLANK.match(text, position)
    assert found is not None, "nothing but blanks may be nothing at all"
    return found.end()
