"""The servers that come with the emulator: whatever faults do, in a queue lies what was sent to it."""

import asyncio

import orjson
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import IntegrationType
from emulator.domain.record import RecordKind
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings
from emulator.runtime.trigger import TriggerRequest

EVENTS = 12


@pytest.mark.parametrize(
    ("name", "integration_type"),
    [
        ("orders", IntegrationType.AWS_SQS),
        ("orders.fifo", IntegrationType.AWS_SQS),
        ("/queue/orders", IntegrationType.STOMP),
    ],
)
def test_each_send_is_one_message_in_the_order_of_sending(name: str, integration_type: IntegrationType) -> None:
    """Duplicates, lost acknowledgements and another order than the events had, together."""

    async def test() -> None:
        clock = ClockSettings(mode=ClockMode.VIRTUAL)
        emulator = await Emulator.start(
            Settings(seed=1, clock=clock, queues=QueueSettings(sqs_port=0, stomp_port=0)),
        )
        try:
            made = await emulator.queues.make(name)
            await emulator.ensure_integration(
                name="shop",
                integration_type=integration_type,
                observes=("order.created",),
                configuration=made.configuration,
                enabled=True,
            )
            await emulator.add_rule({"duplicate": {"copies": 1}, "probability": 0.5})
            await emulator.add_rule({"ack_loss": {"times": 1}, "probability": 0.5})
            await emulator.add_rule({"reorder": {"window": 4}})
            await emulator.trigger(TriggerRequest(key="order.created", count=EVENTS, only=True))
            assert await emulator.settle(time_limit=30)
            rows, _ = emulator.journal.deliveries(limit=100)
            assert [row.state for row in rows] == [DeliveryState.SUCCEEDED] * EVENTS
            records = [one for one in emulator.journal.records(after=0, limit=1000) if one.kind is RecordKind.SENT]
            glance = await emulator.queues.peek(name, limit=100)
        finally:
            await emulator.stop()
        jobs = {row.number: row.job_id for row in rows}
        lying = [orjson.loads(message.body)["id"] for message in glance.messages]
        assert lying == [jobs[record.delivery] for record in records]
        assert {(record.attempt, record.copy) for record in records} >= {(1, 0), (1, 1), (2, 0)}
        first = [record.delivery for record in records if (record.attempt, record.copy) == (1, 0)]
        assert sorted(first) != first

    asyncio.run(test())
