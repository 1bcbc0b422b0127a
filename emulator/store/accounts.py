"""Accounts: companies that buy; their memberships and addresses go with them."""

from emulator.domain.resource import Resource
from emulator.store.check import filled, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_ALL = 1_000_000
_ENDINGS = ("Ltd", "Inc.", "GmbH", "LLC")


def _made(work: Work, name: Name, _attributes: Values) -> Draft:
    company = work.pool.person(name.key)["person.company"]
    ending = _ENDINGS[work.pool.draw(name.key, "ending", len(_ENDINGS))]
    registration = work.pool.draw(name.key, "registration", 100_000_000)
    return Draft(values={"legal_name": f"{company} {ending}", "registration_id": f"{registration:08d}"})


def _drifted(work: Work, account: Resource, turn: int) -> Draft:
    """The company is called otherwise by another system."""
    return Draft(attributes={"external_ref": f"CRM-{work.pool.draw(account.key, f'ref:{turn}', 90_000) + 10_000}"})


def _left(work: Work, account: Resource) -> None:
    for type in ("account-membership", "address"):
        for one in work.shelves.page(type, parent=account.key, limit=_ALL)[0]:
            work.change(one, deleted=True)


GROUP = Plain(
    type="account",
    form=form("account", places=frozenset({"legal_name", "registration_id"})),
    fields={"name": filled, "legal_name": filled, "registration_id": text, "external_ref": text},
    made=_made,
    drifted=_drifted,
    left=_left,
    house=4,
    days=(120, 700),
).group()
