"""STOMP: deliveries to a queue end to end and our sender alone, beside a client that only sends."""

import uvloop

from benchmarks import alone, bare_stomp
from benchmarks.broker import DESTINATION, broker
from benchmarks.figure import Figure
from benchmarks.machine import one_core
from benchmarks.rounds import Rounds, take
from benchmarks.settling import deliveries_per_second, mean_body, receiver_of
from emulator.domain.integration import IntegrationType, StompConfiguration
from emulator.runtime.collector import spare_from_collector
from emulator.transports.reach import Reach
from emulator.transports.stomp import StompTransport

ROUNDS = 5
LIVES = 300
MESSAGES = 10_000


def figures() -> list[Figure]:
    """Round by round in turn, all on one core, the broker on the other; its queue is emptied before each."""
    spare_from_collector()
    with broker("stomp") as queue, one_core():
        configuration = StompConfiguration(addresses=(queue.address,), destination=DESTINATION)
        receiver = receiver_of(IntegrationType.STOMP, configuration)
        body = b"x" * uvloop.run(mean_body(receiver))
        message = alone.message_for(IntegrationType.STOMP, configuration, body)

        def whole() -> float:
            queue.purge()
            return uvloop.run(deliveries_per_second(receiver, LIVES))

        def ours() -> float:
            queue.purge()
            return uvloop.run(_alone())

        async def _alone() -> float:
            return await alone.messages_per_second(StompTransport(reach=Reach()), message, MESSAGES)

        def bare() -> float:
            queue.purge()
            return uvloop.run(bare_stomp.messages_per_second(queue.address, DESTINATION, MESSAGES, body))

        rounds = take(ROUNDS, {"whole": whole, "ours": ours, "bare": bare})
    return _read(rounds, f"{len(body):,} bytes a message")


def _read(rounds: Rounds, how: str) -> list[Figure]:
    beside, native = "asyncio bare, same broker", rounds.median("bare")
    return [
        Figure(
            name="deliveries to STOMP end to end",
            measured=rounds.median("whole"),
            unit="/s",
            beside=beside,
            ceiling=native,
            target=0.50,
            at_least=True,
            note=f"{how}; rounds {rounds.spread('whole')}/s, the client's {rounds.spread('bare')}/s",
        ),
        Figure(
            name="STOMP sender alone",
            measured=rounds.median("ours"),
            unit="/s",
            beside=beside,
            ceiling=native,
            target=0.50,
            at_least=True,
            note=f"{alone.AT_ONCE} open at once, as with the client; rounds {rounds.spread('ours')}/s",
        ),
    ]
