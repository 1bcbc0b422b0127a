"""Shelves: what is on them, and what will be."""

from dataclasses import replace

import pytest

from emulator.domain.resource import Resource
from emulator.store.memory import MemoryShelves
from emulator.store.overlay import Overlay


def _resource(number: int, *, parent: str | None = None, deleted: bool = False, title: str = "") -> Resource:
    return Resource(
        key=f"address:{number}",
        type="address",
        id=f"id-{number}",
        document={"title": title},
        parent=parent,
        created_at=number,
        touched_at=number,
        deleted=deleted,
    )


def test_deleted_ones_are_found_but_left_out_of_pages() -> None:
    shelves = MemoryShelves([_resource(n, parent=f"customer:{n % 2}") for n in range(6)])
    shelves.put([_resource(2, parent="customer:0", deleted=True)])
    assert shelves.made("address") == 6
    found = shelves.by_key("address:2")
    assert found is not None
    assert found.deleted
    assert shelves.get("address", "id-2") is found
    assert shelves.get("cart", "id-2") is None
    assert [each.key for each in shelves.page("address", offset=1, limit=2)[0]] == ["address:1", "address:3"]
    newest, total = shelves.page("address", parent="customer:0", newest_first=True)
    assert ([each.key for each in newest], total) == (["address:4", "address:0"], 2)
    assert shelves.page("cart") == ([], 0)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("parent", [None, "customer:0", "customer:1"])
@pytest.mark.parametrize(("offset", "limit"), [(0, 25), (0, 3), (2, 3), (200, 60), (400, 5)])
def test_an_overlay_shows_what_the_shelves_will_show(
    newest_first: bool, parent: str | None, offset: int, limit: int
) -> None:
    below = MemoryShelves([_resource(n, parent=f"customer:{n % 2}") for n in range(250)])
    overlay, after = Overlay(below), MemoryShelves([_resource(n, parent=f"customer:{n % 2}") for n in range(250)])
    changed = [
        _resource(3, parent="customer:1", title="new"),
        _resource(4, parent="customer:0", deleted=True),
        _resource(120, parent="customer:0", deleted=True),
    ]
    for resource in changed:
        overlay.put(resource)
    made = [_resource(300, parent="customer:0"), _resource(301, parent="customer:1")]
    for resource in made:
        overlay.put(resource, new=True)
    gone = replace(made[1], deleted=True)
    overlay.put(gone)
    after.put([*changed, made[0], gone])
    where = {"parent": parent, "offset": offset, "limit": limit, "newest_first": newest_first}
    assert overlay.page("address", **where) == after.page("address", **where)  # type: ignore[arg-type]
    assert overlay.made("address") == after.made("address") == 252
    assert overlay.by_key("address:3") == overlay.get("address", "id-3") == changed[0]
    assert below.page("address")[1] == 250
