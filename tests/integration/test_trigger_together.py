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
    assert sum(event.key == "order.fulfilled" for event in together) == LIVES
    assert together == apart


def test_a_life_is_never_split_between_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    async def committed() -> list[list[str]]:
        emulator = await _started()
        transactions: list[list[str]] = []
        commit = emulator.journal.commit

        async def counting(tx: Transaction) -> None:
            transactions.append([event.key for event in tx.events])
            await commit(tx)

        monkeypatch.setattr(emulator.journal, "commit", counting)
        try:
            await emulator.trigger(TriggerRequest(key="order.fulfilled", count=LIVES))
            durable = [event.key for event in _events(emulator)]
            assert durable == [key for keys in transactions for key in keys], "all of it, when trigger returns"
        finally:
            await emulator.stop()
        return transactions

    transactions = asyncio.run(committed())
    assert sum(keys.count("order.fulfilled") for keys in transactions) == LIVES
    assert 1 < len(transactions) < LIVES
    assert all(keys[0] == "cart.updated" and keys[-2:] == ["order.fulfilled", "order.updated"] for keys in transactions)


def test_what_came_before_a_refused_repetition_has_happened() -> None:
    async def story() -> None:
        emulator = await _started()
        try:
            await emulator.trigger(TriggerRequest(key="order.paid"))
            before = len(_events(emulator))
            with pytest.raises(UserError):
                await emulator.trigger(TriggerRequest(key="order.fulfilled", of="last", count=3))
            new = [event.key for event in _events(emulator)[before:]]
            assert [key for key in new if key.startswith("order.")] == ["order.fulfilled", "order.updated"]
        finally:
            await emulator.stop()

    asyncio.run(story())
