"""The server: an emulator, its API on a socket, and its address announced while it is ready."""

import asyncio
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from emulator.api.app import create_app
from emulator.domain.integration import IntegrationType
from emulator.domain.ports import Transport
from emulator.harness.address import announced
from emulator.harness.http_protocol import HttpProtocol
from emulator.runtime.certificates import Certificates, certificates
from emulator.runtime.collector import spare_from_collector
from emulator.runtime.descriptors import raise_limit
from emulator.runtime.emulator import Emulator
from emulator.runtime.port import bind
from emulator.runtime.saved import open_saved
from emulator.runtime.settings import Settings

_GRACE = 1.0  # wall seconds
_TICK = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server that is ready. `app` answers at its address; `ca_file` is what to trust where it serves https."""

    url: str
    port: int
    emulator: Emulator
    app: ASGIApp
    ca_file: Path | None = None


@asynccontextmanager
async def running_server(
    settings: Settings,
    *,
    port_file: Path | None = None,
    transports: Mapping[IntegrationType, Transport] | None = None,
) -> AsyncIterator[RunningServer]:
    """A server that is ready within, and stopped after; `transports` stand in for the usual ones of their types.

    Raises EnvironmentFault for a port or directory it lacks.
    """
    with bind(settings.host, settings.port) as bound, _https(settings) as https:
        port: int = bound.getsockname()[1]
        url = f"{'https' if https else 'http'}://{_reachable_name(settings.host)}:{port}"
        emulator = await Emulator.start(settings, transports=transports)
        emulator.journal.announce(url)
        try:
            async with _listening(emulator, bound, https) as app:
                with announced(url, port, data_dir=settings.data_dir, port_file=port_file):
                    ca_file = https.ca_file if https else None
                    yield RunningServer(url=url, port=port, emulator=emulator, app=app, ca_file=ca_file)
        finally:
            await emulator.stop()


@asynccontextmanager
async def saved_server(journal: Path) -> AsyncIterator[RunningServer]:
    """A server over a saved journal (the file, or its data directory), for looking only, on a free port of loopback.

    Raises EnvironmentFault for a file that is no whole journal.
    """
    emulator = open_saved(journal)
    try:
        with bind(emulator.settings.host, 0) as bound:
            port: int = bound.getsockname()[1]
            async with _listening(emulator, bound, None) as app:
                url = f"http://{emulator.settings.host}:{port}"
                yield RunningServer(url=url, port=port, emulator=emulator, app=app)
    finally:
        await emulator.stop()


async def run_server(
    settings: Settings,
    *,
    on_ready: Callable[[RunningServer], None],
    until: Callable[[RunningServer], Coroutine[Any, Any, None]] | None = None,
    port_file: Path | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, or until `until` returns; a second signal ends the process without ceremony.

    For a process that does nothing else: what is there when it is ready is kept from the garbage collector.
    """
    raise_limit()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def stopped() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped)
    async with running_server(settings, port_file=port_file) as server:
        on_ready(server)
        spare_from_collector()
        ends: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
        if until is not None:
            ends.append(asyncio.create_task(until(server)))
        done, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in waiting:
            end.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for end in done:
            end.result()


@asynccontextmanager
async def _listening(emulator: Emulator, bound: socket.socket, https: Certificates | None) -> AsyncIterator[ASGIApp]:
    app = create_app(emulator)
    config = uvicorn.Config(
        app,
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        ssl_certfile=https.chain_file if https else None,
    )
    config.load()
    web = uvicorn.Server(config)
    web.lifespan = config.lifespan_class(config)
    await web.startup(sockets=[bound])
    housekeeping = asyncio.create_task(web.main_loop())
    try:
        yield app
    finally:
        emulator.bus.close()  # ends the feeds, which would otherwise keep their connections open
        housekeeping.cancel()
        await _hang_up(web)


async def _hang_up(web: uvicorn.Server) -> None:
    """Answers what is being answered, for a second at most. uvicorn's own way takes a fifth of a second when idle."""
    for server in web.servers:
        server.close()
    for connection in list(web.server_state.connections):
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE):
            while web.server_state.connections or web.server_state.tasks:  # noqa: ASYNC110  (uvicorn has no event)
                await asyncio.sleep(_TICK)
    left = [*web.server_state.tasks]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@contextmanager
def _https(settings: Settings) -> Iterator[Certificates | None]:
    if not settings.tls:
        yield None
        return
    kept = settings.data_dir
    directory = kept if kept is not None else Path(tempfile.mkdtemp(prefix="epcc-emulator-"))
    try:
        yield certificates(directory, settings.host)
    finally:
        if kept is None:
            shutil.rmtree(directory, ignore_errors=True)


def _reachable_name(host: str) -> str:
    """A host to connect to, for one to listen on."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"[{name}]" if ":" in name else name
