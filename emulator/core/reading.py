"""Reading: what a probe said in the end, and whether that is what was expected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.expectation import Asked, Holds, OnReceiver
from emulator.core.json_path import json_path
from emulator.core.verdict import Opinion, Verdict

_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state that a probe read twice, or `doubt`: why it cannot be relied on. `name` is what was read.

    `failure` says what the receiver itself did, so that there is nothing to read. `expected` is the expectation for
    which it was read, with everything filled in that its scenario left open.
    """

    name: str
    expected: OnReceiver | None = None
    value: Any = None
    note: str = ""
    doubt: str | None = None
    failure: str | None = None


def seen_by(asked: Asked, value: Any) -> tuple[Any, bool]:
    """What is asked for, in what the probe said; and whether it is there."""
    path = json_path(asked.path)
    if asked.counts:
        return path.count(value), True
    return path.select(value)


def hold(expected: Holds, reading: Reading) -> Opinion:
    """Whether the receiver says so."""
    if reading.failure is not None:
        return Opinion(verdict=Verdict.FAIL, sentence=reading.failure)
    if reading.doubt is not None:
        return Opinion(verdict=Verdict.INCONCLUSIVE, sentence=reading.doubt)
    asked = expected.asked
    value, there = seen_by(asked, reading.value)
    wanted = expected.value
    what = f"{'the number of ' if asked.counts else ''}{asked.path} of {reading.name}"
    shown = shorten(value) if there else "not there"
    note = f" ({reading.note})" if reading.note else ""
    if expected.at_least:
        right = there and _is_number(value) and value >= wanted
        said = f"{what} is {shown}{note}, expected at least {shorten(wanted)}"
    elif expected.never:
        right = not (there and same(value, wanted))
        said = f"{what} is {shown}{note}" + ("" if right else ", which it was never to be")
    else:
        right = there and same(value, wanted)
        said = f"{what} is {shown}{note}, expected {shorten(wanted)}"
    if right:
        return Opinion(verdict=Verdict.PASS, sentence=f"{what} is {shown}{note}")
    return Opinion(verdict=Verdict.FAIL, sentence=said, seen=(f"{reading.name} says {shorten(reading.value)}",))


def same(one: Any, other: Any) -> bool:
    """Equal as JSON has it: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def shorten(value: Any) -> str:
    """On one line, and not too long a one."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
