"""Buyer: who an order is for, and where they live."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.house import one_of_the_house
from emulator.store.work import Work

_WHO = ("name", "email")


class Buyer(NamedTuple):
    """`values` are those of `customer.*`, `person.*` and `address.*`; `contact` and `links` are an account's."""

    values: Mapping[str, Any]
    contact: Mapping[str, str] | None = None
    links: Mapping[str, Any] | None = None

    def shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """What an order says of an account that buys, beside what its fixture says."""
        if self.contact is None:
            return {}
        relationships = {**document.get("relationships", {}), **(self.links or {})}
        return {"contact": self.contact, "relationships": relationships}


def buyer_of(work: Work, cart: Resource, order: str) -> Buyer:
    """`customer` ({"id"}, or {"name", "email"} for a guest) or `account` of the command, the cart's own, or one of the
    house. Raises InvalidInput and NotFound."""
    asked, account = (work.command.attributes.get(each) for each in ("customer", "account"))
    own = {type: cart.hidden.get(type) for type in ("customer", "account")}
    if account is not None or (asked is None and own["account"]):
        return _account(work, order, account if account is not None else {"id": own["account"]})
    if asked is None:
        key = own["customer"]
        return _customer(work, work.find("customer", key) if key else one_of_the_house(work, "customer", order))
    if isinstance(asked, Mapping) and isinstance(asked.get("id"), str):
        return _customer(work, work.find("customer", asked["id"]))
    if isinstance(asked, Mapping) and all(isinstance(asked.get(each), str) for each in _WHO):
        return Buyer(_values(work.pool.person(order), asked["name"], asked["email"]))
    raise InvalidInput('a customer is {"id"}, or {"name", "email"} for a guest', path=("customer",))


def _customer(work: Work, owner: Resource) -> Buyer:
    link = {"data": {"type": "customer", "id": owner.id}}
    name, email = str(owner.document.get("name", "")), owner.document.get("email", "")
    return Buyer(_values(work.pool.person(owner.key), name, email, link))


def _account(work: Work, order: str, asked: object) -> Buyer:
    """Somebody buys for an account: the `contact` ({"name", "email"}), or anybody."""
    if not isinstance(asked, Mapping) or not isinstance(asked.get("id"), str):
        raise InvalidInput('an account is {"id"}', path=("account",))
    account = work.find("account", asked["id"])
    contact = work.command.attributes.get("contact", {})
    if not isinstance(contact, Mapping) or not all(isinstance(contact.get(each, ""), str) for each in _WHO):
        raise InvalidInput('a contact is {"name", "email"}', path=("contact",))
    person = work.pool.person(order)
    who = {each: contact.get(each, person[f"person.{each}"]) for each in _WHO}
    links = {"account": {"data": {"type": "account", "id": account.id}}}
    if isinstance(asked.get("member_id"), str):
        links["account_member"] = {"data": {"type": "account_member", "id": asked["member_id"]}}
    return Buyer(_values(person, who["name"], who["email"]), contact=who, links=links)


def _values(
    person: Mapping[str, Any], name: str, email: str, link: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    first, _, last = name.partition(" ")
    return {
        **person,
        "person.name": name,
        "person.first_name": first,
        "person.last_name": last,
        "customer.name": name,
        "customer.email": email,
        "customer_link": link or {},
    }
