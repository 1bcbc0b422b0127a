"""Another beginning within the process, and what becomes of those who still wait for something of the last one."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import IllegalCommand, UnknownWord
from emulator.domain.moment import parse_instant
from emulator.runtime.settings import ClockMode, ClockSettings

VIRTUAL = ClockSettings(mode=ClockMode.VIRTUAL)
MARCH = ClockSettings(mode=ClockMode.VIRTUAL, start=parse_instant("2026-03-01T00:00:00Z"))


async def told(shop: Any) -> list[bytes]:
    """What an order that is paid brings to a receiver."""
    begin = len(shop.receiver.sent)
    await shop.register()
    await shop.trigger("order.paid")
    assert await shop.emulator.settle(time_limit=20)
    return [message.body for message in shop.receiver.sent[begin:]]


def test_it_begins_as_one_that_was_started_so(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(clock=MARCH, seed=7, profile="lost_acks") as other:
            expected = await told(other)
            rules = [rule.id for rule in other.emulator.rules()]
        async with started(clock=VIRTUAL) as shop:
            first = await told(shop)
            emulator = shop.emulator
            await emulator.add_rule({"id": "mine", "drop": {}})
            await emulator.pause()
            settings = replace(emulator.settings, seed=7, profile="lost_acks", clock=MARCH)
            await emulator.begin_anew(settings)
            assert (emulator.integrations(), emulator.paused(), emulator.now()) == ([], [], MARCH.start)
            assert [rule.id for rule in emulator.rules()] == rules
            assert await told(shop) == expected != first
            assert [row.number for row in emulator.journal.deliveries(newest_first=False)[0]] == [1, 2, 3]
            await emulator.begin_anew(replace(settings, seed=1, profile="off", clock=VIRTUAL))
            assert await told(shop) == first

    run(scenario())


def test_what_cannot_begin_leaves_all_as_it_is(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(clock=VIRTUAL) as shop:
            await told(shop)
            with pytest.raises(UnknownWord):
                await shop.emulator.begin_anew(replace(shop.emulator.settings, profile="nonesuch"))
            await shop.trigger("order.fulfilled", of="last")
            assert await shop.emulator.settle(time_limit=20)
            assert set(await shop.states()) == {DeliveryState.SUCCEEDED}

    run(scenario())


@pytest.mark.parametrize("how", ["stop", "begin_anew"])
def test_who_waits_for_virtual_time_is_told_that_it_stopped(run: Any, started: Any, gate: Any, how: str) -> None:
    """While a request is open, and while another movement of time waits for its turn."""

    async def scenario() -> None:
        hang = gate()
        async with started(hang, clock=VIRTUAL) as shop:
            await shop.register()
            await shop.trigger()
            settling = asyncio.create_task(shop.emulator.settle())
            advancing = asyncio.create_task(shop.emulator.advance(1))
            await shop.until(lambda: shop.receiver.sent)
            if how == "stop":
                await shop.emulator.parts.engine.halt()
            else:
                await shop.emulator.begin_anew(shop.emulator.settings)
            assert await settling is False
            with pytest.raises(IllegalCommand) as refused:
                await advancing
            assert "stopped, or began anew, before that time had passed" in refused.value.sentence
            assert len(shop.receiver.sent) == 1

    run(scenario())


def test_who_comes_too_late_is_refused(run: Any, started: Any) -> None:
    """A call that waited for its turn while the emulator began anew is about a shop that is gone."""

    async def scenario() -> None:
        async with started(clock=VIRTUAL) as shop:
            anew = asyncio.create_task(shop.emulator.begin_anew(shop.emulator.settings))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            late = asyncio.create_task(shop.trigger())
            await anew
            with pytest.raises(IllegalCommand, match="begun anew meanwhile"):
                await late
            assert shop.emulator.journal.events(limit=1)[1] == 0

    run(scenario())
