"""Exploring: runs a second of `explore`, beside a bare client that makes the same sends to the same receiver.

The receiver is a program of its own, which keeps a count of each order, tells it and forgets it. A run is three events
under the profile `documented` and the same three in order, with two resets and their probes; the bare client makes as
many sends, resets and reads, over one connection, and neither plans nor judges anything.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import mean
from time import perf_counter
from typing import ClassVar
from urllib.parse import urlsplit

from benchmarks.bare_sender import BODY
from benchmarks.figure import Figure, Score
from benchmarks.rounds import Rounds, take
from emulator.core.verdict import Verdict
from emulator.harness.errand import Errand
from emulator.harness.exploring import Prober
from emulator.harness.trials import trials

RUNS = 40
ROUNDS = 3
TARGET = 5.0
_STATE = "/state"
_SCENARIO = {
    "profile": "documented",
    "integrations": [{"name": "bench", "observes": ["order.created", "order.paid", "order.fulfilled"]}],
    "steps": [
        {"trigger": "order.created", "as": "o1"},
        {"trigger": "order.paid", "of": "o1"},
        {"trigger": "order.fulfilled", "of": "o1"},
    ],
}


class Counter(BaseHTTPRequestHandler):
    """A receiver that no order and no repetition can harm."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    seen: ClassVar[set[bytes]] = set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/reset":
            self.seen.clear()
        else:
            self.seen.add(body[:60])
        self._answer(b"{}")

    def do_GET(self) -> None:
        self._answer(json.dumps({"seen": bool(self.seen)}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def figures() -> list[Figure]:
    """Runs a second, one at a time. There is no guard against a neighbour: look at the rounds."""
    with _receiver() as url:
        sends = _sends(url)
        rounds = take(ROUNDS, {"explored": lambda: explored(url), "bare": lambda: bare(url, round(sends))})
    return [_figure(rounds, sends)]


def explored(url: str) -> float:
    """Of an emulator that is up and has made its first run."""
    errand = _errand(url)
    with trials(errand.scenario(), forward_to=f"{url}/hook") as here:
        prober = Prober(here, errand)
        prober.run(0)
        started = perf_counter()
        found = [prober.run(seed) for seed in range(1, RUNS + 1)]
        seconds = perf_counter() - started
    assert all(one.verdict is Verdict.PASS for one in found), [one for one in found if one.verdict is not Verdict.PASS]
    return RUNS / seconds


def bare(url: str, sends: int) -> float:
    """So many sends a run; each half of it begins with a reset and ends with two reads."""
    connection = HTTPConnection(urlsplit(url).netloc)
    started = perf_counter()
    for _ in range(RUNS):
        for half in (sends - sends // 2, sends // 2):
            _ask(connection, "POST", "/reset", b"")
            for _ in range(half):
                _ask(connection, "POST", "/hook", BODY)
            for _ in range(2):
                _ask(connection, "GET", _STATE, b"")
    seconds = perf_counter() - started
    connection.close()
    return RUNS / seconds


def _figure(rounds: Rounds, sends: float) -> Figure:
    found = rounds.found["explored"]
    how = f"{sends:.1f} sends a run with its baseline; rounds {min(found):.1f} to {max(found):.1f}/s"
    return Figure(
        name="explore, one receiver",
        measured=rounds.median("explored"),
        unit="runs/s",
        beside="bare client, the same sends, resets and reads",
        ceiling=rounds.median("bare"),
        score=Score.ITSELF,
        target=TARGET,
        at_least=True,
        trusted=rounds.clean,
        note="; ".join(filter(None, (how, rounds.caveat))),
    )


def _errand(url: str) -> Errand:
    ask = (
        f"import socket as s; c = s.create_connection(('127.0.0.1', {urlsplit(url).port})); "
        "c.sendall(b'POST /reset HTTP/1.0\\r\\n\\r\\n'); raise SystemExit(b' 200 ' not in c.recv(99))"
    )
    scenario = {
        **_SCENARIO,
        "receiver": {"reset": f'{sys.executable} -S -c "{ask}"'},
        "expect": [{"converges": {"probe": f"{url}{_STATE}", "path": "$", "stable_for": "1ms"}}],
    }
    return Errand.of(json.dumps(scenario), "bench.yaml", forward_to=f"{url}/hook")


def _sends(url: str) -> float:
    """How many there are in a run, its baseline's included."""
    errand = _errand(url)
    with trials(errand.scenario(), forward_to=f"{url}/hook") as here:
        found = [here.run(errand.scenario(seed)) for seed in range(1, 6)]
    return mean(len(one.played.attempts) + (0 if one.baseline is None else len(one.baseline.attempts)) for one in found)


def _ask(connection: HTTPConnection, method: str, path: str, body: bytes) -> None:
    connection.request(method, path, body)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


@contextmanager
def _receiver() -> Iterator[str]:
    """In a process of its own, as a receiver is."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def main() -> None:
    """The receiver, until it is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever(poll_interval=0.01)


if __name__ == "__main__":
    main()
