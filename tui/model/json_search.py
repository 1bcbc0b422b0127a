"""Searching a JSON value: where keys or values hold a text."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from tui.model.json_tokens import plain

MOST_HITS = 10_000
_CONTAINERS = (dict, list)


Standing = tuple[float, ...]
"""A place, or between places: behind what has a number less, before what has one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Places in the document's order, as indexes from the outside inwards. Not `all_of_them` beyond 10,000."""

    places: tuple[tuple[int, ...], ...]
    all_of_them: bool = True

    def __len__(self) -> int:
        return len(self.places)

    def after(self, place: Standing) -> int | None:
        """The number of the first hit behind this place, or of the first of all."""
        if not self.places:
            return None
        return bisect_right(self.places, place) % len(self.places)

    def before(self, place: Standing) -> int | None:
        """The number of the last hit before this place, or of the last of all."""
        if not self.places:
            return None
        return (bisect_left(self.places, place) - 1) % len(self.places)


def search(value: Any, text: str) -> Hits:
    """Small and large letters are the same; a blank text is nowhere."""
    wanted = text.lower()
    if not wanted.strip():
        return Hits(places=())
    if not isinstance(value, _CONTAINERS):
        return Hits(places=((),) if wanted in plain(value).lower() else ())
    found: list[tuple[int, ...]] = []
    waiting: list[tuple[tuple[int, ...], Iterator[tuple[int, tuple[str, Any]]]]] = [((), _members(value))]
    while waiting:
        place, members = waiting[-1]
        for index, (key, inner) in members:
            held = isinstance(inner, _CONTAINERS)
            if (key and wanted in key.lower()) or (
                wanted in inner.lower() if type(inner) is str else not held and wanted in plain(inner).lower()
            ):
                if len(found) == MOST_HITS:
                    return Hits(places=tuple(found), all_of_them=False)
                found.append((*place, index))
            if held:
                waiting.append(((*place, index), _members(inner)))
                break
        else:
            waiting.pop()
    return Hits(places=tuple(found))


def _members(value: dict[str, Any] | list[Any]) -> Iterator[tuple[int, tuple[str, Any]]]:
    """Each with its index and its key; items of a list have none."""
    return enumerate(value.items() if isinstance(value, dict) else zip(repeat(""), value))
