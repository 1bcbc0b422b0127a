"""Inference: the JSON Schema that a number of JSON documents have in common."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_MOST_WORDS = 12
_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,}")  # a currency's or a promotion's: what is found under it is alike
_FORMATS: Mapping[str, re.Pattern[str]] = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+"),
    "uri": re.compile(r"https?://\S+"),
}


class Observed:
    """Everything that was seen at one place of the documents.

    A field is required where all objects had it, and there may always be more fields than those; where the keys of all
    objects are codes (`USD`, `WELCOME10`), they are maps, and what is found under any code is alike. `words` are sets
    of words of which a text is one; what a text named `type` may be is always listed.
    """

    def __init__(self, words: Iterable[frozenset[str]] = ()) -> None:
        self._words = tuple(words)
        self._types: set[str] = set()
        self._objects = 0
        self._fields: dict[str, Observed] = {}
        self._counts: dict[str, int] = {}
        self._items: Observed | None = None
        self._entries: Observed | None = None
        self._texts: set[str] = set()
        self._formats: set[str] | None = None

    def see(self, value: Any) -> None:
        """One more document, or part of one."""
        if isinstance(value, Mapping):
            self._types.add("object")
            self._objects += 1
            for name, inner in value.items():
                self._counts[name] = self._counts.get(name, 0) + 1
                self._fields.setdefault(name, Observed(self._words)).see(inner)
                if _CODE.fullmatch(str(name)):
                    self._entries = self._entries or Observed(self._words)
                    self._entries.see(inner)
        elif isinstance(value, list):
            self._types.add("array")
            for inner in value:
                if self._items is None:
                    self._items = Observed(self._words)
                self._items.see(inner)
        elif isinstance(value, str):
            self._types.add("string")
            self._see_text(value)
        else:
            self._types.add(_type_of(value))

    def schema(self, name: str = "") -> dict[str, Any]:
        """What all of it has in common; `name` is that of the field."""
        types = self._types - {"integer"} if "number" in self._types else self._types
        schema: dict[str, Any] = {}
        if types:
            schema["type"] = min(types) if len(types) == 1 else sorted(types)
        if self._fields and self._entries is not None and all(_CODE.fullmatch(str(field)) for field in self._fields):
            schema["additionalProperties"] = self._entries.schema()
        elif self._fields:
            schema["properties"] = {field: self._fields[field].schema(field) for field in self._fields}
            required = [field for field, count in self._counts.items() if count == self._objects]
            if required:
                schema["required"] = required
        if "array" in types and self._items is not None:
            schema["items"] = self._items.schema()
        if "string" in types:
            schema |= self._of_texts(name, alone=len(types) == 1)
        return schema

    def _see_text(self, text: str) -> None:
        if len(self._texts) <= _MOST_WORDS:
            self._texts.add(text)
        fitting = {name for name, pattern in _FORMATS.items() if pattern.fullmatch(text)}
        self._formats = fitting if self._formats is None else self._formats & fitting

    def _of_texts(self, name: str, *, alone: bool) -> dict[str, Any]:
        if self._formats:
            return {"format": min(self._formats)}
        if not alone:
            return {}
        if name == "type" and len(self._texts) <= _MOST_WORDS:
            return {"enum": sorted(self._texts)}
        among = next((words for words in self._words if self._texts <= words), None)
        return {} if among is None else {"enum": sorted(among)}


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "number"
