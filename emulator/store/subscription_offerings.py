"""Subscription offerings: which products can be had on which plans."""

from emulator.domain.resource import Resource
from emulator.store.check import filled, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.house import one_of_the_house
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "subscription-offering"
_WORDS = ("Box", "Club", "Crate", "Parcel")


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the `products` and `plans` named (lists of ids or keys), or one of each of the house."""
    products = _several(work, name, attributes, "products", "subscription-product")
    plans = _several(work, name, attributes, "plans", "subscription-plan")
    word = _WORDS[work.pool.draw(name.key, "word", len(_WORDS))]
    values = {"name": f"{products[0].document['attributes']['name']} {word}"}
    return Draft(
        values=values,
        hidden={"products": [one.key for one in products], "plans": [one.key for one in plans]},
    )


def _several(work: Work, name: Name, attributes: Values, field: str, type: str) -> list[Resource]:
    named = attributes.get(field)
    if isinstance(named, list) and named:
        return [work.find(type, str(reference)) for reference in named]
    return [one_of_the_house(work, type, name.key)]


def _drifted(_work: Work, offering: Resource, turn: int) -> Draft:
    return Draft(attributes={"description": f"Put together anew, edition {turn + 1}"})


GROUP = Plain(
    type=TYPE,
    form=form(TYPE, document_type="subscription_offering", places=frozenset({"name"}), inside="attributes"),
    fields={"name": filled, "description": text, "external_ref": text},
    ignored=frozenset({"products", "plans"}),
    made=_made,
    drifted=_drifted,
    house=2,
    days=(200, 290),
).group()
