"""ASGI: an application called with a request, piece by piece, as a server would call it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from emulator.transports.app.answer import AppAnswer
from emulator.transports.app.request import Head

_Message = MutableMapping[str, Any]
AsgiApplication = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]], Awaitable[None]
]


class AsgiCall:
    """One request to an application. It begins with `begin`; `body` and `disconnect` are what it then hears."""

    def __init__(self, app: AsgiApplication, answer: AppAnswer, state: MutableMapping[str, Any]) -> None:
        self._app = app
        self._answer = answer
        self._state = state
        self._heard: asyncio.Queue[_Message] = asyncio.Queue()
        self._gone = False

    def begin(self, head: Head) -> asyncio.Task[None]:
        """The task in which the application runs; it never raises but for its own cancellation."""
        origin = head.origin
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": head.method,
            "scheme": head.scheme,
            "path": head.path,
            "raw_path": head.raw_path,
            "query_string": head.query,
            "root_path": "",
            "headers": [(name, value) for name, value in head.headers],
            "client": ("127.0.0.1", 0),
            "server": (origin.host, origin.port),
            "state": self._state.copy() if isinstance(self._state, dict) else self._state,
        }
        return asyncio.get_running_loop().create_task(self._run(scope))

    def body(self, data: bytes, *, more: bool) -> None:
        self._heard.put_nowait({"type": "http.request", "body": data, "more_body": more})

    def disconnect(self) -> None:
        """The provider is not there any more."""
        self._gone = True
        self._heard.put_nowait({"type": "http.disconnect"})

    async def _run(self, scope: _Message) -> None:
        try:
            await self._app(scope, self._receive, self._send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # whatever an application raises is its answer
            self._answer.fail(error)
            if not isinstance(error, Exception):
                raise
        else:
            self._answer.give_up()

    async def _receive(self) -> _Message:
        message = await self._heard.get()
        if message["type"] == "http.disconnect":
            self._heard.put_nowait(message)  # it stays gone
        return message

    async def _send(self, message: _Message) -> None:
        if self._gone or self._answer.whole:
            return
        match message["type"]:
            case "http.response.start":
                self._answer.begin(message["status"])
            case "http.response.body":
                self._answer.add(bytes(message.get("body", b"")))
                if not message.get("more_body", False):
                    self._answer.finish()
                    self.disconnect()
