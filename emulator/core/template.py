"""Template: a document with placeholders, compiled once and rendered often."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")

_Values = Mapping[str, Any]
_Render = Callable[[_Values], Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled document; `names` are the placeholders in it.

    A text that is one placeholder and nothing else takes the value as it is, whatever its type; within a
    longer text the value is written out. Parts without placeholders are shared between renderings, so nobody
    may change a rendered document in place.
    """

    names: frozenset[str]
    _render: _Render

    @classmethod
    def compile(cls, document: Any) -> "Template":
        names: set[str] = set()
        render = _compile(document, names)
        return cls(frozenset(names), render if callable(render) else lambda _: document)

    def render(self, values: _Values) -> Any:
        """The document with every placeholder filled. Raises KeyError for a name that `values` lacks."""
        return self._render(values)


def _compile(node: Any, names: set[str]) -> _Render | None:
    """What renders this node, or None when it is the same every time."""
    if isinstance(node, str):
        return _compile_text(node, names)
    if isinstance(node, Mapping):
        parts = {key: _compile(value, names) for key, value in node.items()}
        return _dynamic_mapping(dict(node), [(key, part) for key, part in parts.items() if part])
    if isinstance(node, list | tuple):
        entries = [_compile(value, names) for value in node]
        return _dynamic_list(list(node), [(index, part) for index, part in enumerate(entries) if part])
    return None


def _compile_text(text: str, names: set[str]) -> _Render | None:
    pieces = PLACEHOLDER.split(text)
    if len(pieces) == 1:
        return None
    names.update(pieces[1::2])
    if len(pieces) == 3 and not pieces[0] and not pieces[2]:
        name = pieces[1]
        return lambda values: values[name]
    fixed = [(piece, index % 2 == 1) for index, piece in enumerate(pieces) if piece]
    return lambda values: "".join([str(values[piece]) if is_name else piece for piece, is_name in fixed])


def _dynamic_mapping(fixed: dict[str, Any], parts: list[tuple[str, _Render]]) -> _Render | None:
    if not parts:
        return None

    def render(values: _Values) -> dict[str, Any]:
        document = fixed.copy()
        for key, part in parts:
            document[key] = part(values)
        return document

    return render


def _dynamic_list(fixed: list[Any], parts: list[tuple[int, _Render]]) -> _Render | None:
    if not parts:
        return None

    def render(values: _Values) -> list[Any]:
        document = fixed.copy()
        for index, part in parts:
            document[index] = part(values)
        return document

    return render
