"""The token endpoint: `POST /oauth/access_token`, form-encoded, with a flat answer."""

import hmac
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.body import read_body
from emulator.api.operation import Call, Operation, Surface
from emulator.api.refusal import ErrorEntry, Refusal, refuse
from emulator.api.schema import integer, shape, text
from emulator.api.tokens import LIFETIME, GrantType
from emulator.domain.errors import nearest
from emulator.domain.integration import Scope
from emulator.runtime.settings import AuthMode, Settings

_MAX_FIELDS = 50


async def issue_token(call: Call) -> Response:
    """A token for a client id. `strict` asks for this server's own ids and secrets; the other modes take any."""
    fields = await _form(call)
    try:
        grant_type = GrantType(fields.get("grant_type", ""))
    except ValueError:
        raise _bad_grant_type(fields.get("grant_type")) from None
    client_id = fields.get("client_id", "")
    if not client_id:
        raise refuse(HTTPStatus.BAD_REQUEST, "client_id is required", source="client_id")
    secret = fields.get("client_secret", "")
    if grant_type is GrantType.CLIENT_CREDENTIALS and not secret:
        raise refuse(HTTPStatus.BAD_REQUEST, "client_secret is required", source="client_secret")
    settings = call.emulator.settings
    if settings.auth is AuthMode.STRICT:
        _verify(settings, client_id, secret if grant_type is GrantType.CLIENT_CREDENTIALS else None)
    # The emulator tells an organization's tokens from a store's by the client id that asked for them.
    scope = Scope.ORGANIZATION if client_id == settings.org_client_id else Scope.STORE
    token, grant = call.tokens.issue(grant_type, scope)
    return answer(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "expires": grant.expires,
            "identifier": str(grant_type),
        }
    )


async def _form(call: Call) -> Mapping[str, str]:
    raw = await read_body(call.request, call.emulator.settings.body_limit)
    try:
        return dict(parse_qsl(raw.decode(), max_num_fields=_MAX_FIELDS))
    except ValueError:
        detail = "The body is not a form; send grant_type, client_id and client_secret form-encoded"
        raise refuse(HTTPStatus.BAD_REQUEST, detail) from None


def _bad_grant_type(sent: str | None) -> Refusal:
    known = [str(grant) for grant in GrantType]
    if sent is None:
        detail = f"grant_type is required, form-encoded: {' or '.join(known)}"
    else:
        detail = f"grant_type has no value '{sent}'{nearest(sent, known)}"
    return refuse(HTTPStatus.BAD_REQUEST, detail, source="grant_type")


def _verify(settings: Settings, client_id: str, secret: str | None) -> None:
    """Raises a 401 unless the id is one of ours and, where one is asked for, the secret is its own."""
    own = {settings.client_id: settings.store_secret, settings.org_client_id: settings.organization_secret}
    expected = own.get(client_id)
    if expected is None or (secret is not None and not hmac.compare_digest(expected.encode(), secret.encode())):
        detail = "client_id or client_secret is not one of this server's; `epcc-emulator env` prints them"
        raise Refusal(ErrorEntry(status=HTTPStatus.UNAUTHORIZED, title="Unauthorized", detail=detail))


OPERATIONS = (
    Operation(
        method="POST",
        path="/oauth/access_token",
        name="createAccessToken",
        summary="A token for a client id",
        surface=Surface.EPCC,
        handler=issue_token,
        public=True,
        raw=True,
        form=shape(
            {
                "grant_type": text("How the token is asked for", enum=[str(grant) for grant in GrantType]),
                "client_id": text("The client's id"),
                "client_secret": text("The client's secret; only client_credentials needs it"),
            },
            required=("grant_type", "client_id"),
            closed=False,
        ),
        answers={
            200: shape(
                {
                    "access_token": text("Send it as `Authorization: Bearer …`"),
                    "token_type": text("Always Bearer"),
                    "expires_in": integer("Seconds from now"),
                    "expires": integer("Seconds since the epoch"),
                    "identifier": text("The grant type"),
                },
                required=("access_token", "token_type", "expires_in", "expires", "identifier"),
                closed=False,
            )
        },
        refusals=(400, 401),
    ),
)
