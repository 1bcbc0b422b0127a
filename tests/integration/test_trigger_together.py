"""Repetitions of a trigger are journalled some at a time; nothing else about them changes."""

import asyncio

import pytest

from emulator.domain.errors import UserError
from emulator.domain.event import Event
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.domain.record import Transaction
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.trigger import TriggerRequest
from emulator.transports.memory import MemoryTransport

LIVES = 25  # more events than one transaction takes


async def _started() -> Emulator:
    settings = Settings(seed=7, clock=ClockSettings(mode=ClockMode.VIRTUAL))
    emulator = await Emulator.start(settings, transports={IntegrationType.WEBHOOK: MemoryTransport()})
    await emulator.ensure_integration(
        name="shop",
        integration_type=IntegrationType.WEBHOOK,
        observes=("*",),
        configuration=WebhookConfiguration(url="http://127.0.0.1:9/"),
        enabled=True,
    )
    return emulator


def _events(emulator: Emulator) -> list[Event]:
    return emulator.journal.events(limit=1_000, newest_first=False)[0]


def test_repetitions_raise_the_same_bytes_at_once_as_one_by_one() -> None:
    async def raised(counts: list[int]) -> list[Event]:
        emulator = await _started()
        try:
            for count in counts:
                await emulator.trigger(TriggerRequest(key="order.fulfilled", count=count))
            return _events(emulator)
        finally:
            await emulator.stop()

    together = asyncio.run(raised([LIVES]))
    apart = asyncio.run(raised([1] * LIVES))
    assert len(together) == LIVES * 7
    assert together == apart


def test_a_life_is_never_split_between_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    async def committed() -> list[int]:
        emulator = await _started()
        sizes: list[int] = []
        commit = emulator.journal.commit

        async def counting(tx: Transaction) -> None:
            sizes.append(len(tx.events))
            await commit(tx)

        monkeypatch.setattr(emulator.journal, "commit", counting)
        try:
            await emulator.trigger(TriggerRequest(key="order.fulfilled", count=LIVES))
            assert len(_events(emulator)) == LIVES * 7, "all of it is durable when trigger returns"
        finally:
            await emulator.stop()
        return sizes

    sizes = asyncio.run(committed())
    assert sum(sizes) == LIVES * 7
    assert 1 < len(sizes) < LIVES
    assert all(size % 7 == 0 for size in sizes)


def test_what_came_before_a_refused_repetition_has_happened() -> None:
    async def story() -> None:
        emulator = await _started()
        try:
            await emulator.trigger(TriggerRequest(key="order.paid"))
            before = len(_events(emulator))
            with pytest.raises(UserError):
                await emulator.trigger(TriggerRequest(key="order.fulfilled", of="last", count=3))
            new = [event.key for event in _events(emulator)[before:]]
            assert new == ["order.fulfilled", "order.updated"]
        finally:
            await emulator.stop()

    asyncio.run(story())
