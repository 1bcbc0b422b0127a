"""Pressed: which test presses which key, and chooses what from the palette."""

from collections.abc import Mapping
from typing import NamedTuple


class Pressed(NamedTuple):
    """The name of what a key does, and the key; or `palette`, and whose offer was chosen."""

    name: str
    key: str


PRESSED: Mapping[str, frozenset[Pressed]] = {}
