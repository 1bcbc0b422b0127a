"""Integrity: a shop that is led through everything is sound, and what is not sound is found."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from emulator.core.fixture import Fixtures
from emulator.domain.event import Event
from emulator.store.integrity import history_findings, resource_findings
from emulator.store.kinds import KINDS
from emulator.store.samples import samples


def _sentences(world: Any, resource: Any) -> str:
    return "\n".join(finding.sentence for finding in resource_findings(resource, world.shelves))


def _with(resource: Any, **document: Any) -> Any:
    return replace(resource, document={**resource.document, **document})


@pytest.mark.parametrize("type", sorted(KINDS.types))
def test_whatever_is_done_to_a_resource_leaves_the_shop_sound(shipped: Fixtures, make_world: Any, type: str) -> None:
    world = make_world(shipped)
    for key in sorted(KINDS.get(type).lifecycle.raised):
        world.trigger(key)
    for each in (*KINDS.types, *KINDS.get(type).forms):
        for resource in world.shelves.page(each, limit=100)[0]:
            assert not _sentences(world, resource), resource.key


def test_the_history_of_every_sample_makes_sense(shipped: Fixtures) -> None:
    histories: dict[str, list[Event]] = {}
    for event in samples(shipped, seeds=(1,)):
        histories.setdefault(event.resource, []).append(event)
    assert len(histories) > 10
    for events in histories.values():
        assert list(history_findings(events)) == []


def test_a_reference_to_nothing_is_found(world: Any) -> None:
    order = world.order()
    lost = {"customer": {"data": {"type": "customer", "id": "nobody"}}}
    broken = _with(order, relationships={**order.document["relationships"], **lost})
    assert "refers to the customer nobody" in _sentences(world, broken)
    assert _sentences(world, replace(broken, key="order:import-1")) == "", "what was imported may name what was not"
    assert "belongs to order:99" in _sentences(world, replace(order, parent="order:99"))


def test_sums_that_do_not_add_up_are_found(world: Any) -> None:
    order = world.order()
    prices: Mapping[str, Any] = order.document["meta"]["display_price"]
    total = prices["with_tax"]["amount"]
    wrong = {**prices, "with_tax": {**prices["with_tax"], "amount": total + 1}}
    found = _sentences(world, _with(order, meta={**order.document["meta"], "display_price": wrong}))
    assert f"has {total + 1} in all with tax, but its items come to {total}" in found
    assert f"comes to {total + 1} with tax" in found
    assert "writes meta.display_price.with_tax as" in found


def test_times_that_contradict_each_other_are_found(world: Any) -> None:
    customer = world.trigger("customer.created") and world.last("customer")
    assert "changed before it was made" in _sentences(world, replace(customer, touched_at=customer.created_at - 1))
    assert "which it did not" in _sentences(world, replace(customer, touched_at=customer.touched_at + 10_000_000))


def test_histories_that_contradict_themselves_are_found(world: Any) -> None:
    created, updated = world.trigger("customer.updated")
    [deleted] = world.trigger("customer.deleted", of="customer:1")

    def found(*events: Event) -> str:
        return "\n".join(finding.sentence for finding in history_findings(events))

    assert found(created, updated, deleted) == ""
    assert "came after customer:1/customer.deleted:1" in found(created, deleted, replace(updated, at=deleted.at + 1))
    stale = orjson.loads(updated.payload)
    stale["data"]["meta"]["timestamps"]["updated_at"] = "2020-01-01T00:00:00.000Z"
    assert "earlier than" in found(created, replace(updated, payload=orjson.dumps(stale).decode()))
    again = replace(updated, identity="customer:1/customer.updated:2", at=updated.at + 1_000_000)
    assert "says just what customer:1/customer.updated:1 said" in found(created, updated, again)
