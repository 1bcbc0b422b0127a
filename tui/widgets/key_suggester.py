"""KeySuggester: the likeliest end of the event key that is being typed, the last of a list."""

import re

from textual.suggester import Suggester

from emulator.domain.catalog import CATALOG

_PARTED = re.compile(r"[\s,]")


class KeySuggester(Suggester):
    """Knows the keys of the catalog."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        last = _PARTED.split(value)[-1]
        found = next((key for key in CATALOG if key.startswith(last)), None) if last else None
        return None if found is None else value[: len(value) - len(last)] + found
