"""The README, done as it says: its commands are run, its example is a test that passes, its links lead somewhere."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest

from emulator.examples.receiver import make_server

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line.removeprefix("$ ").partition("  #")[0].strip()
    for language, text in BLOCKS
    if language == "console"
    for line in text.splitlines()
]
PATIENCE = 30.0
ROW = re.compile(r"^\d\d:\d\d:\d\d\.\d+  (.{10})  (\S+) +(\S+) +(#\S+) +(\S+) +\d+ms *(.*)$", re.MULTILINE)

# What the example calls `app`: a receiver that ships each order once, however often it hears of it.
APP = """
    import json, threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    import pytest

    @pytest.fixture
    def app():
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                order = json.loads(message["resources"])["data"]["id"]
                server.heard += 1
                if message["triggered_by"] == "order.fulfilled" and order not in server.shipments:
                    server.shipments.append(order)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.heard, server.shipments = 0, []
        server.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
        server.server_close()
        assert server.heard > 3, "the README's test proves nothing when nothing arrives"
"""


def environment() -> dict[str, str]:
    """A newcomer's: our commands on the path, nothing of ours in the variables, no port of somebody else's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EPCC_", "PYTEST_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "EPCC_EMULATOR_PORT": "0", "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}


def run(command: str, place: Path, *, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", command], cwd=place, env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == code, f"{command}\n{done.stdout}{done.stderr}"
    return done


def commands(beginning: str) -> list[str]:
    found = [command for command in COMMANDS if command.startswith(beginning)]
    assert found, f"the README has no command that begins with '{beginning}'"
    return found


def rows(output: str) -> Counter[tuple[str, ...]]:
    """The attempts of an output, but for what depends on how busy this machine is: when, in which order, how fast."""
    return Counter(match.groups() for match in ROW.finditer(output))


def findings(output: str) -> list[str]:
    """`3 out of order …` without the number, which depends on it too."""
    return [re.sub(r"^\d+ |\d+s", "", line) for line in output.splitlines() if re.match(r"\d+ [a-z]", line)]


class Lines:
    """What a process prints, line by line, as it comes."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._lines: Queue[str] = Queue()
        self.seen: list[str] = []
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()

    def until(self, pattern: str) -> str:
        """The next line that matches. Raises queue.Empty when nothing comes for too long."""
        while True:
            line = self._lines.get(timeout=PATIENCE)
            self.seen.append(line)
            if re.search(pattern, line):
                return line

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line.rstrip())


@pytest.fixture
def receiver() -> Iterator[int]:
    """The port of a receiver that takes everything."""
    server = make_server("127.0.0.1", 0, None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def running(command: str, place: Path) -> Iterator[Lines]:
    """A command that runs until it is interrupted, and then ends without complaint."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=place,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            lines = Lines(process)
            yield lines
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            lines.until("the registration is removed")
        finally:
            process.kill()
            process.wait()


def test_every_example_is_of_a_kind_that_is_tried_here() -> None:
    assert {language for language, _ in BLOCKS} == {"console", "text", "python"}
    for language, text in BLOCKS:
        assert language != "console" or all(line.startswith("$ ") for line in text.splitlines())
    tried = ("make ", "pipx install .", "epcc-emulator ")
    assert [command for command in COMMANDS if not command.startswith(tried)] == []


def test_the_make_targets_are_there() -> None:
    for command in commands("make "):
        run(f"{command} --dry-run", CHECKOUT)


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    (shown,) = [text for language, text in BLOCKS if language == "text"]
    real = run("epcc-emulator demo", tmp_path).stdout
    hint = "the demo prints something else by now: put the output of `epcc-emulator demo` into the README"
    assert rows(shown), hint
    assert rows(shown) <= rows(real), hint
    assert {row[0].strip() for row in rows(shown)} == {"Order desk", "Warehouse", "Ledger"}
    assert findings(shown) == findings(real), hint
    assert shown.splitlines()[-1] == real.splitlines()[-1], hint


def test_what_judges_is_what_the_tutorial_types() -> None:
    """Whose test types it, with the receiver and the cases that it is about."""
    pages = [CHECKOUT / "docs" / page for page in ("tutorial.md", "how-to/contract-test-in-ci.md")]
    typed = "".join(page.read_text(encoding="utf-8") for page in pages)
    judging = [command.split()[1] for command in commands("epcc-emulator") if "shipping" in command]
    assert judging == ["run", "explore", "shrink", "replay", "report-card"]
    assert all(f"epcc-emulator {word} shipping" in typed for word in judging)


@pytest.mark.slow
def test_the_commands_for_a_receiver_of_ones_own(tmp_path: Path, receiver: int) -> None:
    (listen,) = commands("epcc-emulator listen --forward-to")
    # Ten minutes in a second, or its lateness would be ours.
    command = f"env EPCC_EMULATOR_SPEED=600 {listen.replace(':8000', f':{receiver}')}"
    with running(command, tmp_path) as lines:
        lines.until(r"^Next, in another terminal: epcc-emulator trigger")
        for typed in commands("epcc-emulator"):
            if not typed.startswith(("epcc-emulator listen", "epcc-emulator exec")) and "shipping" not in typed:
                run(typed.replace(":8000", f":{receiver}"), tmp_path)
        lines.until(r"order\.paid .*\b200\b")
        deliveries = run("epcc-emulator deliveries --event order.fulfilled", tmp_path).stdout
        assert "succeeded" in deliveries
        assert run("epcc-emulator env", tmp_path).stdout.startswith("EPCC_API_BASE_URL=http://")


@pytest.mark.slow
@pytest.mark.parametrize("listen", commands("epcc-emulator listen --queue") + commands("epcc-emulator listen --dest"))
def test_the_commands_for_a_queue(listen: str, tmp_path: Path) -> None:
    with running(listen, tmp_path) as lines:
        lines.until(r"^  (AWS_ENDPOINT_URL_SQS=http://127|STOMP_HOST=127)")
        lines.until(r"^Next, in another terminal: epcc-emulator trigger")
        run("epcc-emulator trigger order.created --only", tmp_path)
        lines.until(r"order\.created .*#1 +(200|ok) ")
        waiting = run("epcc-emulator queues ls", tmp_path).stdout
        assert re.search(r"^(epcc-orders|/queue/orders) +(aws_sqs|stomp) +1 ", waiting, re.MULTILINE), waiting


@pytest.mark.slow
def test_the_test_of_the_readme_passes(tmp_path: Path) -> None:
    (example,) = [text for language, text in BLOCKS if language == "python"]
    (tmp_path / "conftest.py").write_text(textwrap.dedent(APP))
    (tmp_path / "test_shop.py").write_text(example)
    done = run("python -m pytest -q -p no:cacheprovider --strict-markers test_shop.py", tmp_path)
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_a_suite_in_any_language_finds_the_emulator(tmp_path: Path) -> None:
    script = tmp_path / "run-tests"
    script.write_text('#!/bin/sh\necho "base=$EPCC_API_BASE_URL secret=${#EPCC_CLIENT_SECRET}"\n')
    script.chmod(0o755)
    (command,) = commands("epcc-emulator exec")
    assert re.search(r"base=http://127\.0\.0\.1:\d+ secret=[1-9]", run(command, tmp_path).stdout)
    script.write_text("#!/bin/sh\nexit 7\n")
    run(command, tmp_path, code=7)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert links
    assert [link for link in links if not link.startswith("https://") and not (CHECKOUT / link).exists()] == []
