"""Catalogs: what is sold to whom. Shoppers see their releases; catalogs themselves raise no events."""

from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store.check import filled, listing, text, texts
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_NAMES = ("Everyday", "Wholesale", "Members", "Outlet", "Staff")


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    chosen = _NAMES[work.pool.draw(name.key, "name", len(_NAMES))]
    return Draft(values={"name": chosen, "hierarchy.id": derived_id(work.seed, "hierarchy", name.key)})


def _drifted(_work: Work, _catalog: Resource, turn: int) -> Draft:
    return Draft(attributes={"description": f"Edition {turn + 1}"})


GROUP = Plain(
    type="catalog",
    form=form("catalog", places=frozenset({"name", "hierarchy.id"}), inside="attributes"),
    fields={
        "name": filled,
        "description": text,
        "hierarchy_ids": texts,
        "pricebook_id": text,
        "pricebook_ids": listing,
    },
    made=_made,
    drifted=_drifted,
    raises=(),
    house=2,
    days=(200, 500),
).group()
