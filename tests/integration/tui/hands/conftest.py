"""The dashboard in front of a server and a receiver of its own, with keys pressed and things waited for."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockSettings, Settings

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


@pytest.fixture(autouse=True)
def _somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is written into an empty directory."""
    monkeypatch.chdir(tmp_path)
