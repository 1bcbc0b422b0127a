"""At hand: what was last made of payloads, for an event that goes to several integrations, or comes again."""

from collections.abc import Callable
from functools import lru_cache, wraps

_KEPT = 32
_LONGEST = 1 << 16
"""Characters of a payload. What is longer is rare, and would take up room for its own sake."""


def kept_at_hand(make: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """Keeps what `make` answered for the latest payloads. It has to answer the same every time."""
    kept = lru_cache(_KEPT)(make)

    @wraps(make)
    def made(payload: str) -> bytes:
        return kept(payload) if len(payload) <= _LONGEST else make(payload)

    return made
