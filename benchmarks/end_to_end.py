"""End to end: deliveries that the shop raised and the journal kept, beside senders that do nothing but send."""

import uvloop

from benchmarks import bare_sender
from benchmarks.figure import Figure
from benchmarks.machine import one_core
from benchmarks.rounds import take
from benchmarks.settling import deliveries_per_second, mean_body, webhook
from emulator.runtime.collector import spare_from_collector

ROUNDS = 5
LIVES = 500
SECONDS = 1.0


def figures() -> list[Figure]:
    """Round by round in turn, all on one core, the receiver on another; in a process as a server's is.

    `singly` is how API callers come, one waiting for the other; else it is one `trigger --count`.
    """
    spare_from_collector()
    with bare_sender.receiver() as url, one_core():
        body = b"x" * uvloop.run(mean_body(webhook(url)))
        rounds = take(
            ROUNDS,
            {
                "whole": lambda: uvloop.run(deliveries_per_second(webhook(url), LIVES)),
                "singly": lambda: uvloop.run(deliveries_per_second(webhook(url), LIVES, singly=True)),
                "bare": lambda: bare_sender.ours(url, SECONDS, body),
                "aiohttp": lambda: bare_sender.by_aiohttp(url, SECONDS, body),
            },
            saturating=frozenset({"bare", "aiohttp"}),
        )
    whole = rounds.median("whole")
    singly = rounds.median("singly")
    how = f"{len(body):,} bytes a delivery, {1e6 / whole:.0f} µs each; rounds {rounds.spread('whole')}/s"
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
