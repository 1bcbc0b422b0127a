"""Convergence: where two states of a receiver differ, path by path."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from emulator.core.reading import same, shorten

MOST = 1_000
"""Differences that are looked for."""
_OUTERMOST = re.compile(r"(\.\w+|\[\d+\]|\['(?:[^'\\]|\\.)*'\])$")
_NAME = re.compile(r"[A-Za-z_]\w*")


class _Absent:
    """Stands for what is not there, which is not the same as null."""

    def __repr__(self) -> str:
        return "not there"


ABSENT = _Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`path` is a JSONPath to it, `baseline` what is there without faults and `tried` under faults; either may be
    ABSENT. With `order` it is a list whose elements are the same, one after the other in another order."""

    path: str
    baseline: Any
    tried: Any
    order: bool = False

    def __str__(self) -> str:
        if self.order:
            return f"{self.path}: the same {len(self.tried)} elements in another order"
        return self.worded("without faults")

    def worded(self, other: str) -> str:
        """In words; `other` says when the baseline was so."""
        return f"{self.path}: {_shown(self.tried)}, {other} {_shown(self.baseline)}"

    def document(self) -> dict[str, Any]:
        """For JSON; what is not there has no member."""
        sides = {"baseline": self.baseline, "value": self.tried}
        return {"path": self.path, **{name: value for name, value in sides.items() if value is not ABSENT}}


def lasting(found: Iterable[Difference], unsteady: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those that do not lie where two runs without faults differ too (`unsteady`). Where something is there in only one
    of these, nothing around it counts."""
    restless = [_around(one) for one in unsteady]
    return tuple(one for one in found if not any(_lies_in(one.path, place) for place in restless))


def differences(baseline: Any, tried: Any, path: str = "$", *, most: int = MOST) -> tuple[Difference, ...]:
    """Those found first, at most so many; none where the two are equal as JSON has it."""
    return tuple(islice(_differences(baseline, tried, path), most))


def _around(one: Difference) -> str:
    return _OUTERMOST.sub("", one.path) or "$" if one.baseline is ABSENT or one.tried is ABSENT else one.path


def _lies_in(path: str, place: str) -> bool:
    return path.startswith(place) and path[len(place) : len(place) + 1] in ("", ".", "[")


def _differences(baseline: Any, tried: Any, path: str) -> Iterator[Difference]:
    if baseline is tried:
        return
    if isinstance(baseline, Mapping) and isinstance(tried, Mapping):
        for key in (*baseline, *(key for key in tried if key not in baseline)):
            yield from _differences(baseline.get(key, ABSENT), tried.get(key, ABSENT), f"{path}{_member(key)}")
    elif isinstance(baseline, list | tuple) and isinstance(tried, list | tuple):
        yield from _of_lists(baseline, tried, path)
    elif not same(baseline, tried):
        yield Difference(path=path, baseline=baseline, tried=tried)


def _of_lists(baseline: Any, tried: Any, path: str) -> Iterator[Difference]:
    """What both begin or end with is passed over, so that one element more is one difference."""
    first, last = 0, 0
    shorter = min(len(baseline), len(tried))
    while first < shorter and same(baseline[first], tried[first]):
        first += 1
    while last < shorter - first and same(baseline[-1 - last], tried[-1 - last]):
        last += 1
    left, right = baseline[first : len(baseline) - last], tried[first : len(tried) - last]
    if len(left) == len(right) > 1 and _reordered(left, right):
        yield Difference(path=path, baseline=list(baseline), tried=list(tried), order=True)
        return
    for place in range(max(len(left), len(right))):
        one = left[place] if place < len(left) else ABSENT
        other = right[place] if place < len(right) else ABSENT
        yield from _differences(one, other, f"{path}[{first + place}]")


def _reordered(left: Any, right: Any) -> bool:
    """Whether each element of one is in the other, as often."""
    return sorted(map(_spelt, left)) == sorted(map(_spelt, right))


def _spelt(value: Any) -> str:
    """The same text for what is the same as JSON has it."""
    match value:
        case bool() | None | str():
            return repr(value)
        case float() if value.is_integer():
            return repr(int(value))
        case Mapping():
            return "{" + ",".join(sorted(f"{key!r}:{_spelt(each)}" for key, each in value.items())) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_spelt, value)) + "]"
        case _:
            return repr(value)


def _member(key: Any) -> str:
    text = str(key)
    if _NAME.fullmatch(text):
        return f".{text}"
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{quoted}']"


def _shown(value: Any) -> str:
    return "not there" if value is ABSENT else shorten(value)
