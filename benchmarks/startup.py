"""Start-up: from a command to its first output, to a port that answers, to a fixture that is ready."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from benchmarks.figure import Figure, Score

ROUNDS = 9
_PATIENCE = 20.0
_FIXTURE = """
import time
started = time.perf_counter()
from emulator.harness.bench_server import BenchServer
with BenchServer() as server:
    with server.fresh():
        cold = time.perf_counter() - started
    started = time.perf_counter()
    with server.fresh(seed=1):
        warm = time.perf_counter() - started
print(cold, warm)
"""


def figures() -> list[Figure]:
    """Milliseconds, medians; the commands take turns with a bare interpreter."""
    with _compiled() as environment:
        return _measured(environment)


@contextmanager
def _compiled() -> Iterator[Mapping[str, str]]:
    """An environment in which every module has been compiled before, as an installation leaves it.

    A machine that writes no bytecode would compile all of them at each start, for 90 ms.
    """
    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as cache:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": cache, "EPCC_EMULATOR_URL": ""}
        _ended([str(_command()), "--help"], environment)
        _listening(environment)
        _fixture(environment)
        yield environment


def _measured(environment: Mapping[str, str]) -> list[Figure]:
    bare: list[float] = []
    usage: list[float] = []
    serving: list[float] = []
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_ended([sys.executable, "-c", "pass"], environment))
        usage.append(_ended([str(_command()), "--help"], environment))
        serving.append(_listening(environment))
        first, second = _fixture(environment)
        cold.append(first)
        warm.append(second)
    beside = partial(Figure, unit="ms", beside="a bare interpreter", ceiling=median(bare), at_least=False)
    return [
        beside(name="epcc-emulator --help", measured=median(usage), score=Score.OVER, target=150),
        beside(name="serve: listening", measured=median(serving), score=Score.ITSELF, target=600),
        beside(
            name="in-process fixture ready",
            measured=median(warm),
            score=Score.ITSELF,
            target=200,
            note="in a process that has imported it",
        ),
        beside(
            name="the same, first in its process",
            measured=median(cold),
            score=Score.ITSELF,
            target=200,
            note="the interpreter's own start is not in it, nor httpx, for which the first call takes 70 ms",
        ),
    ]


def _command() -> Path:
    return Path(sys.executable).with_name("epcc-emulator")


def _ended(command: list[str], environment: Mapping[str, str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return (perf_counter() - started) * 1000


def _listening(environment: Mapping[str, str]) -> float:
    """From the command to the first connection that is taken; its data directory is a new one."""
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as directory:
        started = perf_counter()
        process = subprocess.Popen(
            [str(_command()), "serve", "--port", str(port), "--data-dir", directory],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert process.poll() is None, "serve ended before it listened"
                    assert perf_counter() - started < _PATIENCE, "serve does not listen"
                    sleep(0.002)
            return (perf_counter() - started) * 1000
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _fixture(environment: Mapping[str, str]) -> tuple[float, float]:
    """Ready with all imports to do, and ready again in the same process."""
    command = [sys.executable, "-c", _FIXTURE]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    cold, warm = map(float, done.stdout.split())
    return cold * 1000, warm * 1000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
