"""Addresses: each is a customer's."""

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
    """Of the customer named in the attribute `customer` (an id, key or `@customer`), or of one of the
    house."""
    reference = attributes.get("customer")
    owner = work.find("customer", str(reference)) if reference else one_of_the_house(work, "customer", name.key)
    first, _, last = str(owner.document.get("name", "")).partition(" ")
    recipient = {"person.name": f"{first} {last}".strip(), "person.first_name": first, "person.last_name": last}
    return Draft(values={**work.pool.person(name.key), **recipient, "customer.id": owner.id}, parent=owner.key)


def _drifted(work: Work, address: Resource, turn: int) -> Draft:
    """The customer has moved house."""
    place = work.pool.person(address.key, f"moved:{turn}")
    return Draft(document={field: place[f"address.{field}"] for field in _PLACE})


GROUP = Plain(
    type="address",
    form=form("address", places=frozenset({"customer.id"})),
    fields=dict.fromkeys((*_RECIPIENT, *_PLACE), text),
    ignored=frozenset({"customer"}),
    made=_made,
    drifted=_drifted,
    origin=Origin(type="customer", attribute="customer"),
).group()
