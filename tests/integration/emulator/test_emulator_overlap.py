"""Who leaves together in virtual time: what becomes of them does not depend on who answers first."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.domain.record import RecordKind

GOOD = Outcome(succeeded=True, status=200)
BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")
TOGETHER = {"id": "together", "match": {"attempt": 1}, "overlap": {"count": 3}}


class Ranked:
    """Answers three that are there together in this order, each once the answer before it is long known."""

    def __init__(self, order: Sequence[int], outcome: Outcome) -> None:
        self._order = order
        self._outcome = outcome
        self._there = 0
        self._answered = [asyncio.Event() for _ in order]

    async def __call__(self, message: Message) -> Outcome:
        if message.attempt > 1:
            return GOOD
        rank = self._order[self._there]
        self._there += 1
        if rank:
            await self._answered[rank - 1].wait()
        for _ in range(20):
            await asyncio.sleep(0)
        self._answered[rank].set()
        return self._outcome


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"id": "unheard", "times": 1, "ack_loss": {}}, GOOD),
        ({"id": "late", "match": {"attempt": 2}, "times": 1, "delay": {"value": "1h"}}, BAD),
        ({"id": "backwards", "match": {"attempt": 2}, "reorder": {"mode": "reverse", "window": 2}}, BAD),
    ],
)
def test_who_answers_first_decides_nothing(run: Any, started: Any, rule: Any, outcome: Outcome) -> None:
    async def scenario(order: Sequence[int]) -> list[Any]:
        async with started(Ranked(order, outcome)) as shop:
            await shop.register()
            await shop.emulator.add_rule(TOGETHER)
            await shop.emulator.add_rule(rule)
            await shop.trigger(count=3)
            assert await shop.emulator.settle()
            attempted = await shop.records(RecordKind.ATTEMPTED)
            return [(record.at, record.delivery, record.data["faults"]) for record in attempted]

    first = run(scenario([0, 1, 2]))
    assert any(fault["rule"] == rule["id"] for _, _, faults in first for fault in faults)
    assert run(scenario([2, 1, 0])) == first
    assert run(scenario([1, 2, 0])) == first


def test_who_waits_for_its_turn_is_ended_with_its_integration(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        hanging, taken = gate(), 0

        async def answer(message: Message) -> Outcome:
            nonlocal taken
            taken += 1
            outcome: Outcome = await hanging(message) if taken == 1 else GOOD
            return outcome

        async with started(answer) as shop:
            await shop.register()
            await shop.emulator.add_rule(TOGETHER)
            await shop.trigger(count=3)
            settling = asyncio.create_task(shop.emulator.settle())
            await shop.until(lambda: taken == 3)
            await shop.emulator.update_integration("shop", enabled=False)
            assert await settling
            assert set(await shop.states()) == {"cancelled"}
            assert len(await shop.records(RecordKind.ATTEMPTED)) == 3

    run(scenario())


def test_an_emulator_stops_though_somebody_waits_for_its_turn(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        hanging = gate()
        async with started(hanging) as shop:
            await shop.register()
            await shop.emulator.add_rule(TOGETHER)
            await shop.trigger(count=3)
            settling = asyncio.create_task(shop.emulator.settle())
            await shop.until(lambda: hanging.waiting == 3)
        assert hanging.ended == 3
        await asyncio.gather(settling, return_exceptions=True)

    run(scenario())
