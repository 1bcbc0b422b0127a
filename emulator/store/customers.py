"""Customers: their addresses go with them."""

from emulator.domain.resource import Resource
from emulator.store.check import filled
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.mailbox import mailbox, moved
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_ALL = 1_000_000


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    return Draft(values={**work.pool.person(name.key), "person.email": mailbox(work, name.key)})


def _drifted(_work: Work, customer: Resource, turn: int) -> Draft:
    """The customer gets another mail address."""
    return Draft(attributes={"email": moved(customer.document.get("email"), turn)})


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
