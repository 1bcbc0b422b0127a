"""Settling: an emulator with one receiver, and a run of events until all of them are delivered."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import mean
from time import perf_counter

from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import Configuration, IntegrationType, Scope, WebhookConfiguration
from emulator.domain.record import Record, RecordKind
from emulator.runtime.emulator import Emulator
from emulator.runtime.rendering import Rendering
from emulator.runtime.settings import Settings
from emulator.runtime.trigger import TriggerRequest

LIFE = "order.fulfilled"
"""A cart filled, ordered, paid and fulfilled: seven events of three resource types, and those of the stock."""

OBSERVED = ("cart.*", "order.*", "transaction.*")
EVENTS_A_LIFE = 7
"""How many of those that are observed a life raises; how many the stock does depends on what is bought."""


Prepare = Callable[[Emulator], Awaitable[tuple[IntegrationType, Configuration]]]


def receiver_of(kind: IntegrationType, configuration: Configuration) -> Prepare:
    """One that is there already."""

    async def prepare(emulator: Emulator) -> tuple[IntegrationType, Configuration]:
        return kind, configuration

    return prepare


def webhook(url: str) -> Prepare:
    """The receiver of webhooks at this URL."""
    return receiver_of(IntegrationType.WEBHOOK, WebhookConfiguration(url=url, secret_key="secret"))


@asynccontextmanager
async def emulator_for(receiver: Prepare) -> AsyncIterator[Emulator]:
    """On a real clock without faults, its journal in a file that is deleted at the end; warm."""
    with tempfile.TemporaryDirectory(prefix="epcc-bench-") as directory:
        emulator = await Emulator.start(Settings(seed=1, data_dir=Path(directory)))
        try:
            kind, configuration = await receiver(emulator)
            await emulator.ensure_integration(
                name="bench", integration_type=kind, observes=OBSERVED, configuration=configuration, enabled=True
            )
            await deliver(emulator, 10)
            yield emulator
        finally:
            await emulator.stop()


async def deliveries_per_second(receiver: Prepare, lives: int, *, singly: bool = False) -> float:
    """Of an emulator of its own, whose start is not counted."""
    async with emulator_for(receiver) as emulator:
        started = perf_counter()
        made = await deliver(emulator, lives, singly=singly)
        return made / (perf_counter() - started)


async def mean_body(receiver: Prepare) -> int:
    """How many bytes a message of such a run has, so that bare senders send as much."""
    async with emulator_for(receiver) as emulator:
        (integration,) = emulator.integrations(Scope.STORE)
        events, _ = emulator.journal.events(limit=10 * EVENTS_A_LIFE)
        render = Rendering(emulator.parts.shop)
        return round(
            mean(
                len(render.body(event, integration, job_id="0" * 36, attempt=1))
                for event in events
                if integration.wants(event.key)
            )
        )


async def deliver(emulator: Emulator, lives: int, *, singly: bool = False) -> int:
    """Let so many orders live, by one command or `singly`.

    Returns when all is delivered and journalled: how many deliveries that were. They are counted as they are
    committed, for the journal's own totals shrink when it prunes its history.
    """
    with _committed(emulator) as counts:
        for count in [1] * lives if singly else [lives]:
            await emulator.trigger(TriggerRequest(key=LIFE, count=count))
        settled = await emulator.settle(time_limit=600)
    made = counts[DeliveryState.SUCCEEDED]
    assert settled, "the deliveries did not end in time"
    assert counts.total() == made == lives * EVENTS_A_LIFE, f"of {lives * EVENTS_A_LIFE} attempts came {dict(counts)}"
    return made


@contextmanager
def _committed(emulator: Emulator) -> Iterator[Counter[DeliveryState | None]]:
    """How many attempts become durable within, by the state they leave their delivery in."""
    counts: Counter[DeliveryState | None] = Counter()
    journal = emulator.journal
    publish = journal.on_committed

    def count(records: Sequence[Record]) -> None:
        counts.update(record.state for record in records if record.kind is RecordKind.ATTEMPTED)
        publish(records)

    journal.on_committed = count
    try:
        yield counts
    finally:
        journal.on_committed = publish
