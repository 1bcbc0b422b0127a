"""The reference pages' commands, typed in their order; the other pages are done by tests of their own."""

import json
import re
import shlex
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from newcomer import Shell, shell

DOCS = Path(__file__).parents[2] / "docs"
ORDERS = 3  # of seven events each, so that the deliveries that a page names are there


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(page: str) -> list[str]:
    """What is typed on it, in its order."""
    lines = "".join(blocks(page, "console")).replace("\\\n", "").splitlines()
    found = [line.removeprefix("$ ").partition("  #")[0].partition(" # ")[0].strip() for line in lines]
    assert found
    return found


class _Receiver(BaseHTTPRequestHandler):
    """Takes everything, and says that it has shipped one order."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"{}")

    def do_GET(self) -> None:
        self._answer(json.dumps(["shipped"]).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is said of it."""


@pytest.fixture
def port() -> Iterator[str]:
    """Of the receiver that the pages send to."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield str(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Shell]:
    with shell(tmp_path) as opened:
        yield opened


def type_in(terminal: Shell, command: str) -> str:
    return terminal.run(f"bash -c {shlex.quote(command)}")


@pytest.mark.slow
def test_scenarios(terminal: Shell, port: str, tmp_path: Path) -> None:
    serving = f"epcc-emulator listen --forward-to http://localhost:{port}/hook"
    terminal.start(serving).until("^Next, in another terminal")
    type_in(terminal, f"epcc-emulator trigger order.fulfilled --count {ORDERS}")
    type_in(terminal, "epcc-emulator wait settled")
    for command in commands("scenarios.md"):
        type_in(terminal, command.replace(":8000", f":{port}"))
    for written in ("mine.yaml", "scenario.schema.json", "plan.svg", "monday.json", "broken.yaml"):
        assert (tmp_path / written).stat().st_size > 0, written


@pytest.mark.slow
def test_chaos(terminal: Shell, tmp_path: Path) -> None:
    terminal.start("epcc-emulator serve").until(r"http://127\.0\.0\.1:\d+")
    told = [type_in(terminal, command) for command in commands("chaos.md")]
    assert "reorder-1" in told[2], told


@pytest.mark.slow
def test_expectations(terminal: Shell, port: str, tmp_path: Path) -> None:
    scenario = blocks("expectations.md", "yaml")[0].replace(":8000", f":{port}")
    (tmp_path / "shipping.yaml").write_text(scenario, encoding="utf-8")
    for command in commands("expectations.md"):
        receiving = f"RECEIVER_URL=http://localhost:{port}/hook "
        type_in(terminal, receiving + command.replace(":8000", f":{port}").replace("npm test", "true"))
    for written in ("results.xml", "run.html", "run.ndjson", "run.har"):
        assert (tmp_path / written).stat().st_size > 0, written
