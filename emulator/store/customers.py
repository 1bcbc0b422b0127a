"""Customers: their addresses go with them."""

from emulator.domain.resource import Resource
from emulator.store.house import customer_values
from emulator.store.plain import Draft, Plain, filled
from emulator.store.work import Name, Work

_ALL = 1_000_000


def _made(work: Work, name: Name) -> Draft:
    return Draft(values=customer_values(work, name.key))


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
    fields={"name": filled, "email": filled},
    ignored=frozenset({"password"}),
    made=_made,
    drifted=_drifted,
    left=_left,
).group()
