"""Sizes in a filter: `>1`, `<=3`, `>5s`; each becomes a range."""

import re
from typing import NamedTuple

from emulator.domain.errors import InvalidInput
from emulator.domain.moment import parse_duration
from tui.model.filter.wrong import WrongFilter, shown

_COMPARED = re.compile(r"(>=|<=|>|<|==|=)?(.*)", re.DOTALL)
_WHOLE = re.compile(r"[0-9]{1,18}")
_LAST_PART = re.compile(r"\d+(?:\.(\d+))?(us|ms|s|m|h|d)$")


class Bounds(NamedTuple):
    """From `least` to below `below`; None is no bound."""

    least: int | None
    below: int | None


def counted(key: str, text: str, position: int) -> Bounds:
    """`12`, `=12`, `>1`: whole numbers. Raises WrongFilter."""
    sign, value, place = _split(text, position)
    if not _WHOLE.fullmatch(value):
        what = f"'{shown(value)}' is not a whole number" if value else f"{key} lacks a number"
        raise WrongFilter(what, place, max(1, len(value)), f"; write {key}:>1")
    return _bounds(sign or "=", int(value), 1)


def timed(key: str, text: str, position: int) -> Bounds:
    """`>5s`, `<=200ms` in microseconds; a duration alone is the least, `=` is exact to its last digit.

    Raises WrongFilter.
    """
    sign, value, place = _split(text, position)
    if not value:
        raise WrongFilter(f"{key} lacks a duration", place, 1, f"; write {key}:>5s or {key}:>200ms")
    try:
        micros = parse_duration(value)
    except InvalidInput:
        what = f"'{shown(value)}' is not a duration up to ten years"
        raise WrongFilter(what, place, len(value), "; write 200ms, 5s or 10m") from None
    last = _LAST_PART.search(value)
    assert last is not None, "a duration ends in a number and its unit"
    digit = max(1, parse_duration(f"1{last[2]}") // 10 ** min(6, len(last[1] or "")))
    return _bounds(sign or ">=", micros, digit)


def _split(text: str, position: int) -> tuple[str, str, int]:
    """The sign, what follows it, and where that stands."""
    found = _COMPARED.fullmatch(text)
    assert found is not None, "everything can be left out or is allowed"
    return found[1] or "", found[2], position + found.start(2)


def _bounds(sign: str, value: int, digit: int) -> Bounds:
    match sign:
        case ">":
            return Bounds(value + 1, None)
        case ">=":
            return Bounds(value, None)
        case "<":
            return Bounds(None, value)
        case "<=":
            return Bounds(None, value + 1)
        case _:
            return Bounds(value, value + digit)
