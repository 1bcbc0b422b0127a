"""A JSON value's parts as they are shown: pieces of text, each with its kind, which the widget colours."""

from enum import StrEnum
from typing import Any, NamedTuple

from rich.cells import cell_len

from tui.model.cut import cut, shortened
from tui.model.harmless import harmless

_LEAST = 12  # cells for a text, however narrow the place


class Kind(StrEnum):
    KEY = "key"
    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    NULL = "null"
    PUNCTUATION = "punctuation"
    NOTE = "note"  # ours, not the document's: how many there are, how long it is


class Segment(NamedTuple):
    text: str
    kind: Kind


def string(text: str, width: int, kind: Kind = Kind.STRING) -> tuple[Segment, ...]:
    """In quotes, at most so many cells wide with them; of a longer one the beginning, and a note of its length."""
    room = max(_LEAST, width) - 2
    begun = text[: room * 4]
    escaped = harmless(begun.replace("\\", "\\\\").replace('"', '\\"'))
    if len(begun) == len(text) and cell_len(escaped) <= room:
        return (Segment(f'"{escaped}"', kind),)
    return (Segment(f'"{shortened(escaped, room)}"', kind), Segment(f" {len(text):,} characters", Kind.NOTE))


def scalar(value: Any, width: int) -> tuple[Segment, ...]:
    """A text, a number, a truth value or null."""
    match value:
        case str():
            return string(value, width)
        case bool():
            return (Segment("true" if value else "false", Kind.BOOL),)
        case None:
            return (Segment("null", Kind.NULL),)
        case _:
            return (Segment(cut(repr(value), max(_LEAST, width)), Kind.NUMBER),)


def brief(value: Any, width: int) -> tuple[Segment, ...]:
    """Any value on one line: of an object or a list how much is in it."""
    if not isinstance(value, dict | list):
        return scalar(value, width)
    brackets, what = ("{}", "member") if isinstance(value, dict) else ("[]", "item")
    if not value:
        return (Segment(brackets, Kind.PUNCTUATION),)
    note = f" {len(value):,} {what}" + ("s" if len(value) > 1 else "")
    return (Segment(f"{brackets[0]}…{brackets[1]}", Kind.PUNCTUATION), Segment(note, Kind.NOTE))


def plain(value: Any) -> str:
    """What a search looks at: a text as it is, the others as JSON writes them."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case _:
            return repr(value)


def inside(value: Any) -> int:
    """How many members or items it has; 0 for what can have none."""
    return len(value) if isinstance(value, dict | list) else 0
