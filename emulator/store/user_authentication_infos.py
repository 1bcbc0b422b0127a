"""User authentication infos: whoever can sign in, in an authentication realm."""

from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store.check import filled
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.mailbox import mailbox, moved
from emulator.store.plain import Plain
from emulator.store.work import Name, Work


def realm_of(work: Work) -> str:
    """The id of the store's realm: there is one."""
    return derived_id(work.seed, "authentication-realm")


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    person = {**work.pool.person(name.key), "person.email": mailbox(work, name.key)}
    return Draft(values={**person, "realm.id": realm_of(work)})


def _drifted(_work: Work, info: Resource, turn: int) -> Draft:
    return Draft(attributes={"email": moved(info.document.get("email"), turn)})


GROUP = Plain(
    type="user-authentication-info",
    form=form("user-authentication-info", document_type="user_authentication_info", places=frozenset({"realm.id"})),
    fields={"name": filled, "email": filled},
    made=_made,
    drifted=_drifted,
    house=4,
    days=(30, 200),
).group()
