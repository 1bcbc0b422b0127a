"""SQS: deliveries to a queue end to end and our sender alone, beside boto3; and a full queue beside an empty one."""

import uvloop

from benchmarks import alone, bare_sqs
from benchmarks.broker import REGION, broker
from benchmarks.figure import Figure
from benchmarks.machine import one_core
from benchmarks.rounds import Rounds, take
from benchmarks.settling import deliveries_per_second, mean_body, receiver_of
from emulator.domain.integration import IntegrationType, SqsConfiguration
from emulator.runtime.collector import spare_from_collector
from emulator.transports.reach import Reach
from emulator.transports.sqs import SqsTransport

ROUNDS = 5
LIVES = 300
MESSAGES = 2_000
DEPTH = 5_000


def figures() -> list[Figure]:
    """Round by round in turn, all on one core, moto on the other; the queue is emptied before each."""
    spare_from_collector()
    with broker("sqs") as queue, one_core():
        configuration = SqsConfiguration(
            url=queue.address, aws_access_key_id="bench", aws_secret_access_key="bench", region=REGION
        )
        receiver = receiver_of(IntegrationType.AWS_SQS, configuration)
        length = uvloop.run(mean_body(receiver))
        message = alone.message_for(IntegrationType.AWS_SQS, configuration, b"x" * length)

        def bare(count: int = MESSAGES) -> float:
            queue.purge()
            return bare_sqs.messages_per_second(queue.address, REGION, count, "x" * length)

        def ours() -> float:
            queue.purge()
            return uvloop.run(_alone())

        async def _alone() -> float:
            return await alone.messages_per_second(SqsTransport(reach=Reach()), message, MESSAGES)

        def whole() -> float:
            queue.purge()
            return uvloop.run(deliveries_per_second(receiver, LIVES))

        def deep() -> float:
            bare(DEPTH)
            return uvloop.run(deliveries_per_second(receiver, LIVES))

        rounds = take(ROUNDS, {"whole": whole, "ours": ours, "bare": bare, "deep": deep})
    return _read(rounds, f"{length:,} bytes a message")


def _read(rounds: Rounds, how: str) -> list[Figure]:
    beside, boto3 = "boto3 bare, ten a call", rounds.median("bare")
    return [
        Figure(
            name="deliveries to SQS end to end",
            measured=rounds.median("whole"),
            unit="/s",
            beside=beside,
            ceiling=boto3,
            target=0.60,
            at_least=True,
            note=f"{how}; rounds {rounds.spread('whole')}/s, boto3's {rounds.spread('bare')}/s",
        ),
        Figure(
            name="SQS sender alone",
            measured=rounds.median("ours"),
            unit="/s",
            beside=beside,
            ceiling=boto3,
            target=0.60,
            at_least=True,
        ),
        Figure(
            name=f"end to end into a queue of {DEPTH:,}",
            measured=rounds.median("deep"),
            unit="/s",
            beside="into an empty one",
            ceiling=rounds.median("whole"),
            target=0.80,
            at_least=True,
            note=f"rounds {rounds.spread('deep')}/s",
        ),
    ]
