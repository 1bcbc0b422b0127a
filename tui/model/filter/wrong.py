"""WrongFilter: what is wrong with a filter, and where in its text."""

from emulator.domain.errors import UserError
from tui.model.harmless import harmless

_SHOWN = 40


class WrongFilter(UserError):
    """A filter that cannot be read. `position` counts characters from 0, `length` is how many are meant."""

    def __init__(self, what: str, position: int, length: int, hint: str = "") -> None:
        super().__init__(f"{what} (column {position + 1}){hint}")
        self.position = position
        self.length = length


def shown(word: str) -> str:
    """A user's word within a sentence, which it must not make long, nor act in."""
    return harmless(word if len(word) <= _SHOWN else word[: _SHOWN - 1] + "…")
