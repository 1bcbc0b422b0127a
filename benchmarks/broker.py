"""Broker: a queue server that comes with the emulator, in a process of its own: what is measured is the sender.

Run as `python -m benchmarks.broker sqs` (or `stomp`). It prints where its one queue is: the queue's URL, or the
broker's address. Each line on its standard input empties the queue, and is answered by how many messages that were.
It ends with its input.
"""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.machine import other_core
from emulator.runtime.sqs import SqsServer
from emulator.runtime.stomp.broker import Broker

REGION = "us-east-1"
DESTINATION = "/queue/bench"
_QUEUE = "bench"


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """Seen from the benchmark."""

    address: str
    _process: subprocess.Popen[str]

    def purge(self) -> int:
        """Empties the queue; how many messages were in it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def broker(kind: str) -> Iterator[RunningBroker]:
    """`sqs` or `stomp`, on the last processor, with an empty queue."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.broker", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        other_core(process.pid)
        assert process.stdout is not None
        yield RunningBroker(process.stdout.readline().strip(), process)


async def _sqs() -> None:
    server = SqsServer(port=0, on_notice=_tell)
    url = await server.create_queue(_QUEUE, region=REGION)
    try:
        await _serve(url, lambda: server.purge(_QUEUE))
    finally:
        await server.stop()


async def _stomp() -> None:
    server = Broker(on_notice=_tell)
    port = await server.start("127.0.0.1", 0)
    server.ensure(DESTINATION)

    async def purge() -> int:
        return server.purge(DESTINATION)

    try:
        await _serve(f"stomp://127.0.0.1:{port}", purge)
    finally:
        await server.stop()


async def _serve(address: str, purge: Callable[[], Awaitable[int]]) -> None:
    print(address, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(await purge(), flush=True)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    uvloop.run({"sqs": _sqs, "stomp": _stomp}[sys.argv[1]]())
