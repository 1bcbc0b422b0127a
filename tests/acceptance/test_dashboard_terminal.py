"""The dashboard in a real terminal, as somebody sees it who has it open beside the editor."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PATIENCE = 60.0
EMULATOR = [sys.executable, "-m", "emulator"]


class Terminal:
    """A terminal of tmux with a shell in it."""

    def __init__(self, tmux: str, directory: Path) -> None:
        self._tmux = [tmux, "-L", f"epcc-{os.getpid()}-{directory.name}"]
        self._directory = directory
        self._run("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30", "-c", str(directory), "sh")
        self._run("set-option", "-g", "remain-on-exit", "on")

    def _run(self, *words: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "PS1": "$ "}
        done = subprocess.run([*self._tmux, *words], capture_output=True, text=True, env=environment, check=True)
        return done.stdout

    def type(self, command: str) -> None:
        """A line, and Enter."""
        self._run("send-keys", "-l", command)
        self.press("Enter")

    def text(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def sees(self, pattern: str) -> "re.Match[str]":
        """Waits until this is on the screen."""
        until = time.monotonic() + PATIENCE
        while True:
            shown = self.screen()
            found = re.search(pattern, shown)
            if found is not None:
                return found
            assert time.monotonic() < until, f"{pattern!r} is not on the screen:\n{shown}"
            time.sleep(0.05)

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def terminal(require: Callable[[str], str], tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(require("tmux"), tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[str]:
    """Takes everything but what has `customer` in its body, which it refuses."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if b'"triggered_by":"customer' in body else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()
    thread.join()


def emulator(directory: Path, *words: str) -> str:
    done = subprocess.run(
        [*EMULATOR, *words], cwd=directory, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def register(directory: Path, url: str, name: str = "shop") -> None:
    """A receiver that hears of everything."""
    emulator(directory, "integrations", "create", "--managed", "--name", name, "--forward-to", url, "--observes", "*")


def emulators_in(directory: Path) -> list[int]:
    """Processes of ours that work there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == directory and b"emulator" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
def test_from_start_to_quit(terminal: Terminal, tmp_path: Path, receiver: str) -> None:
    terminal.type(shlex.join([*EMULATOR, "serve", "--port", "0", "--tui"]))
    terminal.sees("Nothing has happened yet")
    terminal.sees("● live")
    register(tmp_path, receiver)
    emulator(tmp_path, "trigger", "order.paid", "--count", "3")
    emulator(tmp_path, "trigger", "customer.created")
    terminal.sees(r"✓ 200 +order\.paid +order:3 +shop")
    terminal.sees(r"↻ 503 +customer\.created")

    terminal.text("/status:failed")
    terminal.sees(r"#\d+  1 of 1\b")
    terminal.press("Enter")
    terminal.text("r")
    terminal.sees(r"↻ 503 +customer\.created +custome\S* +shop +(webhook +)?#[2-9]")
    terminal.press("Escape")
    terminal.sees(r"\d of [2-9]\d")
    terminal.text("/event:order.paid resource:order:3")
    terminal.sees(r"1 of 1\b")
    terminal.press("Enter")
    terminal.text("R")
    terminal.sees("Send order:3/order.paid:1 again")
    terminal.press("Enter")
    terminal.sees(r"✓ 200 +order\.paid +order:3 +shop +(webhook +)?#[2-9]")

    terminal.press("Escape")
    terminal.sees(r"\d of [2-9]\d")
    terminal.text("q")
    terminal.sees(r"Stopped\.\n")
    terminal.type("echo the shell is $((40 + 2))")
    terminal.sees("the shell is 42")
    assert "Ready http://127.0.0.1:" in terminal.screen(), "what was there before is there again"
    assert not emulators_in(tmp_path)


@pytest.mark.slow
def test_the_server_is_killed_and_comes_back(terminal: Terminal, tmp_path: Path, receiver: str) -> None:
    server = [*EMULATOR, "serve", "--port-file", "port"]
    running = subprocess.Popen([*server, "--port", "0"], cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        emulator(tmp_path, "wait", "ready")
        port = (tmp_path / "port").read_text().strip()
        register(tmp_path, receiver)
        emulator(tmp_path, "trigger", "order.created")
        terminal.type(shlex.join([*EMULATOR, "tui"]))
        terminal.sees(r"✓ 200 +order\.created +order:1")
        running.send_signal(signal.SIGKILL)
        running.wait()
        terminal.sees("✗ no answer")
        running = subprocess.Popen([*server, "--port", port], cwd=tmp_path, stdout=subprocess.DEVNULL)
        terminal.sees("● live")
        emulator(tmp_path, "trigger", "order.created")
        terminal.sees(r"✓ 200 +order\.created +order:2")
        assert re.search(r"✓ 200 +order\.created +order:1", terminal.screen()), "what was known is known still"
        terminal.text("q")
        terminal.sees(r"[$#] *\n*\Z")
    finally:
        running.terminate()
        running.wait()


@pytest.mark.slow
def test_sizes_that_nobody_works_in(terminal: Terminal, tmp_path: Path, receiver: str) -> None:
    terminal.type(shlex.join([*EMULATOR, "serve", "--port", "0", "--tui"]))
    terminal.sees("● live")
    register(tmp_path, receiver, "مرحبا 🙂")
    emulator(tmp_path, "trigger", "customer.updated", "--override", "data.name=שלום 👩‍🚀 \x1b[31mred")
    terminal.sees(r"customer\.updated")
    for columns, rows in ((20, 5), (200, 60), (80, 24), (1, 1), (120, 30)):
        terminal.resize(columns, rows)
        for page in "2345":
            terminal.text(page)
        terminal.text("1")
    terminal.sees(r"✓ 200|↻ 503")
    terminal.press("Enter")
    terminal.sees("Payload")
    terminal.text("q")
    terminal.sees(r"Stopped\.")


@pytest.mark.slow
def test_sigterm_gives_the_terminal_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.type(shlex.join([*EMULATOR, "serve", "--port", "0", "--tui"]))
    terminal.sees("● live")
    parent = min(emulators_in(tmp_path))
    os.kill(parent, signal.SIGTERM)
    terminal.sees(r"Stopped\.")
    terminal.type("echo the shell is $((40 + 2))")
    terminal.sees("the shell is 42")
    assert not emulators_in(tmp_path)


@pytest.mark.slow
def test_without_colours_none_are_sent(require: Callable[[str], str], tmp_path: Path) -> None:
    """NO_COLOR, by the bytes that the terminal gets."""
    terminal = Terminal(require("tmux"), tmp_path)
    log = tmp_path / "bytes"
    try:
        terminal._run("pipe-pane", f"cat > {shlex.quote(str(log))}")
        terminal.type("NO_COLOR=1 " + shlex.join([*EMULATOR, "serve", "--port", "0", "--tui"]))
        terminal.sees("● live")
        terminal.text("?")
        terminal.sees("Keys here")
        terminal.press("Escape")
        terminal.sees("q Quit")
        terminal.text("q")
        terminal.sees(r"Stopped\.")
    finally:
        terminal.close()
    styles = re.findall(rb"\x1b\[([0-9;]*)m", log.read_bytes())
    assert styles
    numbers = {int(number) for style in styles for number in style.split(b";") if number}
    assert not numbers & {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}
