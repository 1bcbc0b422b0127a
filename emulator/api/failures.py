"""Failures: turns what handlers raise into answers; a fault of ours gets an id and stays in the log."""

import asyncio
import logging
from http import HTTPStatus
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.api.answer import refused
from emulator.api.refusal import NOT_FOUND_DETAIL, ErrorEntry, Refusal, refusal_of, refuse
from emulator.domain.errors import EmulatorError

log = logging.getLogger("emulator.api")
_STOPPING = refuse(
    HTTPStatus.SERVICE_UNAVAILABLE, "The emulator stops, and answers before this was done; start it and ask again"
)


class Failures:
    """ASGI middleware: a fault of ours is answered as a 500 with a `request_id`, never with a traceback.

    What the server does not wait for when it stops is answered as a 503.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            log.info("%s %s: the client went away", scope["method"], scope["path"])
        except asyncio.CancelledError:
            if not started:
                await refused(_STOPPING, scope["path"])(scope, receive, send)
            raise
        except Exception:
            request_id = str(uuid4())
            log.exception("%s %s failed, request_id %s", scope["method"], scope["path"], request_id)
            if started:
                raise
            await _our_fault(scope["path"], request_id)(scope, receive, send)


async def emulator_error(request: Request, error: Exception) -> Response:
    """An error of our own tree as an answer."""
    assert isinstance(error, EmulatorError)
    return refused(refusal_of(error), request.scope["path"])


async def http_error(request: Request, error: Exception) -> Response:
    """Starlette's own errors (no such route, no such method) as an answer."""
    assert isinstance(error, HTTPException)
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = NOT_FOUND_DETAIL
    return refused(
        Refusal(ErrorEntry(status=error.status_code, detail=detail), headers=error.headers), request.scope["path"]
    )


def _our_fault(path: str, request_id: str) -> Response:
    entry = ErrorEntry(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        detail="The emulator failed; its log says why under this request_id",
        request_id=request_id,
    )
    return refused(Refusal(entry), path)
