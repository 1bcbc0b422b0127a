"""Lateness: how long after its time a send leaves, at 1,000 a second, the dashboard attached, beside idle timers."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter

import uvloop

from benchmarks import bare_sender
from benchmarks.figure import Figure, Score
from benchmarks.settling import EVENTS_A_LIFE, LIFE, OBSERVED
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.domain.record import RecordKind
from emulator.harness.server import running_server
from emulator.runtime.collector import spare_from_collector
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import Settings
from emulator.runtime.trigger import TriggerRequest

ROUNDS = 5
RATE = 1_000
SECONDS = 10.0
IDLE_SECONDS = 3.0
TARGET_MS = 5.0
_SPREAD = {"id": "later", "delay": {"distribution": "uniform", "lower": "500ms", "upper": "1500ms"}}
_PAGE = 10_000


def figures() -> list[Figure]:
    """The shop goes on raising events while what was planned falls due. The median round counts."""
    idle: list[dict[str, float]] = []
    late: list[dict[str, float]] = []
    with bare_sender.receiver() as url:
        for _ in range(ROUNDS):
            idle.append(_percentiles(uvloop.run(_idle_loop())))
            late.append(_percentiles(uvloop.run(_sends(url))))
    each = ", ".join(f"{one['p99']:.1f}" for one in late)
    worst = max(one["worst"] for one in late)
    how = f"{RATE:,}/s for {SECONDS:g} s, the dashboard attached; rounds {each} ms; worst {worst:.1f} ms"
    return [
        Figure(
            name=f"lateness of a due send, {name}",
            measured=median(one[name] for one in late),
            unit="ms",
            beside="call_later of an idle loop",
            ceiling=median(one[name] for one in idle),
            score=Score.ITSELF,
            target=TARGET_MS,
            at_least=False,
            note=note,
        )
        for name, note in (("p50", ""), ("p99", how))
    ]


async def _idle_loop() -> list[float]:
    """Milliseconds late of as many timers a second, with nothing else to do."""
    loop = asyncio.get_running_loop()
    chance = Random(1)
    late: list[float] = []
    start = loop.time()
    for _ in range(round(RATE * IDLE_SECONDS)):
        due = start + 0.05 + chance.random() * IDLE_SECONDS
        exact = perf_counter() + (due - loop.time())
        loop.call_at(due, lambda exact=exact: late.append((perf_counter() - exact) * 1000))  # type: ignore[misc]
    await asyncio.sleep(IDLE_SECONDS + 0.5)
    assert len(late) == round(RATE * IDLE_SECONDS), "an idle loop's timers came half a second late"
    return late


async def _sends(url: str) -> list[float]:
    """Milliseconds between when a send was due and when it was begun, by the journal."""
    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as directory:
        settings = Settings(seed=1, port=0, data_dir=Path(directory))
        async with running_server(settings) as server:
            emulator = server.emulator
            await emulator.ensure_integration(
                name="bench",
                integration_type=IntegrationType.WEBHOOK,
                observes=OBSERVED,
                configuration=WebhookConfiguration(url=url, secret_key="secret"),
                enabled=True,
            )
            await emulator.trigger(TriggerRequest(key=LIFE, count=10))
            await emulator.settle(time_limit=60)
            spare_from_collector()
            after = emulator.parts.scribe.next_seq - 1
            await emulator.add_rule(_SPREAD)
            async with _dashboard(server.url):
                await _raise_steadily(emulator)
                settled = await emulator.settle(time_limit=60)
                assert settled
            return _late(emulator, after)


async def _raise_steadily(emulator: Emulator) -> None:
    """One life after another at a steady pace, in emulated time that is real time."""
    lives = round(RATE * SECONDS / EVENTS_A_LIFE)
    await emulator.trigger(TriggerRequest(key=LIFE, count=lives, rate=RATE / EVENTS_A_LIFE))


def _late(emulator: Emulator, after: int) -> list[float]:
    due: dict[int, int] = {}
    late: list[float] = []
    while records := emulator.journal.records(after=after, limit=_PAGE):
        after = records[-1].seq
        for record in records:
            if record.kind is RecordKind.PLANNED and record.due is not None:
                due[record.delivery] = record.due
            elif record.kind is RecordKind.ATTEMPTED:
                assert record.data["succeeded"], record.data["error"]
                late.append((record.data["started_at"] - due[record.delivery]) / 1000)
    return late


@asynccontextmanager
async def _dashboard(url: str) -> AsyncIterator[None]:
    """In a terminal of its own; what reads that is not in this process, whose sends are measured."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.attached", url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"live\n", "the dashboard did not come up"
        yield
    finally:
        process.stdin.close()
        await process.wait()


def _percentiles(late: list[float]) -> dict[str, float]:
    cuts = quantiles(late, n=100)
    return {"p50": cuts[49], "p99": cuts[98], "worst": max(late)}
