"""Standing: how a receiver stands in one aspect, with one type of event."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """What cannot be proven is not known, which is no praise and no blame."""

    TOLERATES = "tolerates"
    FAILS = "does not"
    UNKNOWN = "not known"
    NOT_APPLICABLE = "not applicable"

    @property
    def sign(self) -> str:
        return _SIGNS[self]


_SIGNS = {Standing.TOLERATES: "✓", Standing.FAILS: "✗", Standing.UNKNOWN: "?", Standing.NOT_APPLICABLE: "–"}
_WORST_FIRST = (Standing.FAILS, Standing.UNKNOWN, Standing.TOLERATES, Standing.NOT_APPLICABLE)


class Opinion(NamedTuple):
    """A standing, and why in a sentence; `seen` is what else there is to show."""

    standing: Standing
    sentence: str
    seen: tuple[str, ...] = ()


def worst(opinions: Iterable[Opinion]) -> Opinion:
    """The first of the worst. Raises ValueError where there is none."""
    return min(opinions, key=lambda one: _WORST_FIRST.index(one.standing))
