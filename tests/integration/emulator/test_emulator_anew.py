"""Another beginning within the process, and what becomes of those who still wait for something of the last one."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator.core.rate_limit import parse_rate
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import IllegalCommand, UnknownWord, UserError
from emulator.domain.moment import parse_instant
from emulator.domain.outcome import Outcome
from emulator.runtime.journal import Journal
from emulator.runtime.settings import ClockMode, ClockSettings
from emulator.runtime.tally import TrafficRequest
from emulator.store.mix import Mix

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


@pytest.mark.parametrize(("wrong", "refusal"), [("profile", UnknownWord), ("fixtures", UserError), ("disk", OSError)])
def test_what_is_refused_ends_neither_an_open_request_nor_traffic(
    run: Any,
    started: Any,
    gate: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    refusal: type[Exception],
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError("no space left")

    async def scenario() -> None:
        hang = gate()
        async with started(hang, clock=ClockSettings(mode=ClockMode.REAL)) as shop:
            emulator = shop.emulator
            await shop.register()
            await shop.trigger()
            await shop.until(lambda: hang.waiting)
            await emulator.traffic.start(TrafficRequest(rate=parse_rate("20/s"), mix=Mix(weights={"cart": 1})))
            given = {"profile": {"profile": "nonesuch"}, "fixtures": {"fixtures": tmp_path / "missing"}, "disk": {}}
            if wrong == "disk":
                monkeypatch.setattr(Journal, "open", full)
            with pytest.raises(refusal):
                await emulator.begin_anew(replace(emulator.settings, **given[wrong]))
            assert emulator.traffic.running
            assert (hang.waiting, hang.ended) == (1, 0)
            hang.open()
            await shop.until(lambda: hang.ended)
            await shop.until(lambda: emulator.clock_state().pending == 0)
            assert await shop.states() == [DeliveryState.SUCCEEDED]
            raised = emulator.traffic.state().commands
            await shop.until(lambda: emulator.traffic.state().commands > raised)

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
        late: list[asyncio.Task[Any]] = []

        async def answer(_message: Any) -> Outcome:
            try:
                await asyncio.Event().wait()
            finally:  # the turn in which it begins anew ends what is open
                late.append(asyncio.create_task(shop.trigger()))
            raise AssertionError

        async with started(answer, clock=ClockSettings(mode=ClockMode.REAL)) as shop:
            await shop.register()
            await shop.trigger()
            await shop.until(lambda: shop.receiver.sent)
            await shop.emulator.begin_anew(shop.emulator.settings)
            with pytest.raises(IllegalCommand, match="begun anew meanwhile"):
                await late[0]
            assert shop.emulator.journal.events(limit=1)[1] == 0

    run(scenario())
