"""Pace: how often the dashboard looks at what is new."""

from typing import NamedTuple


class Pace(NamedTuple):
    """Wall seconds. What arrives in floods is drawn once a `tick`; the server's clock and counts are asked for once a
    `look`."""

    tick: float = 0.1
    look: float = 1.0
