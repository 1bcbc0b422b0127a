"""Newcomer: does what a page of the documentation says, in a terminal of their own."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0


def files_of(page: Path, place: Path) -> list[str]:
    """Writes every file that the page shows, each named in the text before it; its commands."""
    text = page.read_text(encoding="utf-8")
    shown = re.findall(
        r"`([\w-]+\.(?:py|ya?ml|toml|jsonl))`(?:[^`\n]|`\w+`|\n(?!\n))*:\n\n```\w+\n(.*?)^```",
        text,
        re.DOTALL | re.MULTILINE,
    )
    assert shown
    for name, content in shown:
        (place / name).write_text(content, encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


@contextmanager
def shell(place: Path) -> Iterator["Shell"]:
    opened = Shell(place)
    try:
        yield opened
    finally:
        opened.close()


class Shell:
    """A newcomer's: our commands on the path, and ports of one's own."""

    def __init__(self, place: Path) -> None:
        self._place = place
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EPCC_", "AWS_", "STOMP_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        own = {"EPCC_EMULATOR_PORT": "0", "EPCC_EMULATOR_SQS_PORT": "0", "EPCC_EMULATOR_SPEED": "600"}
        self._environment = {**kept, **own, "PATH": path, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
        self._running: list[subprocess.Popen[str]] = []

    def run(self, command: str, *, code: int = 0) -> str:
        """What it prints, if it ends with this code."""
        return self._done(command, code).stdout

    def run_both(self, command: str, *, code: int = 0) -> str:
        """The same, and what it says beside that."""
        done = self._done(command, code)
        return done.stdout + done.stderr

    def _done(self, command: str, code: int) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            shlex.split(command),
            cwd=self._place,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
        )
        assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
        return done

    def export(self) -> None:
        """What `eval "$(epcc-emulator env --format export)"` does."""
        for line in self.run("epcc-emulator env --format export").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self._environment[name] = "".join(shlex.split(value))

    def import_from(self, *places: Path) -> None:
        """What Python finds beside what is installed."""
        usual = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        self._environment["PYTHONPATH"] = os.pathsep.join(filter(None, (*map(str, places), *usual)))

    def start(self, command: str) -> "Output":
        process = subprocess.Popen(
            shlex.split(command),
            cwd=self._place,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._running.append(process)
        return Output(process)

    def close(self) -> None:
        running, self._running = self._running, []
        for process in reversed(running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Output:
    """What a process prints, as far as it has."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def until(self, *patterns: str, patience: float = PATIENCE) -> None:
        """Waits until each of them stands in some line."""

        def all_there() -> bool:
            return all(any(re.search(pattern, line) for line in self._lines) for pattern in patterns)

        with self._changed:
            assert self._changed.wait_for(all_there, patience), "".join(self._lines)

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


def wait_for(port: str) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", int(port))) == 0:
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)
