"""Settling: an emulator with one receiver, and a run of events until all of them are delivered."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import Settings
from emulator.runtime.trigger import TriggerRequest

LIFE = "order.fulfilled"
"""A cart filled, ordered, paid and fulfilled: seven events of three resource types."""

EVENTS_A_LIFE = 7


@asynccontextmanager
async def emulator_for(url: str) -> AsyncIterator[Emulator]:
    """On a real clock without faults, its journal in a file that is deleted at the end; warm."""
    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as directory:
        emulator = await Emulator.start(Settings(seed=1, data_dir=Path(directory)))
        try:
            await emulator.ensure_integration(
                name="bench",
                integration_type=IntegrationType.WEBHOOK,
                observes=("*",),
                configuration=WebhookConfiguration(url=url, secret_key="secret"),
                enabled=True,
            )
            await deliver(emulator, 10)
            yield emulator
        finally:
            await emulator.stop()


async def deliver(emulator: Emulator, lives: int, *, singly: bool = False) -> int:
    """Let so many orders live, by one command or `singly`.

    Returns when all is delivered and journalled: how many deliveries that were.
    """
    _, before = emulator.journal.deliveries(state=DeliveryState.SUCCEEDED, limit=1)
    for count in [1] * lives if singly else [lives]:
        await emulator.trigger(TriggerRequest(key=LIFE, count=count))
    settled = await emulator.settle(time_limit=600)
    _, after = emulator.journal.deliveries(state=DeliveryState.SUCCEEDED, limit=1)
    made = after - before
    assert settled, "the deliveries did not end in time"
    assert made == lives * EVENTS_A_LIFE, f"{made} of {lives * EVENTS_A_LIFE} deliveries succeeded"
    return made
