"""Addresses: each is a customer's, or an account's."""

from typing import Any

from emulator.domain.resource import Resource
from emulator.store.check import text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_PLACE = ("line_1", "line_2", "city", "county", "region", "postcode", "country")
_RECIPIENT = ("name", "first_name", "last_name", "phone_number", "company_name", "instructions")


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the `customer` or the `account` that is named (an id, key or `@customer`), or of a customer of the house."""
    account, customer = attributes.get("account"), attributes.get("customer")
    if account:
        owner = work.find("account", str(account))
        return Draft(values={**work.pool.person(name.key), **_of("account", owner)}, parent=owner.key)
    owner = work.find("customer", str(customer)) if customer else one_of_the_house(work, "customer", name.key)
    first, _, last = str(owner.document.get("name", "")).partition(" ")
    recipient = {"person.name": f"{first} {last}".strip(), "person.first_name": first, "person.last_name": last}
    return Draft(values={**work.pool.person(name.key), **recipient, **_of("customer", owner)}, parent=owner.key)


def _of(type: str, owner: Resource) -> dict[str, Any]:
    """Where it is found, and whose it is."""
    related = {"id": owner.id, "type": type}
    return {"owner.path": f"{type}s/{owner.id}", "owner": {type: related}}


def _drifted(work: Work, address: Resource, turn: int) -> Draft:
    """The customer has moved house."""
    place = work.pool.person(address.key, f"moved:{turn}")
    return Draft(document={field: place[f"address.{field}"] for field in _PLACE})


GROUP = Plain(
    type="address",
    form=form("address", places=frozenset({"owner.path", "owner"})),
    fields=dict.fromkeys((*_RECIPIENT, *_PLACE), text),
    ignored=frozenset({"customer", "account"}),
    made=_made,
    drifted=_drifted,
    origin=Origin(type="customer", attribute="customer"),
).group()
