"""Meanwhile: what is done by hand to deliveries while others are done to their integrations, rules and copies."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import IllegalCommand, UnknownWord
from emulator.domain.moment import MINUTE
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.runtime.settings import ClockMode, ClockSettings

BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")
GOOD = Outcome(succeeded=True, status=200)
REAL = ClockSettings(mode=ClockMode.REAL)


def attempts(shop: Any) -> list[int]:
    """What the messages themselves say."""
    return [orjson.loads(message.body)["attempt"] for message in shop.receiver.sent]


async def switch(shop: Any, *, enabled: bool) -> None:
    await shop.emulator.update_integration("shop", enabled=enabled)


@pytest.mark.parametrize("restarted", [False, True])
def test_an_attempt_that_was_cancelled_before_it_left_is_made_by_hand(
    run: Any, started: Any, tmp_path: Path, restarted: bool
) -> None:
    """Attempts are numbered without a gap: a receiver that is told of attempt 2 has been told of attempt 1."""

    async def again(shop: Any) -> None:
        await switch(shop, enabled=True)
        await shop.emulator.retry("1")
        await shop.emulator.settle()
        assert await shop.states() == [DeliveryState.SUCCEEDED]

    async def scenario() -> None:
        async with started(data_dir=tmp_path) as shop:
            await shop.register()
            await shop.emulator.pause()
            await shop.trigger()
            await switch(shop, enabled=False)
            await shop.emulator.resume()
            assert await shop.states() == [DeliveryState.CANCELLED]
            if not restarted:
                await again(shop)
                assert attempts(shop) == [1]
        if restarted:
            async with started(data_dir=tmp_path) as second:
                await again(second)
                assert attempts(second) == [1]

    run(scenario())


def test_an_attempt_that_waited_when_it_was_cancelled_is_made_by_hand(run: Any, started: Any) -> None:
    async def scenario() -> None:
        broken = [True]
        async with started(lambda message: BAD if broken else GOOD) as shop:
            await shop.register()
            await shop.trigger()
            await shop.emulator.advance(0)
            assert await shop.states() == [DeliveryState.WAITING]
            for _ in range(2):
                await switch(shop, enabled=False)
                await switch(shop, enabled=True)
                await shop.emulator.retry("1")
                await shop.emulator.pause()
            await switch(shop, enabled=False)
            await shop.emulator.resume()
            await switch(shop, enabled=True)
            broken.clear()
            await shop.emulator.retry("1")
            await shop.emulator.settle()
            assert attempts(shop) == [1, 2]

    run(scenario())


def test_one_that_was_open_when_it_was_cancelled_was_made(run: Any, started: Any, gate: Callable[[], Any]) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, clock=REAL) as shop:
            await shop.register()
            await shop.trigger()
            await shop.until(lambda: answer.waiting)
            await switch(shop, enabled=False)
            await shop.until(lambda: answer.ended)
            await switch(shop, enabled=True)
            answer.open()
            await shop.emulator.settle(time_limit=5)
            await shop.emulator.retry("1")
            await shop.emulator.settle(time_limit=5)
            assert attempts(shop) == [1, 2]

    run(scenario())


def test_a_copy_that_was_sent_by_hand_and_waits_again_is_not_settled(run: Any, started: Any) -> None:
    """Its original is held yet, and the copy follows that no more."""

    async def scenario() -> None:
        async with started(lambda message: BAD, clock=REAL, retry_waits=(3600 * 1_000_000,)) as shop:
            await shop.register()
            await shop.emulator.hold({})
            await shop.emulator.add_rule({"duplicate": {"copies": 1, "identity": "new_job"}})
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=5)
            await shop.emulator.remove_rule("hold-1")
            await shop.emulator.retry("2")
            await shop.until(lambda: shop.receiver.sent)
            assert not await shop.emulator.settle(time_limit=0.1)
            assert await shop.states() == [DeliveryState.HELD, DeliveryState.WAITING]

    run(scenario())


def test_resend_reaches_all_or_nobody(run: Any, started: Any, gate: Callable[[], Any]) -> None:
    """Where one of them is being sent, nobody else gets it again either: who asks once more sends it to each once."""

    async def scenario() -> None:
        answer = gate()

        def answered(message: Message) -> Any:
            return GOOD if message.integration.key == "erp" else answer(message)

        async with started(answered, clock=REAL) as shop:
            await shop.register("erp")
            await shop.register("shop")
            report = await shop.trigger()
            await shop.until(lambda: answer.waiting)
            await shop.until(lambda: len(shop.receiver.sent) == 2)
            with pytest.raises(IllegalCommand, match="is being sent right now"):
                await shop.emulator.resend(report.deliveries[0].event)
            answer.open()
            assert await shop.emulator.settle(time_limit=5)
            assert attempts(shop) == [1, 1]

    run(scenario())


@pytest.mark.parametrize("edited", [None, {"id": "order:1"}])
def test_nothing_is_made_for_one_that_is_disabled_meanwhile(run: Any, started: Any, edited: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            report = await shop.trigger()
            await shop.emulator.settle()
            disabling = asyncio.create_task(switch(shop, enabled=False))
            resend = shop.emulator.resend(report.deliveries[0].event, new_job=True, payload=edited)
            with pytest.raises(IllegalCommand, match="is disabled"):
                await resend
            await disabling
            await shop.emulator.settle()
            assert await shop.states() == [DeliveryState.SUCCEEDED]

    run(scenario())


def test_a_hold_that_is_stopped_is_one(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.emulator.add_rule({"id": "late", "delay": {"value": "5s"}})
            await shop.emulator.hold({}, "mine")
            with pytest.raises(UnknownWord, match="mine"):
                await shop.emulator.unhold("late")
            await shop.emulator.unhold("mine")
            assert [active.id for active in shop.emulator.rules()] == ["late"]

    run(scenario())


def test_a_rule_that_another_profile_has_otherwise_begins_anew(run: Any, started: Any, tmp_path: Path) -> None:
    """A profile's file is edited and put in force again: what its former rule has come to is not the new one's."""

    def profile(rule: str) -> str:
        path = tmp_path / "mine.yaml"
        path.write_text(f"description: Mine.\nchaos:\n  - {rule}\n  - {{id: other, delay: 1s, times: 9}}\n")
        return str(path)

    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.emulator.set_profile(profile("{id: gone, times: 1, for: 1m, drop: {}}"))
            await shop.trigger()
            await shop.trigger()
            await shop.emulator.advance(5 * MINUTE)
            await shop.emulator.set_profile(profile("{id: gone, times: 2, for: 1m, drop: {}}"))
            assert [active.hits for active in shop.emulator.rules()] == [0, 2]
            await shop.trigger()
            await shop.emulator.set_profile(profile("{id: gone, times: 2, for: 1m, drop: {}}"))
            assert [active.hits for active in shop.emulator.rules()] == [1, 3]
            assert [state.value for state in await shop.states()] == ["dropped", "succeeded", "dropped"]

    run(scenario())


def test_time_that_two_advance_at_once_moves_for_both(run: Any, started: Any, gate: Callable[[], Any]) -> None:
    """However they meet: before, during or after the other's."""

    async def scenario() -> None:
        answer = gate()
        async with started(answer) as shop:
            await shop.register()
            await shop.trigger()
            began = shop.emulator.now()
            first = asyncio.create_task(shop.emulator.advance(10 * MINUTE))
            await shop.until(lambda: answer.waiting)
            second = asyncio.create_task(shop.emulator.advance(20 * MINUTE))
            settling = asyncio.create_task(shop.emulator.settle())
            third = asyncio.create_task(shop.emulator.advance(30 * MINUTE))
            answer.open()
            await asyncio.gather(first, second, settling, third)
            assert shop.emulator.now() == began + 60 * MINUTE

    run(scenario())
