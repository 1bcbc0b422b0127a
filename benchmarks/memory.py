"""Memory: what the process holds after a few deliveries and after very many.

Run as `python -m benchmarks.memory [DELIVERIES]` for a soak; it prints a line at every power of ten and at the end.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import uvloop

from benchmarks import bare_sender
from benchmarks.figure import Figure
from benchmarks.settling import EVENTS_A_LIFE, deliver, emulator_for, webhook

FEW = 10_000
MANY = 100_000
VERY_MANY = 1_000_000
TARGET = 1.2
_CHUNK = 1_400


def figures(*, full: bool) -> list[Figure]:
    """In a process of its own, so that what the other measurements left behind does not count."""
    many = VERY_MANY if full else MANY
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", str(many)],
        cwd=Path(__file__).parent.parent,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seen = {int(count): float(mib) for count, mib, _ in (line.split() for line in done.stdout.splitlines())}
    return [
        Figure(
            name=f"memory after {many:,} deliveries",
            measured=seen[many],
            unit="MiB",
            beside=f"after {FEW:,}",
            ceiling=seen[FEW],
            target=TARGET,
            at_least=False,
            note="" if full else f"{VERY_MANY:,} with --full",
        )
    ]


def resident() -> float:
    """MiB of this process that are in memory."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        sys.exit("memory is measured where there is a /proc: on Linux")
    return int(statm.read_text().split()[1]) * 4096 / 1024 / 1024


async def soak(url: str, most: int) -> float:
    """Prints the number of deliveries and the MiB held, at every power of ten from FEW on and at the end.

    Answers with what is held at the end, as a multiple of what was held after FEW.
    """
    async with emulator_for(webhook(url)) as emulator:
        marks = sorted({most, *(10**power for power in range(4, 10) if 10**power < most)})
        made = 0
        held: list[float] = []
        for mark in marks:
            while made < mark:
                made += await deliver(emulator, -(-min(_CHUNK, mark - made) // EVENTS_A_LIFE))
            await asyncio.sleep(0)
            held.append(resident())
            print(mark, f"{held[-1]:.1f}", "MiB", flush=True)
    return held[-1] / held[0]


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else VERY_MANY
    with bare_sender.receiver() as url:
        growth = uvloop.run(soak(url, max(most, FEW)))
    if growth > TARGET:
        sys.exit(f"memory grew {growth:.2f} times; {TARGET} is the most it may")


if __name__ == "__main__":
    main()
