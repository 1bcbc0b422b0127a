"""Customers: their addresses go with them."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.resource import Resource
from emulator.store.check import filled
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_ALL = 1_000_000


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    """The mailbox has a number of its own, for names come twice."""
    person = work.pool.person(name.key)
    mailbox, _, host = person["person.email"].partition("@")
    email = f"{mailbox}{work.pool.draw(name.key, 'mailbox', 10_000)}@{host}"
    values: Mapping[str, Any] = {**person, "person.email": email}
    return Draft(values=values)


def _drifted(_work: Work, customer: Resource, turn: int) -> Draft:
    """The customer gets another mail address."""
    mailbox, _, host = str(customer.document.get("email", "someone@example.com")).partition("@")
    return Draft(document={"email": f"{mailbox.partition('+')[0]}+{turn}@{host}"})


def _left(work: Work, customer: Resource) -> None:
    addresses, _ = work.shelves.page("address", parent=customer.key, limit=_ALL)
    for address in addresses:
        work.change(address, deleted=True)


GROUP = Plain(
    type="customer",
    form=form("customer"),
    fields={"name": filled, "email": filled},
    ignored=frozenset({"password"}),
    made=_made,
    drifted=_drifted,
    left=_left,
    house=4,
).group()
