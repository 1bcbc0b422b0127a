"""Bare sender: our webhook sender beside aiohttp and wrk, against the same receiver in a process of its own.

Run as `python -m benchmarks.bare_sender`. The target is 0.45 of wrk with one thread.
"""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop

from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.ports import Message
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

CONCURRENCY = 64
ROUNDS = 5
SECONDS = 2.0
BODY = b'{"id":"%b","triggered_by":"order.paid","resources":"%b"}' % (b"0" * 36, b"x" * 2000)
"""About as long as the message of a small order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One sender's requests per second: the median of its rounds, and all of them."""

    name: str
    per_second: float
    rounds: list[float] = field(default_factory=list)


def run(*, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Measure]:
    """Every sender in turn, round by round, so that a noisy moment hits them alike."""
    senders = available()
    seen: dict[str, list[float]] = {name: [] for name in senders}
    with receiver() as url:
        for _ in range(rounds):
            for name, measure in senders.items():
                seen[name].append(measure(url, seconds))
    return [Measure(name=name, per_second=median(found), rounds=found) for name, found in seen.items()]


def available() -> dict[str, Callable[[str, float], float]]:
    """The senders that can be measured on this machine."""
    senders: dict[str, Callable[[str, float], float]] = {"ours": ours}
    try:
        import aiohttp  # noqa: F401
    except ImportError:
        pass
    else:
        senders["aiohttp"] = by_aiohttp
    if shutil.which("wrk"):
        senders["wrk"] = by_wrk
    return senders


@contextmanager
def receiver() -> Iterator[str]:
    """The URL of a minimal receiver in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/webhook"
    finally:
        process.terminate()
        process.communicate()


def ours(url: str, seconds: float) -> float:
    async def measure() -> float:
        transport = WebhookTransport(reach=Reach(), max_connections=CONCURRENCY)
        message = Message(
            integration=Integration(
                key="bench",
                id="bench",
                name="bench",
                integration_type=IntegrationType.WEBHOOK,
                configuration=WebhookConfiguration(url=url, secret_key="secret"),
                created_at=0,
                updated_at=0,
            ),
            event_key="order.paid",
            job_id="job",
            resource="order:1",
            attempt=1,
            copy=0,
            body=BODY,
        )

        async def worker(end: float) -> int:
            sent = 0
            while perf_counter() < end:
                outcome = await transport.send(message)
                assert outcome.succeeded, outcome.error
                sent += 1
            return sent

        try:
            return await _at_once(worker, seconds)
        finally:
            await transport.aclose()

    return uvloop.run(measure())


def by_aiohttp(url: str, seconds: float) -> float:
    import aiohttp

    headers = {
        "Content-Type": "application/json",
        "X-MOLTIN-SECRET-KEY": "secret",
        "X-MOLTIN-INTEGRATION-TRIGGER": "order.paid",
    }

    async def measure() -> float:
        connector = aiohttp.TCPConnector(limit=CONCURRENCY)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def worker(end: float) -> int:
                sent = 0
                while perf_counter() < end:
                    async with session.post(url, data=BODY, headers=headers, allow_redirects=False) as answer:
                        await answer.read()
                        assert answer.status == 200
                    sent += 1
                return sent

            return await _at_once(worker, seconds)

    return uvloop.run(measure())


async def _at_once(worker: Callable[[float], Awaitable[int]], seconds: float) -> float:
    """Requests per second with CONCURRENCY of them open all the time. A worker is told when to stop."""
    started = perf_counter()
    sent = await asyncio.gather(*(worker(started + seconds) for _ in range(CONCURRENCY)))
    return sum(sent) / (perf_counter() - started)


def by_wrk(url: str, seconds: float) -> float:
    script = f"""wrk.method = "POST"
wrk.body = '{BODY.decode()}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-MOLTIN-SECRET-KEY"] = "secret"
wrk.headers["X-MOLTIN-INTEGRATION-TRIGGER"] = "order.paid"
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{CONCURRENCY}", f"-d{max(1, round(seconds))}s", "-s", file.name, url]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found is not None, output
    return float(found.group(1))


def main() -> None:
    measures = run()
    mine = measures[0].per_second
    print(f"{CONCURRENCY} at once, {len(BODY)} bytes each, median of {ROUNDS} rounds of {SECONDS:g} s")
    for measure in measures:
        ratio = mine / measure.per_second
        print(f"{measure.name:8} {measure.per_second:9,.0f} requests/s   ours/it {ratio:5.2f}")


if __name__ == "__main__":
    main()
