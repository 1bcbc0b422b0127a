"""The demo, as somebody sees it who has just found the project."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE = 20.0
COMMAND = [sys.executable, "-c", "from emulator.cli.main import main; main()", "demo"]


def children_of(marker: str) -> list[str]:
    """Processes that carry this marker in their environment, and are no zombies."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if marker.encode() in environment and state != "Z":
            found.append(process.name)
    return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., tuple["subprocess.Popen[str]", str]]]:
    """The demo in a process of its own, and a marker by which everything it starts can be found."""
    running: list[subprocess.Popen[str]] = []

    def go(*words: str) -> tuple["subprocess.Popen[str]", str]:
        marker = f"EPCC_DEMO_OF={os.getpid()}-{tmp_path.name}-{len(running)}"
        name, _, value = marker.partition("=")
        environment = {**os.environ, name: value, "NO_COLOR": "1"}
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process, marker

    yield go
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


Started = Callable[..., tuple["subprocess.Popen[str]", str]]


def test_the_demo_shows_all_three_within_twenty_seconds_and_leaves_nothing(started: Started, tmp_path: Path) -> None:
    begun = time.monotonic()
    process, marker = started()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert time.monotonic() - begun < 20
    assert err == ""
    counts = {what: int(n) for n, what in re.findall(r"^(\d+) (out of order|more than once|late)", out, re.MULTILINE)}
    assert set(counts) == {"out of order", "more than once", "late"}
    assert min(counts.values()) >= 1, out
    for key in ("order.created", "order.authorized", "order.paid", "order.fulfilled", "cart.updated"):
        assert re.search(rf"^\d\d:\d\d:\d\d\.\d{{3}}  Order desk  {re.escape(key)} +\w+:\d+ +#1 ", out, re.MULTILINE), (
            out
        )
    assert "ack_loss" in out
    for receiver in (r"Order desk +webhook", r"Warehouse +aws_sqs", r"Ledger +stomp"):
        assert re.search(rf"^{receiver} +\d+ +9 ", out, re.MULTILINE), out
    assert children_of(marker) == []
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_tells_the_same_story(started: Started) -> None:
    def story(out: str) -> list[str]:
        return re.findall(r"(delay: [^;\n]+late|lets \d+ later|waits for \d more)", out)

    told = [started()[0].communicate(timeout=PATIENCE)[0] for _ in range(2)]
    assert sorted(story(told[0])) == sorted(story(told[1]))
    assert story(told[0])


def test_a_good_day(started: Started) -> None:
    process, _ = started("--profile", "off")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "Order desk got 9 messages about 9 events." in out
    assert "0 more than once" in out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_demo_that_is_interrupted_leaves_no_process_and_no_traceback(
    started: Started, number: signal.Signals, code: int
) -> None:
    process, marker = started("--speed", "1")
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first.startswith("Emulator")
    for line in process.stdout:
        if line.startswith("time "):
            break
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert "Traceback" not in err
    assert children_of(marker) == []


def test_a_demo_that_is_killed_takes_its_receiver_with_it(started: Started) -> None:
    process, marker = started("--speed", "1")
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Order desk"):
            break
    assert len(children_of(marker)) == 5, "itself, the SQS server, and three receivers"
    process.kill()
    process.communicate(timeout=PATIENCE)
    gone = threading.Event()
    deadline = time.monotonic() + PATIENCE
    while children_of(marker) and time.monotonic() < deadline:
        gone.wait(0.02)
    assert children_of(marker) == []
