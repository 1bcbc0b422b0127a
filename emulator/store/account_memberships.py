"""Account memberships: which member buys for which account."""

from collections.abc import Mapping
from typing import Any

from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.plain import Plain
from emulator.store.work import Name, Work


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the account and the member named (an id, key or `@…`), or of some of the house."""
    account, member = attributes.get("account"), attributes.get("member") or _related(attributes)
    owner = work.find("account", str(account)) if account else one_of_the_house(work, "account", name.key)
    person = work.find("account-member", str(member)) if member else one_of_the_house(work, "account-member", name.key)
    values = {"account.id": owner.id, "member.id": person.id}
    return Draft(values=values, parent=owner.key, hidden={"member": person.key})


def _related(attributes: Values) -> str | None:
    """The member that a request names among its relationships."""
    node: Any = attributes.get("relationships")
    for step in ("account_member", "data", "id"):
        node = node.get(step) if isinstance(node, Mapping) else None
    return None if node is None else str(node)


GROUP = Plain(
    type="account-membership",
    form=form("account-membership", document_type="account_membership", places=frozenset({"account.id", "member.id"})),
    fields={},
    ignored=frozenset({"account", "member"}),
    made=_made,
    origin=Origin(type="account", attribute="account"),
).group()
