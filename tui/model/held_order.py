"""HeldOrder: held sends in the order in which the user wants to let them go."""

from collections.abc import Mapping, Sequence
from typing import Any


class HeldOrder:
    """Those that come later stand behind those that were there; where the user has put one, it stays."""

    def __init__(self) -> None:
        self._sends: dict[str, Mapping[str, Any]] = {}
        self.keys: list[str] = []

    def __len__(self) -> int:
        return len(self.keys)

    def tell(self, held: Sequence[Mapping[str, Any]]) -> None:
        """What is held now, as the server lists it."""
        self._sends = {held_key(send): send for send in held}
        known = set(self.keys)
        self.keys = [key for key in self.keys if key in self._sends] + [key for key in self._sends if key not in known]

    def sends(self) -> list[Mapping[str, Any]]:
        """In the order of the screen."""
        return [self._sends[key] for key in self.keys]

    def send(self, key: str) -> Mapping[str, Any] | None:
        return self._sends.get(key)

    def move(self, key: str, by: int) -> bool:
        """One up (-1) or down (1); False at the end of the list."""
        place = self.keys.index(key)
        other = place + by
        if not 0 <= other < len(self.keys):
            return False
        self.keys[place], self.keys[other] = self.keys[other], self.keys[place]
        return True

    def numbers(self) -> list[int]:
        """The deliveries, in this order, each once: releasing one lets all go that is held of it."""
        return list(dict.fromkeys(int(send["number"]) for send in self.sends()))


def held_key(send: Mapping[str, Any]) -> str:
    """What tells one held send from the others."""
    return f"{send['number']}/{send['attempt']}/{send['copy']}"
