"""A shipping department that is told of orders, with a mistake or without, and scenarios to judge it by."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.main import run
from emulator.core.scenario import Scenario
from emulator.loading.scenarios import parse_scenario


@dataclass
class Department:
    """Ships an order when it hears that it is fulfilled: once, or (`careless`) as often as it is told.

    `refuses` says how many messages of a key it fails first; `answers` is what GET is answered with: a status and a
    text, made anew each time. A POST to `/reset` makes it `forget`.
    """

    folder: Path
    careless: bool = False
    refuses: dict[str, int] = field(default_factory=dict)
    answers: Callable[[], tuple[int, str]] | None = None
    on_message: Callable[[str], object] = lambda _: None
    url: str = ""

    def __post_init__(self) -> None:
        with self.database() as database:
            database.execute("create table shipments (id text)")

    def database(self) -> Any:
        database = sqlite3.connect(self.folder / "shop.db", isolation_level=None)
        return closing(database)

    def hear(self, message: dict[str, Any]) -> int:
        key = message["triggered_by"]
        self.on_message(key)
        if self.refuses.get(key, 0) > 0:
            self.refuses[key] -= 1
            return 500
        if key == "order.fulfilled":
            id = json.loads(message["resources"])["data"]["id"]
            with self.database() as database:
                known = database.execute("select 1 from shipments where id = ?", (id,)).fetchall()
                if self.careless or not known:
                    database.execute("insert into shipments values (?)", (id,))
        return 200

    def shipments(self) -> list[str]:
        with self.database() as database:
            return [row[0] for row in database.execute("select id from shipments")]

    def forget(self) -> int:
        """What it answers to that."""
        with self.database() as database:
            database.execute("delete from shipments")
        return 204

    def told(self) -> tuple[int, str]:
        return (200, json.dumps({"shipments": self.shipments()})) if self.answers is None else self.answers()


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def department(tmp_path: Path) -> Iterator[Callable[..., Department]]:
    """`department(careless=True)`: one that listens until the test ends."""
    servers = []

    def make(**how: Any) -> Department:
        made = Department(folder=tmp_path, **how)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(made.forget() if self.path == "/reset" else made.hear(json.loads(body)), "")

            def do_GET(self) -> None:
                self._answer(*made.told())

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        return made

    yield make
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def judgement(self) -> Any:
        return json.loads(self.out)["judgement"]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """`command("run", "s.yaml")`: one command line, run in this process."""

    def go(*words: str) -> Result:
        capsys.readouterr()
        code = run(words)
        captured = capsys.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    return go


STORY = """\
description: An order is fulfilled, and the shop does not hear that this was heard
seed: 7
integrations: [{{name: shop, url: "{url}/hook", observes: ["order.*"]}}]
steps:
  - {{trigger: order.created, as: o1}}
  - {{trigger: order.paid, of: o1}}
  - {{trigger: order.fulfilled, of: o1}}
chaos: [{chaos}]
expect:
{expect}"""
LOST = "{id: lost, match: {event: order.fulfilled}, ack_loss: {times: 2}}"


@pytest.fixture
def story(tmp_path: Path) -> Callable[..., str]:
    """Writes a scenario about this department with these expectations, and answers with the file's name."""

    def write(department: Department, *expect: str, chaos: str = LOST, head: str = "") -> str:
        lines = "".join(f"  - {one}\n" for one in expect)
        text = head + STORY.format(url=department.url, chaos=chaos, expect=lines)
        (tmp_path / "story.yaml").write_text(text, encoding="utf-8")
        return "story.yaml"

    return write


@pytest.fixture
def told(department: Callable[..., Department], story: Callable[..., str]) -> Callable[..., Scenario]:
    """`told(there)`: the story of this department, which is made to forget, and what it is to converge to.

    `also` is expected besides, `expect` instead; `head` stands before everything.
    """

    def tell(
        there: Department,
        *expect: str,
        also: tuple[str, ...] = (),
        head: str = "",
        resets: bool = True,
        chaos: str = LOST,
    ) -> Scenario:
        reset = f'receiver: {{reset: "curl -fsX POST {there.url}/reset"}}\n' if resets else ""
        converges = f"converges: {{probe: '{there.url}/', path: $.shipments, stable_for: 10ms}}"
        name = story(there, *(expect or (converges, *also)), head=head + reset, chaos=chaos)
        return parse_scenario(Path(name).read_text(encoding="utf-8"), name, {})

    return tell
