"""Guard: keeps web pages from driving the emulator, and lets local ones use the shop's API."""

import ipaddress
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.api.answer import refused
from emulator.api.refusal import refuse

CONTROL_PREFIX = "/_emulator"
_SHARED_PREFIXES = ("/v2", "/pcm", "/oauth")
_CONTAINER_HOST = "host.docker.internal"
_PREFLIGHT_AGE = "600"
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class Guard:
    """ASGI middleware.

    `/_emulator` is refused to foreign origins, and under any host but loopback names and addresses,
    `host.docker.internal` and `allowed_hosts`: a page that had its own name resolve to 127.0.0.1 would come with that
    name. `/v2`, `/pcm` and `/oauth` answer CORS to loopback origins.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        headers = Headers(scope=scope)
        if below(path, CONTROL_PREFIX):
            complaint = self.complaint(headers.get("host"), headers.get("origin"))
            if complaint:
                await refused(refuse(HTTPStatus.FORBIDDEN, complaint), path)(scope, receive, send)
                return
        elif any(below(path, prefix) for prefix in _SHARED_PREFIXES) and self.local(headers.get("origin")):
            await self._shared(scope, receive, send, headers)
            return
        await self._app(scope, receive, send)

    def complaint(self, host: str | None, origin: str | None) -> str | None:
        """Why a call of the control API is refused, None when it is not."""
        if not self.known(host_name(host or "")):
            return (
                f"The control API answers on loopback names and addresses only, not on host '{host or ''}'; "
                "start the server with --allowed-host to add it"
            )
        if origin is not None and not self.local(origin):
            return f"The control API refuses calls from web pages of another origin ('{origin}')"
        return None

    def local(self, origin: str | None) -> bool:
        """Whether a page of this origin is one of this machine's own."""
        if not origin or not origin.startswith(("http://", "https://")):
            return False
        return self.known(host_name(origin.split("://", 1)[1]))

    def known(self, name: str) -> bool:
        """Whether a host's name or address means this machine, or was allowed."""
        return is_loopback(name) or name == _CONTAINER_HOST or name in self._allowed

    async def _shared(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        origin = headers["origin"]
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            answer = Response(
                status_code=HTTPStatus.NO_CONTENT,
                headers={
                    "Access-Control-Allow-Origin": origin,
                    "Access-Control-Allow-Methods": _METHODS,
                    "Access-Control-Allow-Headers": headers.get("access-control-request-headers", "*"),
                    "Access-Control-Max-Age": _PREFLIGHT_AGE,
                    "Vary": "Origin",
                },
            )
            await answer(scope, receive, send)
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent["Access-Control-Allow-Origin"] = origin
                sent.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, send_shared)


def below(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or under it."""
    return path == prefix or path.startswith(prefix + "/")


def host_name(authority: str) -> str:
    """`localhost` of `localhost:3722`, `::1` of `[::1]:80`; empty for what is not a host and a port."""
    if set(authority) & set("@/\\?# \t"):
        return ""
    try:
        return (urlsplit(f"//{authority}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host's name or address is this machine's own loopback."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
