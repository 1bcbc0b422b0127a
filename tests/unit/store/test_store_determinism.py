"""Same seed, same bytes; and one thing more changes nothing else."""

import os
import subprocess
import sys
from typing import Any

from emulator.core.fixture import Fixtures

_PROGRAM = """
import sys
from hashlib import sha256
from emulator.runtime.fixtures import load_fixtures
from emulator.store.memory import MemoryShelves
from emulator.store.shop import Shop
shop, shelves, digest = Shop(seed=42, fixtures=load_fixtures()), MemoryShelves(), sha256()
at = 1_767_225_600_000_000
for key in sorted(shop.raisable):
    for change in shop.execute_all(shop.path_to(key, shelves), shelves, at):
        shelves.put(change.resources)
        for event in change.events:
            digest.update(repr((event.identity, event.at, event.resource_id, event.payload)).encode())
    at += 1_000_000
print(digest.hexdigest())
"""


def _digest(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    assert len({_digest("0"), _digest("1"), _digest("4242")}) == 1


def test_another_resource_of_another_type_changes_no_id(shipped: Fixtures, make_world: Any) -> None:
    plain, busy = make_world(shipped), make_world(shipped)
    keys = ("customer.created", "order.paid", "product.created", "address.created")
    for key in keys:
        plain.trigger(key)
    for key in reversed(keys):
        busy.trigger(key)
    for key in ("customer:1", "order:1", "cart:1", "transaction:1", "product:1", "address:1"):
        one, other = plain.shelves.by_key(key), busy.shelves.by_key(key)
        assert one.id == other.id
        assert one.document.get("customer") == other.document.get("customer")
    assert [event.identity for event in plain.events if event.resource_type == "order"] == [
        event.identity for event in busy.events if event.resource_type == "order"
    ]


def test_another_seed_gives_another_shop(shipped: Fixtures, make_world: Any) -> None:
    one, other = make_world(shipped, seed=1), make_world(shipped, seed=2)
    assert one.shop.store_id != other.shop.store_id != other.shop.org_id
    assert one.trigger("order.created")[-1].payload != other.trigger("order.created")[-1].payload


def test_nothing_that_was_there_is_changed_in_place(world: Any) -> None:
    world.order("pay")
    before = {key: repr(world.shelves.by_key(key)) for key in ("order:1", "cart:1", "transaction:1")}
    held = {key: world.shelves.by_key(key) for key in before}
    world.trigger("order.refunded", of="order:1")
    world.do("cart", "add_item", "cart:1")
    assert {key: repr(resource) for key, resource in held.items()} == before
