"""ASGI: a desk as an ASGI application, all requests on one event loop."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from zoo.desk import Desk
from zoo.message import posted

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Application:
    """The same routes as `zoo.web` has."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        body = b""
        more = True
        while more:
            part = await receive()
            body += part.get("body", b"")
            more = part.get("more_body", False)
        status, document = await self._answer(scope["method"], scope["path"], body)
        raw = json.dumps(document, sort_keys=True).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": raw})

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        desk = self._desk
        match method, path:
            case "GET", "/state":
                return 200, desk.state()
            case "GET", "/idle":
                return (200 if desk.idle() else 503), {"idle": desk.idle()}
            case "POST", "/reset":
                await asyncio.to_thread(desk.reset)  # which waits for what is being worked on here
                return 200, {"reset": True}
            case "POST", "/hook":
                try:
                    await desk.take_async(posted(body))
                except Exception as error:  # what a web framework does with what its handler let through
                    return 500, {"error": f"{type(error).__name__}: {error}"}
                return 200, {"received": True}
            case _:
                return 404, {"error": "GET /state or /idle, POST /hook or /reset"}


@contextmanager
def served(desk: Desk, port: int = 0) -> Iterator[str]:
    """Where it is, as soon as it listens."""
    listening = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(Application(desk), lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()  # connections wait in the socket's backlog until it is up
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
