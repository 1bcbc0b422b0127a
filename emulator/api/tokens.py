"""Tokens: what the token endpoint has handed out. They live in memory and expire by wall time."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from emulator.domain.integration import Scope

LIFETIME = 3600
"""Seconds a token is valid (the provider's `expires_in`)."""
MAX_TOKENS = 10_000
"""How many are remembered; the oldest are forgotten first, so that a client that never stops asking costs no memory."""


class GrantType(StrEnum):
    """How a token was asked for; an implicit one may only read catalogue data."""

    CLIENT_CREDENTIALS = "client_credentials"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one token stands for. `expires` is seconds since the epoch, wall time."""

    grant_type: GrantType
    scope: Scope
    expires: int


class Tokens:
    """The tokens of one server."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._grants: OrderedDict[str, Grant] = OrderedDict()

    def issue(self, grant_type: GrantType, scope: Scope) -> tuple[str, Grant]:
        """A new token and what it stands for."""
        token = secrets.token_hex(20)
        grant = Grant(grant_type=grant_type, scope=scope, expires=int(self._clock()) + LIFETIME)
        self._grants[token] = grant
        while len(self._grants) > MAX_TOKENS:
            self._grants.popitem(last=False)
        return token, grant

    def grant(self, token: str) -> Grant | None:
        """What this token stands for, expired or not; None when it is not ours."""
        return self._grants.get(token)

    def valid(self, grant: Grant) -> bool:
        """Whether it has not expired."""
        return self._clock() < grant.expires
