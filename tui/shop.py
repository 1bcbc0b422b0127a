"""Shop: the provider's own surface, called as a client of the shop would, with a token of its own."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.integration import Scope
from tui.client import Client, Refused

_CREDENTIALS: Mapping[Scope, str] = {Scope.STORE: "EPCC", Scope.ORGANIZATION: "EPCC_ORG"}
_UNAUTHORIZED = 401


class Shop:
    """A token is asked for when the first call needs one, and again when it is no longer taken."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tokens: dict[Scope, str] = {}

    async def call(self, method: str, path: str, data: Mapping[str, Any] | None = None, *, scope: Scope) -> Any:
        """`path` is below `/v2/`, `data` what the provider wraps in `data`. Raises what the client raises."""
        known = scope in self._tokens
        try:
            return await self._call(method, path, data, scope)
        except Refused as refused:
            if refused.code != _UNAUTHORIZED or not known:
                raise
            del self._tokens[scope]
            return await self._call(method, path, data, scope)

    async def _call(self, method: str, path: str, data: Mapping[str, Any] | None, scope: Scope) -> Any:
        token = self._tokens.get(scope) or await self._token(scope)
        body = None if data is None else {"data": {"type": "integration", **data}}
        headers = {"Authorization": f"Bearer {token}"}
        return await self._client.call(method, f"/v2/{path}", headers=headers, json=body)

    async def _token(self, scope: Scope) -> str:
        names = _CREDENTIALS[scope]
        environment = await self._client.get("env")
        form = {
            "grant_type": "client_credentials",
            "client_id": environment[f"{names}_CLIENT_ID"],
            "client_secret": environment[f"{names}_CLIENT_SECRET"],
        }
        token = str((await self._client.call("POST", "/oauth/access_token", data=form))["access_token"])
        self._tokens[scope] = token
        return token
