"""One-time passwords: somebody asks for one, and a receiver sends it to them. Their messages are flat."""

from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store.check import one_of
from emulator.store.draft import Draft, Values
from emulator.store.form import flat_form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import row
from emulator.store.plain import Plain
from emulator.store.user_authentication_infos import realm_of
from emulator.store.work import Name, Work

TYPE = "one-time-password-token-request"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 16

_PLACES = frozenset(
    {
        *("realm.id", "token", "purpose", "profile.id", "password_info.id"),
        *("user.id", "user.name", "user.email"),
    }
)


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """For `user` (an id or key), or one of the house."""
    reference = attributes.get("user")
    user = _found(work, str(reference)) if reference else _drawn(work, name.key)
    token = "".join(_LETTERS[work.pool.draw(name.key, f"letter:{n}", len(_LETTERS))] for n in range(_LENGTH))
    profile = derived_id(work.seed, "password-profile")
    values = {
        "realm.id": realm_of(work),
        "token": token,
        "purpose": "reset_password",
        "profile.id": profile,
        "password_info.id": derived_id(work.seed, "password-profile-info", user.key),
        "user.id": user.id,
        "user.name": user.document.get("name", ""),
        "user.email": user.document.get("email", ""),
    }
    return Draft(values=values, parent=user.key)


def _found(work: Work, reference: str) -> Resource:
    return work.find("user-authentication-info", reference)


def _drawn(work: Work, key: str) -> Resource:
    return one_of_the_house(work, "user-authentication-info", key)


GROUP = Plain(
    type=TYPE,
    form=flat_form(TYPE, places=_PLACES),
    fields={"purpose": one_of(("reset_password", "passwordless_authentication"))},
    ignored=frozenset({"user", "username"}),
    made=_made,
    rows=(row(None, "create", "present", f"{TYPE}.created"),),
    origin=Origin(type="user-authentication-info", attribute="user"),
).group()
