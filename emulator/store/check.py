"""Checks of what a caller writes into a field: each says what is wrong, as the end of a sentence, or nothing."""

from collections.abc import Callable, Iterable
from typing import Any

from emulator.domain.errors import nearest

Check = Callable[[Any], str | None]


def text(value: Any) -> str | None:
    """Any text."""
    return None if isinstance(value, str) else "is a text"


def filled(value: Any) -> str | None:
    """A text with something in it."""
    return text(value) if value != "" else "is not empty"


def flag(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else "is true or false"


def whole(value: Any) -> str | None:
    """A whole number, not negative."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if whole else "is a whole number, not negative"


def number(value: Any) -> str | None:
    """Any number."""
    return None if isinstance(value, int | float) and not isinstance(value, bool) else "is a number"


def texts(value: Any) -> str | None:
    """A list of texts."""
    listed = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return None if listed else "is a list of texts"


def mapping(value: Any) -> str | None:
    """An object."""
    return None if isinstance(value, dict) else "is an object"


def listing(value: Any) -> str | None:
    """A list."""
    return None if isinstance(value, list) else "is a list"


def one_of(words: Iterable[str]) -> Check:
    """One of these words."""
    known = tuple(words)

    def check(value: Any) -> str | None:
        if isinstance(value, str) and value in known:
            return None
        return f"is one of {', '.join(known)}{nearest(str(value), known)}"

    return check
