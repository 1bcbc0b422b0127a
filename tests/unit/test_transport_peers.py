"""The transports that need no network: in memory, and the one that says it is not there."""

import asyncio

import pytest

from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message, Transport
from emulator.transports.memory import MemoryTransport
from emulator.transports.unavailable import UnavailableTransport


def message(**changes):
    values = {
        "integration": Integration(
            key="shop",
            id="shop",
            name="shop",
            integration_type=IntegrationType.WEBHOOK,
            configuration=WebhookConfiguration(url="http://h/"),
            created_at=0,
            updated_at=0,
        ),
        "event_key": "order.paid",
        "job_id": "job",
        "resource": "order:1",
        "attempt": 1,
        "copy": 0,
        "body": b"{}",
    }
    return Message(**(values | changes))


def test_memory_keeps_what_it_was_sent_and_succeeds():
    transport: Transport = MemoryTransport()
    outcomes = [asyncio.run(transport.send(message(attempt=attempt))) for attempt in (1, 2)]
    asyncio.run(transport.aclose())
    assert [outcome.succeeded for outcome in outcomes] == [True, True]
    assert [sent.attempt for sent in transport.sent] == [1, 2]


def test_memory_keeps_nothing_where_it_is_not_to():
    transport = MemoryTransport(keep=False)
    assert asyncio.run(transport.send(message())).succeeded
    assert transport.sent == []


def test_memory_answers_as_told():
    failed = Outcome(succeeded=False, status=500, error="no")

    async def later(_):
        return failed

    assert asyncio.run(MemoryTransport(lambda _: failed).send(message())) is failed
    assert asyncio.run(MemoryTransport(later).send(message())) is failed


@pytest.mark.parametrize("transport", [MemoryTransport(), UnavailableTransport(IntegrationType.STOMP)])
def test_barriers_are_honoured(transport):
    async def go():
        gathered = asyncio.Barrier(2)

        class Gathering:
            async def written(self):
                await gathered.wait()

        first = asyncio.ensure_future(transport.send(message(barrier=Gathering())))
        await asyncio.sleep(0)
        assert not first.done()
        await transport.send(message(barrier=Gathering()))
        await first

    asyncio.run(go())


@pytest.mark.parametrize("kind", [IntegrationType.AWS_SQS, IntegrationType.STOMP])
def test_unavailable_names_what_is_missing(kind):
    outcome = asyncio.run(UnavailableTransport(kind).send(message()))
    assert not outcome.succeeded
    assert f"Delivery to {kind} is not built yet in this version" in outcome.error
