"""The dashboard in front of a server and a receiver of its own, with keys pressed and things waited for."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockSettings, Settings
from tui.app import Dashboard
from tui.client import Client
from tui.link import Link
from tui.screens.deliveries import Deliveries
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.detail.pane import DetailPane
from tui.widgets.detail.sheet_view import SheetView

PATIENCE = 20.0
SECRET = "sesame-123456"


class Receiver:
    """Answers as it is told to; `status` and `answer` are those of the next request, `bodies` what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.answer = b'{"taken": true}'
        self.bodies: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(receiver.answer)))
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


class Watched:
    """A dashboard in a terminal that nobody sees."""

    def __init__(self, app: Dashboard, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.desk = app.desk

    async def until(self, condition: Callable[[], Any]) -> None:
        """Comes back when it is so."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self.pilot.pause(0.01)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Into the line that is being edited, as a paste would."""
        await self.press("ctrl+u", *(_KEYS.get(character, character) for character in text))

    async def live(self, deliveries: int = 1) -> None:
        """Until the dashboard knows as many deliveries, how its server is, and who is sent to."""
        session = self.desk.session
        await self.until(lambda: session.link is Link.LIVE and session.status and session.integrations)
        await self.until(lambda: len(session.view.numbers) >= deliveries and self.table.cursor is not None)

    @property
    def page(self) -> Deliveries:
        page = next(screen for screen in self.app.screen_stack if isinstance(screen, Deliveries))
        assert isinstance(page, Deliveries)
        return page

    @property
    def table(self) -> DeliveryTable:
        return self.page.query_one(DeliveryTable)

    @property
    def pane(self) -> DetailPane:
        return self.page.query_one(DetailPane)

    @property
    def view(self) -> SheetView:
        return self.app.screen.query_one(SheetView)

    def shown(self) -> list[str]:
        """Every line of the details, in sight or not."""
        sheet = self.view.sheet
        return ["".join(piece.text for piece in line) for line in sheet.lines(0, len(sheet))]

    async def sees(self, part: str) -> None:
        """Until a line of the details holds these words."""
        await self.until(lambda: any(part in line for line in self.shown()))

    async def told(self, part: str) -> None:
        """Until the dashboard has said something with these words in it."""
        said: dict[str, None] = {}

        def heard() -> bool:
            said.update(dict.fromkeys(str(toast.message) for toast in self.app._notifications))
            return any(part in message for message in said)

        try:
            await self.until(heard)
        except TimeoutError:
            pytest.fail(f"{part!r} was not said, but {list(said)}")

    def screen(self) -> str:
        """What the terminal shows."""
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()
        )


_KEYS = {" ": "space", ".": "full_stop", "-": "minus", "/": "slash", "_": "underscore"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    """A test may ask for others by parametrizing it indirectly, with a mapping."""
    return Settings(**{"seed": 1, "clock": ClockSettings(), **getattr(request, "param", {})})


@pytest.fixture
def local(settings: Settings) -> Iterator[LocalEmulator]:
    with LocalEmulator(settings) as running:
        yield running


@pytest.fixture
def client(local: LocalEmulator) -> Iterator[ControlClient]:
    with ControlClient(local.location) as opened:
        yield opened


@pytest.fixture
def shop(local: LocalEmulator, receiver: Receiver) -> Callable[..., str]:
    """Registers a webhook at the receiver; its key."""

    def register(name: str = "shop", **attributes: Any) -> str:
        values: dict[str, Any] = {
            "name": name,
            "integration_type": IntegrationType.WEBHOOK,
            "enabled": True,
            "observes": ("order.created", "order.paid"),
            "configuration": WebhookConfiguration(url=receiver.url, secret_key=SECRET),
            **attributes,
        }
        return local.call(local.emulator.create_integration(**values)).key

    return register


@pytest.fixture
def watch_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`watch_at(url, steps)`: runs the dashboard on another server, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def run(url: str, steps: Callable[[Watched], Awaitable[None]], *, size: tuple[int, int] = (120, 36)) -> None:
        async def go() -> None:
            app = Dashboard(Client(url))
            async with app.run_test(size=size) as pilot:
                await steps(Watched(app, pilot))

        asyncio.run(go())

    return run


@pytest.fixture
def watch(local: LocalEmulator, watch_at: Callable[..., None]) -> Callable[..., None]:
    """`watch(steps)`: the same on the server of the test."""

    def run(steps: Callable[[Watched], Awaitable[None]], **how: Any) -> None:
        watch_at(local.url, steps, **how)

    return run
