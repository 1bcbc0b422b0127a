"""Guard: keeps web pages from driving the emulator, and lets local ones use the shop's API."""

from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.api.answer import refused
from emulator.api.refusal import refuse
from emulator.core.locality import Locality

CONTROL_PREFIX = "/_emulator"
_SHARED_PREFIXES = ("/v2", "/pcm", "/oauth")
_PREFLIGHT_AGE = "600"
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class Guard:
    """ASGI middleware.

    `/_emulator` is refused to foreign origins and hosts (`Locality` says which those are). `/v2`, `/pcm` and `/oauth`
    answer CORS to loopback origins.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] = ()) -> None:
        self._app = app
        self._locality = Locality(allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        headers = Headers(scope=scope)
        if below(path, CONTROL_PREFIX):
            complaint = self._locality.complaint(headers.get("host"), headers.get("origin"))
            if complaint:
                await refused(refuse(HTTPStatus.FORBIDDEN, complaint), path)(scope, receive, send)
                return
        elif any(below(path, prefix) for prefix in _SHARED_PREFIXES) and self._locality.local(headers.get("origin")):
            await self._shared(scope, receive, send, headers)
            return
        await self._app(scope, receive, send)

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
