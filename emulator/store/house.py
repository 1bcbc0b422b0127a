"""House: the resources that have been there since before anybody asked."""

from emulator.domain.errors import UserError
from emulator.domain.identity import derived_id
from emulator.domain.moment import DAY, HOUR
from emulator.domain.resource import Resource
from emulator.store.group import Group
from emulator.store.work import Name, Work


def one_of_the_house(work: Work, type: str, resource: str, purpose: str | None = None) -> Resource:
    """The one that this resource's draw chooses; when all of them were deleted, the newest there is of that type.

    `purpose` tells several draws of one resource apart. Raises UserError when there is none left.
    """
    group = work.groups.get(type)
    assert group is not None, f"the shop knows no {type}"
    furnish(work, group)
    assert group.house is not None, "asked for one that has a house"
    count = group.house.count
    first = work.pool.draw(resource, purpose or type, count)
    for turn in range(count):
        found = work.shelves.by_key(f"{type}:house-{(first + turn) % count + 1}")
        if found is not None and not found.deleted:
            return found
    newest, _ = work.shelves.page(type, limit=1, newest_first=True)
    if not newest:
        raise UserError(f"every {type} was deleted; create one first: trigger {type}.created")
    return newest[0]


def furnish(work: Work, group: Group) -> None:
    """Makes those of this type, unless they are there already."""
    house = group.house
    if house is None or work.shelves.by_key(f"{group.type}:house-1") is not None:
        return
    youngest, oldest = house.days
    for number, key in enumerate(_keys(group), start=1):
        name = Name(key, derived_id(work.seed, group.type, key), number)
        age = (work.pool.draw(key, "age", oldest - youngest) + youngest) * DAY + work.pool.draw(key, "hour", 24) * HOUR
        draft = house.made(work, name, {})
        work.make(group.type, name, draft, at=max(0, work.at - age))


def _keys(group: Group) -> list[str]:
    assert group.house is not None, "asked for one that has a house"
    return [f"{group.type}:house-{number}" for number in range(1, group.house.count + 1)]
