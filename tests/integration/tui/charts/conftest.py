"""The dashboard in front of a shop that had a bad day, live or as a saved journal, with keys pressed in it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator, SavedEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings

ORDERS = 6


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


@pytest.fixture(scope="session")
def shop(receiver: str) -> Iterator[str]:
    """A server whose shop had a bad day, to be looked at only; its URL."""
    with LocalEmulator(_settings()) as local, ControlClient(local.url) as client:
        bad_day(client, receiver)
        yield local.url
