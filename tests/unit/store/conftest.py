"""A shop with shelves of its own, to do things to."""

from collections.abc import Sequence
from typing import Any

import pytest

from emulator.core.fixture import Fixtures
from emulator.domain.event import Event
from emulator.domain.moment import SECOND, parse_instant
from emulator.domain.resource import Change, Command, Resource
from emulator.runtime.fixtures import load_fixtures
from emulator.store.memory import MemoryShelves
from emulator.store.shop import Shop

START = parse_instant("2026-01-01T00:00:00Z")


class World:
    """A shop, what stands on its shelves, and what has happened in it; a second passes between two commands."""

    def __init__(self, fixtures: Fixtures, seed: int = 42) -> None:
        self.shop = Shop(seed=seed, fixtures=fixtures)
        self.shelves = MemoryShelves()
        self.events: list[Event] = []
        self.now = START

    def do(self, type: str, verb: str, target: str | None = None, **attributes: Any) -> Change:
        return self.run([Command(type=type, verb=verb, target=target, attributes=attributes)])[-1]

    def trigger(self, key: str, **options: Any) -> list[Event]:
        changes = self.run(self.shop.path_to(key, self.shelves, **options))
        return [event for change in changes for event in change.events]

    def run(self, commands: Sequence[Command]) -> list[Change]:
        changes = self.shop.execute_all(commands, self.shelves, self.now)
        for change in changes:
            self.shelves.put(change.resources)
            self.events += change.events
        self.now = max(self.now + SECOND, self.events[-1].at + 1 if self.events else 0)
        return changes

    def order(self, *verbs: str) -> Resource:
        """An order after these commands."""
        self.trigger("order.created")
        order = self.last("order")
        for verb in verbs:
            order = self.do("order", verb, order.id).subject
        return order

    def last(self, type: str) -> Resource:
        [newest], _ = self.shelves.page(type, limit=1, newest_first=True)
        return newest


@pytest.fixture(scope="session")
def shipped() -> Fixtures:
    return load_fixtures()


@pytest.fixture
def world(shipped: Fixtures) -> World:
    return World(shipped)


@pytest.fixture(scope="session")
def make_world(shipped: Fixtures) -> type[World]:
    """For tests that need several: `make_world(shipped, seed=7)`."""
    return World
