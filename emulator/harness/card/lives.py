"""Lives: steps that raise every event that a receiver observes, each in the course of its resource's whole life."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from emulator.core.fixture import Fixtures
from emulator.domain.catalog import CATALOG, is_observable
from emulator.domain.errors import UserError
from emulator.store.memory import MemoryShelves
from emulator.store.shop import Shop

WrittenStep = Mapping[str, Any]

_CUSTOM = ("created", "updated", "deleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The steps that raise these event types, all of one type of resource."""

    type: str
    keys: tuple[str, ...]
    steps: tuple[WrittenStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """`unraised` are event types that no step of a scenario can raise: those of integrations themselves."""

    lives: tuple[Life, ...]
    unraised: tuple[str, ...]

    @classmethod
    def of(cls, keys: Sequence[str], fixtures: Fixtures, *, seed: int, taken: Collection[str] = ()) -> "Lives":
        """A life for each type of resource that these event types are of; `taken` are names that are given already."""
        types: dict[str, list[str]] = {}
        for key in keys:
            types.setdefault(key.rpartition(".")[0], []).append(key)
        lives = [_Living(type, fixtures, seed, taken).through(own) for type, own in types.items()]
        raised = {key for life in lives for key in life.keys}
        return cls(
            lives=tuple(life for life in lives if life.keys),
            unraised=tuple(key for key in keys if key not in raised),
        )


def observed_keys(observes: Sequence[str]) -> list[str]:
    """The event types that match any of these keys and globs; of a Custom API's glob, all that there are."""
    found = dict.fromkeys(key for key in CATALOG if any(fnmatchcase(key, glob) for glob in observes))
    for glob in observes:
        type = glob.rpartition(".")[0]
        for key in (glob, *(f"{type}.{verb}" for verb in _CUSTOM)):
            if is_observable(key) and fnmatchcase(key, glob):
                found[key] = None
    return list(found)


class _Living:
    """One shop in which resources of one type live; what is asked of them happens to the newest that allows it, else
    to a new one."""

    def __init__(self, type: str, fixtures: Fixtures, seed: int, taken: Collection[str]) -> None:
        self._type = type
        self._taken = taken
        self._shop = Shop(seed=seed, fixtures=fixtures)
        self._shelves = MemoryShelves()
        self._now = 1
        self._names: list[str] = []
        self._raised: set[str] = set()
        self._steps: list[WrittenStep] = []

    def through(self, keys: Sequence[str]) -> Life:
        """From the beginning to the end of a life; what cannot be raised is left out."""
        for key in sorted(keys, key=_turn):
            if key not in self._raised:
                self._raise(key)
        raised = tuple(key for key in keys if key in self._raised)
        return Life(type=self._type, keys=raised, steps=tuple(self._steps))

    def _raise(self, key: str) -> None:
        """By the first way that the shop allows, if there is one."""
        for of, alias in self._ways():
            try:
                commands = self._shop.path_to(key, self._shelves, of=of, alias=alias)
                changes = self._shop.execute_all(commands, self._shelves, self._now)
            except UserError:
                continue
            events = [event for change in changes for event in change.events]
            for change in changes:
                self._shelves.put(change.resources)
            self._now = events[-1].at + 1
            self._raised |= {event.key for event in events}
            self._names += [] if alias is None else [alias]
            self._steps.append({"trigger": key, **({"of": of} if of else {}), **({"as": alias} if alias else {})})
            return

    def _ways(self) -> Iterator[tuple[str | None, str | None]]:
        """What it may go on from, and what something new may be called."""
        for name in reversed(self._names):
            yield name, None
        numbered = (f"{self._type}-{number}" for number in count(1))
        yield None, next(name for name in numbered if name not in (*self._names, *self._taken))
        yield None, None


def _turn(key: str) -> int:
    """Births first, deaths last."""
    verb = key.rpartition(".")[2]
    return {"created": 0, "deleted": 2}.get(verb, 1)
