"""End to end: deliveries that the shop raised and the journal kept, beside senders that do nothing but send."""

from statistics import mean
from time import perf_counter

import uvloop

from benchmarks import bare_sender
from benchmarks.figure import Figure
from benchmarks.machine import one_core
from benchmarks.rounds import take
from benchmarks.settling import deliver, emulator_for, webhook
from emulator.domain.integration import Scope
from emulator.harness.server import spare_from_collector
from emulator.store.envelope import webhook_body

ROUNDS = 5
LIVES = 500
SECONDS = 1.0


def figures() -> list[Figure]:
    """Round by round in turn, all on one core, the receiver on another; in a process as a server's is."""
    spare_from_collector()
    with bare_sender.receiver() as url, one_core():
        body = b"x" * uvloop.run(_mean_body(url))
        rounds = take(
            ROUNDS,
            {
                "whole": lambda: uvloop.run(_deliveries_per_second(url)),
                "singly": lambda: uvloop.run(_deliveries_per_second(url, singly=True)),
                "bare": lambda: bare_sender.ours(url, SECONDS, body),
                "aiohttp": lambda: bare_sender.by_aiohttp(url, SECONDS, body),
            },
            saturating=frozenset({"bare", "aiohttp"}),
        )
    whole = rounds.median("whole")
    low, high = min(rounds.found["whole"]), max(rounds.found["whole"])
    singly = rounds.median("singly")
    how = f"{len(body):,} bytes a delivery, {1e6 / whole:.0f} µs each; rounds from {low:,.0f} to {high:,.0f}/s"
    alone = f"one command after another, a transaction for each order's life: {singly:,.0f}/s"
    return [
        Figure(
            name="deliveries end to end",
            measured=whole,
            unit="/s",
            beside="our sender bare",
            ceiling=rounds.median("bare"),
            target=0.20,
            at_least=True,
            trusted=rounds.clean,
            note="; ".join(filter(None, (how, alone, rounds.caveat))),
        ),
        Figure(
            name="deliveries end to end",
            measured=whole,
            unit="/s",
            beside="aiohttp bare, no journal",
            ceiling=rounds.median("aiohttp"),
            target=1.0,
            at_least=True,
            trusted=rounds.clean,
        ),
    ]


async def _deliveries_per_second(url: str, *, singly: bool = False) -> float:
    """`singly` is how API callers come, one waiting for the other; else it is one `trigger --count`."""
    async with emulator_for(webhook(url)) as emulator:
        started = perf_counter()
        made = await deliver(emulator, LIVES, singly=singly)
        return made / (perf_counter() - started)


async def _mean_body(url: str) -> int:
    """How long the bodies of the run are, so that the bare senders send as much."""
    async with emulator_for(webhook(url)) as emulator:
        (integration,) = emulator.integrations(Scope.STORE)
        events, _ = emulator.journal.events(limit=70)
        bodies = [
            webhook_body(
                event,
                integration,
                job_id="0" * 36,
                attempt=1,
                store_id=emulator.store_id,
                org_id=emulator.org_id,
            )
            for event in events
        ]
        return round(mean(map(len, bodies)))
