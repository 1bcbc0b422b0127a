"""A server of one's own inside this process: on a free port, in a thread, for as long as a `with` block lasts."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from starlette.types import ASGIApp

from emulator.domain.integration import IntegrationType
from emulator.domain.ports import Transport
from emulator.harness.locate import Location
from emulator.harness.server import RunningServer, running_server, saved_server
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import Settings

T = TypeVar("T")


Serve = Callable[[], AbstractAsyncContextManager[RunningServer]]


class ServerThread:
    """A server in a thread: starts on entering, ready when that returns; stopped on leaving."""

    def __init__(self, serve: Serve) -> None:
        self._serving = serve
        self._ready: Future[tuple[RunningServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="epcc-emulator", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._server, self._loop, self._stop = self._ready.result()
        except BaseException:
            if self._ready.done():
                self._thread.join()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def location(self) -> Location:
        """Where it is, with the certificate authority to trust where it serves https."""
        return Location(url=self.url, source="this process", ca_file=self._server.ca_file)

    @property
    def emulator(self) -> Emulator:
        """Lives on the server's loop: reach it through `call`, but for what only reads."""
        return self._server.emulator

    @property
    def app(self) -> ASGIApp:
        """What answers at its address; to be called on the server's loop."""
        return self._server.app

    def call(self, work: Coroutine[Any, Any, T], *, patience: float | None = None) -> T:
        """Run this on the server's loop and wait for what it comes to.

        Raises TimeoutError when that takes more than so many seconds.
        """
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(patience)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        async with self._serving() as server:
            self._ready.set_result((server, asyncio.get_running_loop(), stop))
            await stop.wait()


class LocalEmulator(ServerThread):
    """An emulator of one's own. Ports are any free ones unless `keep_port`; `transports` replace the usual ones."""

    def __init__(
        self,
        settings: Settings,
        *,
        keep_port: bool = False,
        transports: Mapping[IntegrationType, Transport] | None = None,
    ) -> None:
        chosen = settings if keep_port else _on_free_ports(settings)
        super().__init__(lambda: running_server(chosen, transports=transports))


class SavedEmulator(ServerThread):
    """A saved journal (the file, or its data directory) to look at, on a free port of loopback.

    Entering raises EnvironmentFault for a file that is no whole journal.
    """

    def __init__(self, journal: Path) -> None:
        super().__init__(lambda: saved_server(journal))


def _on_free_ports(settings: Settings) -> Settings:
    chosen = settings.queues
    queues = replace(
        chosen,
        sqs_port=0 if chosen.sqs_port is None else chosen.sqs_port,
        stomp_port=0 if chosen.stomp_port is None else chosen.stomp_port,
    )
    return replace(settings, port=0, queues=queues)


def loop_factory() -> Any:
    """uvloop's where there is one; it is not for Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
