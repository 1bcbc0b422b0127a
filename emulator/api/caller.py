"""Caller: who is calling, as far as the `Authorization` header and the authentication mode say."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from emulator.api.refusal import ErrorEntry, Refusal, refuse
from emulator.api.tokens import Grant, GrantType, Tokens
from emulator.domain.integration import Scope
from emulator.runtime.settings import AuthMode

# The provider's own scripts send `Bearer: token`, and stray spaces around the token.
_BEARER = re.compile(r"\s*bearer(?:\s*:\s*|\s+)(\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose integrations are meant, and whether only catalogue data may be read (an implicit token)."""

    scope: Scope = Scope.STORE
    implicit: bool = False

    def must_be_trusted(self) -> None:
        """Raises a 403 for an implicit token."""
        if self.implicit:
            raise refuse(HTTPStatus.FORBIDDEN)


def caller_of(authorization: str | None, tokens: Tokens, mode: AuthMode) -> Caller:
    """The caller behind an `Authorization` header. Raises a 401 where the mode does not accept it.

    `lenient` takes any bearer token and misses only one that is not there; `strict` takes those that this server
    issued and that have not expired; `off` asks for nothing.
    """
    found = _BEARER.fullmatch(authorization or "")
    grant = tokens.grant(found.group(1)) if found else None
    if mode is AuthMode.OFF:
        return Caller(scope=grant.scope) if grant else Caller()
    if mode is AuthMode.LENIENT and found is None:
        raise _unauthenticated()
    if mode is AuthMode.STRICT and (grant is None or not tokens.valid(grant)):
        raise _unauthenticated()
    return _granted(grant)


def _granted(grant: Grant | None) -> Caller:
    if grant is None:
        return Caller()
    return Caller(scope=grant.scope, implicit=grant.grant_type is GrantType.IMPLICIT)


def _unauthenticated() -> Refusal:
    return Refusal(ErrorEntry(status=HTTPStatus.UNAUTHORIZED), headers={"WWW-Authenticate": "Bearer"})
