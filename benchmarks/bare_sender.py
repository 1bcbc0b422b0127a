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
from functools import partial
from pathlib import Path
from time import perf_counter

import uvloop

from benchmarks.alone import message_for
from benchmarks.figure import Figure
from benchmarks.machine import one_core, other_core
from benchmarks.rounds import Rounds, take
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

CONCURRENCY = 64
ROUNDS = 5
SECONDS = 2.0
BODY = b'{"id":"%b","triggered_by":"order.paid","resources":"%b"}' % (b"0" * 36, b"x" * 2000)
"""About as long as the message of a small order."""


def run(*, rounds: int = ROUNDS, seconds: float = SECONDS) -> Rounds:
    """Every sender in turn, round by round, on one core."""
    with receiver() as url, one_core():
        return take(
            rounds,
            {name: partial(measure, url, seconds) for name, measure in available().items()},
            saturating=frozenset({"ours", "aiohttp"}),
        )


def figures() -> list[Figure]:
    """Ours beside wrk, where wrk is installed."""
    if not shutil.which("wrk"):
        print("wrk is not installed: the bare sender has no ceiling here", file=sys.stderr)
        return []
    rounds = run(rounds=3)
    how = f"{len(BODY):,} bytes, {CONCURRENCY} at once; wrk itself waits for the receiver"
    return [
        Figure(
            name="bare sender",
            measured=rounds.median("ours"),
            unit="/s",
            beside="wrk, one thread",
            ceiling=rounds.median("wrk"),
            target=0.45,
            at_least=True,
            trusted=rounds.clean,
            note="; ".join(filter(None, (how, rounds.caveat))),
        )
    ]


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
        other_core(process.pid)
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/webhook"
    finally:
        process.terminate()
        process.communicate()


def ours(url: str, seconds: float, body: bytes = BODY) -> float:
    """Requests per second of our sender, without an engine, a journal or a shop."""

    async def measure() -> float:
        transport = WebhookTransport(reach=Reach(), max_connections=CONCURRENCY)
        configuration = WebhookConfiguration(url=url, secret_key="secret")
        message = message_for(IntegrationType.WEBHOOK, configuration, body)

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


def by_aiohttp(url: str, seconds: float, body: bytes = BODY) -> float:
    """The same of aiohttp."""
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
                    async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
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
    rounds = run()
    mine = rounds.median("ours")
    print(f"{CONCURRENCY} at once, {len(BODY)} bytes each, median of {ROUNDS} rounds of {SECONDS:g} s")
    for name in rounds.found:
        print(f"{name:8} {rounds.median(name):9,.0f} requests/s   ours/it {mine / rounds.median(name):5.2f}")
    if rounds.caveat:
        print(rounds.caveat)


if __name__ == "__main__":
    main()
