"""Globs over names, upper and lower case alike, as fast as their shape allows."""

import re
from collections.abc import Callable
from fnmatch import translate

_WILD = frozenset("*?[")


def matcher(glob: str) -> Callable[[str], bool]:
    """Whether a name fits this glob."""
    if not _WILD.intersection(glob):
        wanted = glob.lower()
        return lambda name: name == glob or name.lower() == wanted
    fits = re.compile(translate(glob), re.IGNORECASE).match
    return lambda name: fits(name) is not None
