"""Accounts, their members and memberships; who can sign in, and the one-time passwords that they ask for."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.act import Asked, act, written
from emulator.api.collection import Collection, listed, operations_of
from emulator.api.operation import Call
from emulator.api.reading import reading
from emulator.api.refusal import Refusal, invalid, not_found
from emulator.domain.resource import Change, Command, Resource
from emulator.store.one_time_passwords import TYPE as ONE_TIME_PASSWORD

_MOST = 10_000
_REALM = "/v2/authentication-realms/{realm_id}"

COLLECTIONS = (
    Collection(type="account", path="/v2/accounts", made=True, changed=True, deleted=True),
    Collection(
        type="address",
        path="/v2/accounts/{account_id}/addresses",
        parent="account",
        called="account-address",
        made=True,
        changed=True,
        deleted=True,
    ),
    Collection(
        type="account-membership",
        path="/v2/accounts/{account_id}/account-memberships",
        parent="account",
        made=True,
        changed=True,
        deleted=True,
    ),
    Collection(type="account-member", path="/v2/account-members", made=True, changed=True, deleted=True),
    Collection(
        type="user-authentication-info",
        path=f"{_REALM}/user-authentication-info",
        made=True,
        changed=True,
        deleted=True,
    ),
)


def _living(call: Call, type: str, word: str) -> Resource:
    found = call.shelves.get(type, call.word(word))
    if found is None or found.deleted:
        raise not_found()
    return found


async def _memberships_of(call: Call) -> Response:
    """The memberships of one member, whatever the account."""
    call.caller.must_be_trusted()
    member = _living(call, "account-member", "account_member_id")
    return listed(call, "account-membership", where=lambda one: one.hidden.get("member") == member.key)


async def _unassigned(call: Call) -> Response:
    """The members that buy for other accounts than this one, or for none."""
    call.caller.must_be_trusted()
    account = _living(call, "account", "account_id")
    await call.emulator.furnish("account-member")
    assigned = call.shelves.page("account-membership", parent=account.key, limit=_MOST)[0]
    members = {one.hidden.get("member") for one in assigned}
    return listed(call, "account-member", where=lambda one: one.key not in members)


def _ask(call: Call, asked: Asked) -> Command:
    """By the `username`, which is the mail address, of somebody who can sign in."""
    username = asked.get("username")
    if not isinstance(username, str) or not username:
        raise Refusal(invalid("username", "A one-time password is asked for by username"))
    found = call.shelves.page("user-authentication-info", limit=_MOST)[0]
    user = next((one for one in found if one.document.get("email") == username), None)
    if user is None:
        raise not_found()
    purpose = {"purpose": asked["purpose"]} if "purpose" in asked else {}
    return Command(type=ONE_TIME_PASSWORD, verb="create", attributes={"user": user.id, **purpose})


def _told(_call: Call, change: Change) -> dict[str, Any]:
    """The password itself is in the message, and nowhere else."""
    hidden = {"one_time_password_token"}
    document = {name: value for name, value in change.subject.document.items() if name not in hidden}
    return {"data": {"type": "one_time_password_token_request", **document}}


OPERATIONS = (
    reading(
        "/v2/accounts/{account_id}/account-memberships/unassigned-account-members",
        "listUnassignedAccountMembers",
        "The members that do not buy for this account",
        _unassigned,
        several=True,
    ),
    *(operation for collection in COLLECTIONS for operation in operations_of(collection)),
    reading(
        "/v2/account-members/{account_member_id}/account-memberships",
        "listMembershipsOfAccountMember",
        "The accounts that somebody buys for",
        _memberships_of,
        several=True,
    ),
    written(
        "POST",
        f"{_REALM}/password-profiles/{{profile_id}}/one-time-password-token-request",
        "createOneTimePasswordTokenRequest",
        "Asks for a one-time password, which the message about it carries",
        act(_ask, _told, HTTPStatus.CREATED),
        status=HTTPStatus.CREATED,
    ),
)
