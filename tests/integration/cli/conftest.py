"""The command as its user has it: in this process for speed, as a process of its own where that is the point."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest

from emulator.cli.main import run
from emulator.examples.receiver import make_server
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

PATIENCE = 60.0  # a test never waits this long unless the machine is very busy, or something is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has an empty working directory and no settings from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("EPCC_"):
            monkeypatch.delenv(name)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """`command("trigger", "order.paid")`: one command line, run in this process."""

    def go(*words: str) -> Result:
        capsys.readouterr()
        code = run(words)
        captured = capsys.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    return go


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalEmulator]:
    """An emulator on a virtual clock that the commands find by EPCC_EMULATOR_URL."""
    settings = Settings(seed=1, clock=ClockSettings(mode=ClockMode.VIRTUAL))
    with LocalEmulator(settings) as local:
        monkeypatch.setenv("EPCC_EMULATOR_URL", local.url)
        yield local


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    url: str
    seen: Callable[[], list[dict[str, Any]]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The example receiver in a thread."""
    served = make_server("127.0.0.1", 0, None)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        port = served.server_address[1]
        yield Receiver(url=f"http://127.0.0.1:{port}", seen=served.memory.seen)
    finally:
        served.shutdown()
        thread.join()
        served.server_close()


class Running:
    """A command in a process of its own, whose lines can be waited for."""

    def __init__(self, words: tuple[str, ...], cwd: Path, environment: dict[str, str]) -> None:
        self.directory = cwd
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from emulator.cli.main import main; main()", *words],
            cwd=cwd,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def until(self, *words: str) -> str:
        """The next line that holds all of these words."""
        while True:
            try:
                line = self._queue.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"no line with {words} within {PATIENCE:g} s, but {self.lines}") from None
            if line is None:
                raise AssertionError(f"ended without a line with {words}, but with {self.lines}")
            self.lines.append(line)
            if all(word in line for word in words):
                return line

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after this signal."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while not self._queue.empty():
            line = self._queue.get()
            if line is not None:
                self.lines.append(line)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`start("serve", "--port", "0")`: a command in a process of its own; killed at the end of the test."""
    running: list[Running] = []

    def go(*words: str, **environment: str) -> Running:
        running.append(Running(words, tmp_path, environment))
        return running[-1]

    yield go
    for one in running:
        one.close()
