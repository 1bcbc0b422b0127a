"""Dashboard: how soon a key is painted, and what drawing costs, with 100,000 deliveries and 2,000 more a second."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

from benchmarks.figure import Figure, Score
from benchmarks.terminal import Terminal, terminal

LOADED = 100_000
RATE = 2_000
ROUNDS, PRESSES = 3, 100  # each round begins at the newest again, before what it looks at is forgotten
SECONDS = 20.0
PATIENCE = 300.0
TARGET_LOADED = 20.0
TARGET_MS = 100.0
TARGET_SHARE = 0.60
TARGET_MEMORY = 1.1
_UP = b"\x1b[A"
_FOLLOW = b"f"
_WHERE = rb"#(\d+)  [\d,]+ of [\d,]+"


def figures() -> list[Figure]:
    """The same dashboard at rest, with nothing arriving, is what stands beside it."""
    calm = _measured(rate=0, rounds=1)
    busy = _measured(rate=RATE, rounds=ROUNDS)
    presses = f"{ROUNDS * PRESSES} presses; p50 {busy.p50:.0f} ms, worst {busy.worst:.0f} ms"
    return [
        Figure(
            name=f"{LOADED:,} deliveries loaded",
            measured=busy.loaded,
            unit="s",
            beside="nothing arriving",
            ceiling=calm.loaded,
            score=Score.ITSELF,
            target=TARGET_LOADED,
            at_least=False,
            note=f"from its start, {RATE:,} more arriving a second; it took {busy.loading:.1f} s of the processor",
        ),
        Figure(
            name="a key press painted, p99",
            measured=busy.p99,
            unit="ms",
            beside="nothing arriving",
            ceiling=calm.p99,
            score=Score.ITSELF,
            target=TARGET_MS,
            at_least=False,
            note=f"{LOADED:,} deliveries, {RATE:,} more a second, 200 x 60, {presses}",
        ),
        Figure(
            name="processor of the dashboard",
            measured=busy.share,
            unit="of a core",
            beside="nothing arriving",
            ceiling=calm.share,
            score=Score.ITSELF,
            target=TARGET_SHARE,
            at_least=False,
            note=f"over {SECONDS:g} s without a key pressed",
        ),
        Figure(
            name="its memory, after as long again",
            measured=busy.memory_after,
            unit="MiB",
            beside="once all is loaded",
            ceiling=busy.memory_before,
            score=Score.RATIO,
            target=TARGET_MEMORY,
            at_least=False,
            note=f"{RATE * SECONDS:,.0f} deliveries and those of the presses later",
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """Seconds from the start to when all was there, and of the processor meanwhile; milliseconds of each press; the
    share of a processor; MiB."""

    loaded: float
    loading: float
    painted: list[float]
    share: float
    memory_before: float
    memory_after: float

    @property
    def p50(self) -> float:
        return median(self.painted)

    @property
    def p99(self) -> float:
        return quantiles(self.painted, n=100)[98]

    @property
    def worst(self) -> float:
        return max(self.painted)


def _measured(*, rate: int, rounds: int) -> _Measured:
    begun = perf_counter()
    with _source(rate) as url, terminal([sys.executable, "-m", "emulator", "tui", "--url", url]) as screen:
        screen.wait_for("● live".encode(), PATIENCE)
        loaded, loading = perf_counter() - begun, screen.processor_seconds()
        screen.drain(SECONDS)
        before = screen.memory()
        used, begun = screen.processor_seconds(), perf_counter()
        screen.drain(SECONDS)
        share = (screen.processor_seconds() - used) / (perf_counter() - begun)
        painted = [taken for _ in range(rounds) for taken in _pressed(screen)]
        return _Measured(
            loaded=loaded,
            loading=loading,
            painted=painted,
            share=share,
            memory_before=before,
            memory_after=screen.memory(),
        )


def _pressed(screen: Terminal) -> list[float]:
    """Milliseconds from a press of the arrow up to the line above being named, at times that follow no beat."""
    chance = Random(1)
    for key in (_FOLLOW, _UP, _UP):  # going up ends following
        screen.press(key)
        screen.drain(1.0)
    here = int(re.findall(_WHERE, screen.painted)[-1])
    painted = []
    for _ in range(PRESSES):
        screen.drain(0.03 + chance.random() * 0.1)
        screen.forget()
        begun = perf_counter()
        screen.press(_UP)
        here -= 1
        screen.wait_for(rb"#%d  " % here, 20)
        painted.append((perf_counter() - begun) * 1000)
    return painted


@contextmanager
def _source(rate: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.feed_source", str(LOADED), str(rate)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()
