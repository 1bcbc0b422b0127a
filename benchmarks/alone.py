"""Alone: one of our transports without an engine, a journal or a shop."""

import asyncio
from time import perf_counter

from emulator.domain.integration import Configuration, Integration, IntegrationType
from emulator.domain.ports import Message, Transport

AT_ONCE = 256


def message_for(kind: IntegrationType, configuration: Configuration, body: bytes) -> Message:
    """One that may be sent again and again."""
    return Message(
        integration=Integration(
            key="bench",
            id="bench",
            name="bench",
            integration_type=kind,
            configuration=configuration,
            created_at=0,
            updated_at=0,
        ),
        event_key="order.paid",
        job_id="job",
        resource="order:1",
        attempt=1,
        copy=0,
        body=body,
    )


async def messages_per_second(transport: Transport, message: Message, count: int) -> float:
    """With AT_ONCE of them open all the time; connected before. Closes the transport."""
    numbers = iter(range(count))

    async def worker() -> None:
        for _ in numbers:
            outcome = await transport.send(message)
            assert outcome.succeeded, outcome.error

    try:
        await transport.send(message)
        started = perf_counter()
        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return count / (perf_counter() - started)
    finally:
        await transport.aclose()
