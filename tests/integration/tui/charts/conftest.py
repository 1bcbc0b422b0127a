"""The dashboard in front of a shop that had a bad day, live or as a saved journal, with keys pressed in it."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator, SavedEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings
from tui.app import Dashboard
from tui.client import Client
from tui.link import Link
from tui.model.resources import Resources
from tui.model.timeline_look import TimelineLook
from tui.screens.page import Page
from tui.widgets.lanes import Lanes
from tui.widgets.resource_list import ResourceList

PATIENCE = 30.0
ORDERS = 6


class Watched:
    """A dashboard in a terminal that nobody sees."""

    def __init__(self, app: Dashboard, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.session = app.desk.session

    async def until(self, condition: Callable[[], Any]) -> None:
        """Comes back when it is so."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < PATIENCE, self.screen()
            await self.pilot.pause(0.01)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def ready(self, link: Link, deliveries: int = 1) -> None:
        """Until the dashboard knows as many deliveries, and how its server is."""
        session = self.session
        await self.until(lambda: session.link is link and session.status and session.chaos)
        await self.until(lambda: len(session.view.numbers) >= deliveries)

    async def page(self, key: str, name: str) -> None:
        """To another page."""
        await self.press(key)
        await self.until(lambda: isinstance(self.app.screen, Page) and self.app.screen.title == name)

    async def timeline(self) -> None:
        """To the timeline, when it has counted everything and shows it."""
        await self.page("2", "Timeline")
        await self.until(lambda: self.resources.sorted and not self.resources.working and self.look.mark)

    @property
    def resources(self) -> Resources:
        return self.session.resources

    @property
    def look(self) -> TimelineLook:
        return self.app.screen.query_one(Lanes)._look

    @property
    def list(self) -> ResourceList:
        return self.app.screen.query_one(ResourceList)

    def screen(self) -> str:
        """What the terminal shows."""
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()
        )

    async def sees(self, part: str) -> None:
        """Until the terminal shows these words."""
        await self.until(lambda: part in self.screen())


@pytest.fixture(scope="session")
def receiver() -> Iterator[str]:
    """Takes everything; its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()


def _settings(data_dir: Path | None = None) -> Settings:
    return Settings(
        seed=7,
        profile="documented",
        clock=ClockSettings(mode=ClockMode.VIRTUAL),
        queues=QueueSettings(sqs=None, sqs_port=0, stomp_port=0),
        data_dir=data_dir,
    )


def bad_day(client: ControlClient, receiver: str) -> None:
    """Orders that arrive late, out of order and twice, at two integrations."""
    for name in ("shop", "erp"):
        client.ensure_integration(name, observes=["order.*"], configuration={"url": receiver})
    for _ in range(ORDERS):
        client.trigger("order.fulfilled")
        client.advance("20s")
    client.settle()


@pytest.fixture
def local() -> Iterator[LocalEmulator]:
    with LocalEmulator(_settings()) as running:
        yield running


@pytest.fixture
def going_on(client: ControlClient, local: LocalEmulator, receiver: str) -> str:
    """A server of one's own, whose shop had a bad day and may have more; its URL."""
    bad_day(client, receiver)
    return local.url


@pytest.fixture
def client(local: LocalEmulator) -> Iterator[ControlClient]:
    with ControlClient(local.url) as opened:
        yield opened


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory, receiver: str) -> Path:
    """What a server has left behind."""
    directory = tmp_path_factory.mktemp("journal") / "data"
    with LocalEmulator(_settings(directory)) as local, ControlClient(local.url) as client:
        bad_day(client, receiver)
    return directory


@pytest.fixture
def saved(journal: Path) -> Iterator[SavedEmulator]:
    with SavedEmulator(journal) as server:
        yield server


Steps = Callable[[Watched], Awaitable[None]]


@pytest.fixture
def watch() -> Callable[..., None]:
    """`watch(url, steps)`: runs the dashboard, and these steps in front of it."""

    def run(url: str, steps: Steps, *, size: tuple[int, int] = (120, 36), **how: Any) -> None:
        async def go() -> None:
            app = Dashboard(Client(url), **how)
            async with app.run_test(size=size) as pilot:
                await steps(Watched(app, pilot))

        asyncio.run(go())

    return run


@pytest.fixture(scope="session")
def shop(receiver: str) -> Iterator[str]:
    """A server whose shop had a bad day, to be looked at only; its URL."""
    with LocalEmulator(_settings()) as local, ControlClient(local.url) as client:
        bad_day(client, receiver)
        yield local.url
