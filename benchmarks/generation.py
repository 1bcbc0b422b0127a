"""Generation: the shop's events beside what a user of plain Faker would write for the same order."""

import json
from time import perf_counter

from benchmarks.figure import Figure
from benchmarks.machine import one_core
from benchmarks.plain_faker import PlainFaker
from benchmarks.rounds import take
from benchmarks.settling import EVENTS_A_LIFE, LIFE
from emulator.runtime.fixtures import load_fixtures
from emulator.store.memory import MemoryShelves
from emulator.store.shop import Shop

ROUNDS = 5
LIVES = 400
ORDERS = 300


def figures() -> list[Figure]:
    """Payloads a second: of the shop's events, and of orders alone by Faker."""
    shop = Shop(seed=1, fixtures=load_fixtures())
    faker = PlainFaker(seed=1)
    _shop_events(shop, 10)
    _faker_orders(faker, 10)
    with one_core():
        rounds = take(
            ROUNDS,
            {"shop": lambda: _shop_events(shop, LIVES), "faker": lambda: _faker_orders(faker, ORDERS)},
            saturating=frozenset({"shop", "faker"}),
        )
    how = "ours are whole lives with lifecycles, coherent amounts and ids; Faker's are orders out of the blue"
    return [
        Figure(
            name="event generation",
            measured=rounds.median("shop"),
            unit="/s",
            beside="orders by plain Faker",
            ceiling=rounds.median("faker"),
            target=20,
            at_least=True,
            trusted=rounds.clean,
            note="; ".join(filter(None, (how, rounds.caveat))),
        )
    ]


def _shop_events(shop: Shop, lives: int) -> float:
    shelves = MemoryShelves()
    at = 1_767_225_600_000_000
    made = 0
    started = perf_counter()
    for _ in range(lives):
        changes = shop.execute_all(shop.path_to(LIFE, shelves), shelves, at)
        for change in changes:
            shelves.put(change.resources)
            made += len(change.events)
        at += 1_000_000
    seconds = perf_counter() - started
    assert made >= lives * EVENTS_A_LIFE
    return made / seconds


def _faker_orders(faker: PlainFaker, orders: int) -> float:
    started = perf_counter()
    for _ in range(orders):
        json.dumps(faker.order())
    return orders / (perf_counter() - started)
