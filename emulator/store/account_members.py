"""Account members: people who sign in to buy for an account; their memberships go with them."""

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


def _drifted(_work: Work, member: Resource, turn: int) -> Draft:
    """Another mail address."""
    return Draft(attributes={"email": moved(member.document.get("email"), turn)})


def _left(work: Work, member: Resource) -> None:
    for membership in work.shelves.page("account-membership", limit=_ALL)[0]:
        if membership.hidden.get("member") == member.key:
            work.change(membership, deleted=True)


GROUP = Plain(
    type="account-member",
    form=form("account-member", document_type="account_member"),
    fields={"name": filled, "email": filled},
    made=_made,
    drifted=_drifted,
    left=_left,
    house=6,
    days=(60, 300),
).group()
