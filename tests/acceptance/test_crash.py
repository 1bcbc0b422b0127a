"""`kill -9` under load, many times: what was accepted arrives, under its own number, and nothing else does."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.harness.client import ControlClient
from emulator.runtime.journal import Journal

KILLS = int(os.environ.get("EPCC_EMULATOR_TEST_KILLS", "6"))
CALLERS = 3


@dataclass
class Receiver:
    """What arrived: the attempts of each job, and the event it was about."""

    attempts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def take(self, body: dict[str, Any]) -> int:
        """Every seventh job fails at first, every third is answered slowly enough for a kill to come before."""
        job, attempt = body["id"], body["attempt"]
        with self.lock:
            self.attempts[job].append(attempt)
            self.keys[job] = body["triggered_by"]
        number = int(job[:8], 16)
        if number % 3 == 0:
            time.sleep(0.05)
        return 503 if number % 7 == 0 and attempt == 1 else 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """On a port of its own, alive through every crash of the emulator."""
    seen = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = seen.take(json.loads(body))
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def handle(self) -> None:
            with suppress(OSError):  # the emulator was killed
                super().handle()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield seen
    server.shutdown()
    server.server_close()
    thread.join()


class Emulator:
    """A server process on one data directory, started again and again. An hour of it takes a few seconds."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        port_file = self._directory / "port"
        port_file.unlink(missing_ok=True)
        words = ["serve", "--port", "0", "--port-file", str(port_file), "--data-dir", str(self._directory / "data")]
        words += ["--speed", "1000", "--seed", "7"]
        with (self._directory / "log").open("ab") as log:
            command = Path(sys.executable).with_name("epcc-emulator")
            self._process = subprocess.Popen([command, *words], stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not port_file.exists():
            assert self._process.poll() is None, (self._directory / "log").read_text()
            assert time.monotonic() < deadline, "the emulator does not become ready"
            time.sleep(0.01)
        self.port = int(port_file.read_text().strip())

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def client(self) -> ControlClient:
        return ControlClient(f"http://127.0.0.1:{self.port}")


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    process = Emulator(tmp_path)
    yield process
    process.stop()


@dataclass
class Acknowledged:
    """What callers were told was accepted: events, and the jobs planned for them."""

    events: set[str] = field(default_factory=set)
    jobs: dict[str, str] = field(default_factory=dict)
    calls: int = 0

    def call(self, port: int, over: threading.Event) -> None:
        """Triggers until the process is gone."""
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        headers = {"Content-Type": "application/json"}
        with suppress(OSError, HTTPException, json.JSONDecodeError):
            while not over.is_set():
                connection.request("POST", "/_emulator/trigger", json.dumps({"key": "order.paid"}), headers)
                answer = connection.getresponse()
                told = json.loads(answer.read())
                assert answer.status == 200, told
                self.calls += 1
                self.events.update(event["identity"] for event in told["events"])
                self.jobs.update({planned["job_id"]: planned["event"] for planned in told["deliveries"]})
        connection.close()


def under_load(emulator: Emulator, told: Acknowledged, seconds: float) -> None:
    """Lets callers trigger for that long, then kills the emulator in the middle of it."""
    over = threading.Event()
    callers = [threading.Thread(target=told.call, args=(emulator.port, over)) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    time.sleep(seconds)  # a random moment is what is wanted
    emulator.kill()
    over.set()
    for caller in callers:
        caller.join()


@pytest.mark.slow
@pytest.mark.soak
def test_killed_again_and_again_it_loses_nothing_and_invents_nothing(
    emulator: Emulator, receiver: Receiver, tmp_path: Path
) -> None:
    moments = random.Random(4711)
    told = Acknowledged()
    emulator.start()
    with emulator.client() as client:
        client.ensure_integration(
            "shop",
            integration_type="webhook",
            observes=["order.*"],
            enabled=True,
            configuration={"url": receiver.url},
        )
    for _ in range(KILLS):
        under_load(emulator, told, moments.uniform(0.05, 0.6))
        emulator.start()
    with emulator.client() as client:
        assert client.settle(time_limit=60), "what was accepted does not settle"
    emulator.stop()

    assert told.calls > KILLS, "there was no load"
    missing = [event for job, event in told.jobs.items() if job not in receiver.attempts]
    assert not missing, f"{len(missing)} of {len(told.jobs)} accepted deliveries never arrived: {missing[:5]}"
    journal = Journal.read_only(tmp_path / "data")
    try:
        kept, count = {}, journal.deliveries(limit=1)[1]
        for offset in range(0, count, 1000):
            rows, _ = journal.deliveries(offset=offset, limit=1000)
            kept.update({row.job_id: row for row in rows})
        assert told.jobs.keys() <= kept.keys()
        assert {row.state for row in kept.values()} == {DeliveryState.SUCCEEDED}
        assert all(not row.pending for row in kept.values())
        assert all(journal.event(event) is not None for event in told.events)
        assert receiver.attempts.keys() <= kept.keys(), "a delivery was invented"
        assert all(kept[job].event_key == key for job, key in receiver.keys.items())
        for job, row in kept.items():
            numbers = receiver.attempts[job]
            assert set(numbers) == set(range(1, row.attempts + 1)), f"attempts of {row.event}: {numbers}"
        again = sum(len(numbers) > len(set(numbers)) for numbers in receiver.attempts.values())
        assert again, "no request was open when the emulator was killed, so nothing was proved"
    finally:
        asyncio.run(journal.close())
