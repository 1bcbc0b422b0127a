"""Samples: one of everything that happens in a shop."""

from collections.abc import Iterable, Iterator

from emulator.core.fixture import Fixtures
from emulator.domain.event import Event
from emulator.domain.moment import SECOND, parse_instant
from emulator.store.kinds import KINDS
from emulator.store.memory import MemoryShelves
from emulator.store.paths import along
from emulator.store.shop import Shop

_START = parse_instant("2026-01-01T00:00:00Z")


def samples(fixtures: Fixtures, *, seeds: Iterable[int] = range(1, 4), types: Iterable[str] = ()) -> Iterator[Event]:
    """What is raised when every command of every lifecycle is given once, each after what must come before it.

    `types` are those of the lifecycles, all without. Each seed is a shop of its own.
    """
    chosen = frozenset(types) or KINDS.types
    for seed in seeds:
        shop, shelves, at = Shop(seed=seed, fixtures=fixtures), MemoryShelves(), _START
        for group in KINDS:
            if group.type not in chosen:
                continue
            for route in group.lifecycle.routes(None):
                changes = shop.execute_all(along(group, route), shelves, at)
                for change in changes:
                    shelves.put(change.resources)
                    yield from change.events
                at += SECOND * (1 + sum(len(change.events) for change in changes))
