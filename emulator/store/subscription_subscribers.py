"""Subscription subscribers: whoever subscribes, in the name of an account."""

from emulator.domain.resource import Resource
from emulator.store.check import filled
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.mailbox import mailbox, moved
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "subscription-subscriber"


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """For the account named (an id or key), or one of the house."""
    reference = attributes.get("account_id")
    account = work.find("account", str(reference)) if reference else one_of_the_house(work, "account", name.key)
    person = {**work.pool.person(name.key), "person.email": mailbox(work, name.key)}
    return Draft(values={**person, "account.id": account.id}, hidden={"account": account.key})


def _drifted(_work: Work, subscriber: Resource, turn: int) -> Draft:
    return Draft(attributes={"email": moved(subscriber.document["attributes"].get("email"), turn)})


GROUP = Plain(
    type=TYPE,
    form=form(TYPE, document_type="subscription_subscriber", places=frozenset({"account.id"}), inside="attributes"),
    fields={"name": filled, "email": filled},
    ignored=frozenset({"account_id"}),
    made=_made,
    drifted=_drifted,
    origin=Origin(type="account", attribute="account_id"),
    house=3,
    days=(40, 110),
).group()
