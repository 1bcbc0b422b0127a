"""Served app: an ASGI application, such as the receiver under test, on a port of its own while a test runs."""

import socket
import threading
from types import TracebackType
from typing import Any, Self

import uvicorn

from emulator.domain.errors import EnvironmentFault


class _Server(uvicorn.Server):
    """Says when it has started, or will not."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()


class ServedApp:
    """In a thread, on loopback; its lifespan is run. Stopped on leaving.

    Raises EnvironmentFault when the application refuses to start.
    """

    def __init__(self, app: Any) -> None:
        self._server = _Server(uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, name="app under test", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server.settled.wait()
        if not self._server.started:
            self._thread.join()
            self._socket.close()
            raise EnvironmentFault("the application under test did not start; its own output says why")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except SystemExit:  # how uvicorn ends when the application's lifespan fails
            self._server.settled.set()
