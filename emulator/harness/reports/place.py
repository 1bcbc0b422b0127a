"""Place: where an expectation is written, taken apart."""

import re
from pathlib import Path
from typing import NamedTuple

from emulator.core.verdict import Finding

_PLACE = re.compile(r"(?P<file>.*?):(?P<line>\d+):(?P<column>\d+)(?::|$)")


class Place(NamedTuple):
    """`file` is None for a scenario that is no file of the user's."""

    file: str | None
    line: int
    column: int


def place_of(finding: Finding) -> Place | None:
    """None for an expectation that was not written in a text."""
    found = _PLACE.match(finding.place)
    if found is None:
        return None
    file = found["file"]
    return Place(file if Path(file).is_file() else None, int(found["line"]), int(found["column"]))
