"""Time: when a virtual clock moves and when it stands, and what waiting waits for."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest

from emulator.core.dice import Dice
from emulator.core.dispatcher import Dispatcher
from emulator.core.plan import Planner
from emulator.core.retry import RetryPolicy
from emulator.core.scribe import Scribe
from emulator.core.simulate import simulate
from emulator.domain.delivery import Send
from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.moment import MINUTE, SECOND, parse_instant
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.domain.record import Record, RecordKind
from emulator.runtime.clocks import ScaledClock
from emulator.runtime.settings import ClockMode, ClockSettings

START = parse_instant("2026-01-01T00:00:00Z")
GOOD = Outcome(succeeded=True, status=200)
BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")


def test_nothing_is_sent_before_time_is_let_go(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            assert shop.emulator.now() == START
            await shop.register()
            await shop.trigger("order.paid")
            await asyncio.sleep(0)
            assert not shop.receiver.sent
            assert shop.emulator.now() < START + SECOND
            assert await shop.emulator.settle()
            assert shop.keys()[0] == "order.created"
            assert shop.keys()[-1] != "order.created"

    run(scenario())


def test_advancing_sends_what_falls_due_and_no_more(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD) as shop:
            await shop.register()
            await shop.trigger()
            await shop.emulator.advance(10 * SECOND)
            assert shop.sent() == [("order.created", 1, 0), ("order.created", 2, 0)]
            now = shop.emulator.now()
            await shop.emulator.advance(10 * SECOND)
            assert len(shop.sent()) == 2
            assert shop.emulator.now() == now + 10 * SECOND

    run(scenario())


def test_settling_lets_all_retries_pass_in_no_time(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD) as shop:
            await shop.register()
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=5)
            assert [attempt for _, attempt, _ in shop.sent()] == [1, 2, 3, 4, 5, 6]
            assert 0.8 < (shop.emulator.now() - START) / (5 + 30 + 120 + 300 + 600) / SECOND < 1.2

    run(scenario())


def test_time_stands_still_while_somebody_calls(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.trigger()
            with shop.emulator.call():
                settling = asyncio.create_task(shop.emulator.settle())
                for _ in range(20):
                    await asyncio.sleep(0)
                assert not shop.receiver.sent
                assert not settling.done()
            assert await settling
            assert len(shop.receiver.sent) == 1

    run(scenario())


def test_time_stands_still_while_a_receiver_calls_back(run: Any, started: Any) -> None:
    """What a receiver raises by calling back happened at the moment of the delivery it answers."""

    async def scenario() -> None:
        moments: list[tuple[int, int]] = []

        async def answer(message: Message) -> Outcome:
            if message.event_key != "order.created":
                return GOOD
            before = shop.emulator.now()
            with shop.emulator.call():
                await shop.trigger("order.authorized", of=message.resource)
                await asyncio.sleep(0.02)
                moments.append((before, shop.emulator.now()))
            return GOOD

        async with started(answer) as shop:
            await shop.register()
            await shop.emulator.add_rule({"delay": {"value": "10m"}})
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=10)
            [(before, after)] = moments
            assert before >= START + 10 * MINUTE
            assert after - before < 1000
            assert any(key == "order.authorized" for key, _, _ in shop.sent())
            assert shop.emulator.now() >= START + 20 * MINUTE

    run(scenario())


def test_one_send_at_a_time_unless_they_are_to_overlap(run: Any, started: Any) -> None:
    async def scenario() -> None:
        open_now, most = 0, 0

        async def answer(message: Message) -> Outcome:
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            await asyncio.sleep(0)
            open_now -= 1
            return GOOD

        async with started(answer) as shop:
            await shop.register()
            await shop.trigger(count=5)
            await shop.emulator.settle()
            assert most == 1
            await shop.emulator.add_rule({"overlap": {"count": 3}})
            await shop.trigger(count=3)
            await shop.emulator.settle()
            assert most == 3

    run(scenario())


def test_a_limit_on_waiting_is_wall_time(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer) as shop:
            await shop.register()
            await shop.trigger()
            assert not await shop.emulator.settle(time_limit=0.05)
            answer.open()
            assert await shop.emulator.settle(time_limit=5)

    run(scenario())


def test_whoever_gives_up_waiting_stops_the_clock_but_not_the_send_that_is_open(
    run: Any, started: Any, gate: Any
) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer) as shop:
            await shop.register()
            await shop.trigger(count=3)
            settling = asyncio.create_task(shop.emulator.settle())
            await shop.until(lambda: answer.waiting)
            settling.cancel()
            await asyncio.wait([settling])
            answer.open()
            await shop.until(lambda: answer.ended)
            for _ in range(10):  # turns of the loop, in each of which another one could leave
                await asyncio.sleep(0)
            assert await shop.states() == ["succeeded", "planned", "planned"]
            assert await shop.emulator.settle(time_limit=5)
            assert await shop.states() == ["succeeded"] * 3

    run(scenario())


def test_time_goes_on_when_an_open_request_is_ended(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        hanging = gate()

        async def answer(message: Message) -> Outcome:
            outcome: Outcome = await hanging(message) if message.integration.name == "slow" else GOOD
            return outcome

        async with started(answer) as shop:
            await shop.register("slow")
            await shop.register("quick")
            await shop.trigger(count=2)
            settling = asyncio.create_task(shop.emulator.settle())
            await shop.until(lambda: hanging.waiting)
            await shop.emulator.update_integration("slow", enabled=False)
            assert await settling
            assert await shop.states(integration="slow") == ["cancelled"] * 2
            assert await shop.states(integration="quick") == ["succeeded"] * 2

    run(scenario())


def test_time_goes_on_after_a_reset_that_ended_an_open_request(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer) as shop:
            await shop.register()
            await shop.trigger(count=2)
            settling = asyncio.create_task(shop.emulator.settle())
            await shop.until(lambda: answer.waiting)
            await shop.emulator.reset(keep_integrations=True)
            assert await settling
            assert (answer.ended, await shop.states()) == (1, [])
            answer.open()
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=5)
            assert await shop.states() == ["succeeded"]

    run(scenario())


@pytest.mark.parametrize("mode", [ClockMode.REAL, ClockMode.SCALED])
def test_only_a_virtual_clock_is_advanced(run: Any, started: Any, mode: ClockMode) -> None:
    async def scenario() -> None:
        async with started(clock=ClockSettings(mode=mode, speed=60)) as shop:
            with pytest.raises(IllegalCommand, match="only a virtual clock can be advanced"):
                await shop.emulator.advance(SECOND)

    run(scenario())


def test_time_does_not_go_back(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            with pytest.raises(InvalidInput, match="time does not go back"):
                await shop.emulator.advance(-1)

    run(scenario())


def test_a_scaled_clock_runs_faster_and_sends_by_itself(run: Any, started: Any) -> None:
    async def scenario() -> None:
        speed = 100_000
        async with started(clock=ClockSettings(mode=ClockMode.SCALED, speed=speed)) as shop:
            await shop.register()
            await shop.emulator.add_rule({"delay": {"value": "25m"}})
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=10)
            assert len(shop.receiver.sent) == 1
            assert shop.emulator.now() >= START + 25 * MINUTE

    run(scenario())


def test_a_new_speed_counts_for_what_is_waited_for_already(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(clock=ClockSettings(mode=ClockMode.SCALED, speed=1)) as shop:
            await shop.register()
            await shop.emulator.add_rule({"delay": {"value": "25m"}})
            await shop.trigger()
            await shop.emulator.set_speed(1_000_000)
            assert await shop.emulator.settle(time_limit=10)
            assert len(shop.receiver.sent) == 1

    run(scenario())


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_what_is_no_speed_is_refused(run: Any, started: Any, speed: float) -> None:
    async def scenario() -> None:
        async with started(clock=ClockSettings(mode=ClockMode.SCALED, speed=1)) as shop:
            with pytest.raises(InvalidInput, match="expected a speed above 0"):
                await shop.emulator.set_speed(speed)

    run(scenario())


def test_waiting_for_an_event_finds_one_that_was_or_the_next(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            assert await shop.emulator.wait_event("order.*", time_limit=0.01) is None
            waiting = asyncio.create_task(shop.emulator.wait_event("order.p*", time_limit=10))
            await asyncio.sleep(0)
            await shop.trigger("order.paid")
            found = await waiting
            assert found is not None
            assert found.key == "order.paid"
            assert await shop.emulator.wait_event("order.created", time_limit=10) is not None

    run(scenario())


def test_a_rate_spaces_repetitions_in_emulated_time(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            report = await shop.trigger("order.created", count=5, rate=0.5)
            created = [event.at for event in report.events if event.key == "order.created"]
            assert len(created) == 5
            assert [round((later - earlier) / SECOND, 3) for earlier, later in pairwise(created)] == [2.0] * 4

    run(scenario())


def test_a_new_speed_counts_for_repetitions_that_are_waited_for_already(
    run: Any, started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        waits, wall_seconds = asyncio.Event(), ScaledClock.wall_seconds

        def seen(clock: ScaledClock, micros: int) -> float:
            waits.set()
            return wall_seconds(clock, micros)

        monkeypatch.setattr(ScaledClock, "wall_seconds", seen)
        async with started(clock=ClockSettings(mode=ClockMode.SCALED, speed=1)) as shop:
            triggering = asyncio.create_task(shop.trigger("order.created", count=3, rate=0.001))
            await asyncio.wait_for(waits.wait(), 10)
            await shop.emulator.set_speed(1_000_000)
            report = await asyncio.wait_for(triggering, 10)
            assert [event.key for event in report.events].count("order.created") == 3

    run(scenario())


def test_what_is_planned_is_what_happens(run: Any, started: Any) -> None:
    """The simulation of the same events gives the same deliveries, in the same order, with the same faults."""

    def told(records: Iterable[Record]) -> list[tuple[str | None, int, int, tuple[str, ...]]]:
        return [
            (
                record.integration,
                record.attempt,
                record.copy,
                tuple(str(note) for note in record.data.get("faults", ())),
            )
            for record in records
            if record.kind is RecordKind.SENT
        ]

    def fails(key: str, attempt: int) -> bool:
        return attempt == 1 and key.endswith("paid")

    async def scenario() -> None:
        async with started(
            lambda message: BAD if fails(message.event_key, message.attempt) else GOOD, profile="documented", seed=11
        ) as shop:
            await shop.register("shop")
            await shop.register("erp", observes=("order.paid", "transaction.*"))
            for _ in range(15):
                await shop.trigger("order.fulfilled")
            assert await shop.emulator.settle()
            live = told(await shop.records())
            events, _ = shop.emulator.journal.events(newest_first=False, limit=1000)
            planner = Planner(dice=Dice(11), rules=[active.rule for active in shop.emulator.rules()])
            dispatcher = Dispatcher(seed=11, planner=planner, retry=RetryPolicy(), scribe=Scribe())

            def answer(send: Send) -> Outcome:
                return BAD if fails(send.delivery.event.partition("/")[2].partition(":")[0], send.attempt) else GOOD

            planned = told(simulate(dispatcher, events, shop.emulator.integrations(), answer=answer))
            assert len(live) > 60
            assert planned == live

    run(scenario())


def test_after_a_reset_that_rewinds_the_same_commands_come_to_the_same_bytes(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(profile="documented") as shop:
            runs = []
            for _ in range(2):
                shop.receiver.sent.clear()
                await shop.register()
                await shop.trigger("order.fulfilled", count=3)
                await shop.emulator.advance(MINUTE)
                await shop.trigger("order.paid")
                assert await shop.emulator.settle()
                runs.append(([(one.body, one.attempt, one.copy) for one in shop.receiver.sent], shop.emulator.now()))
                await shop.emulator.reset(rewind=True)
                assert shop.emulator.now() == START
            assert runs[0] == runs[1]
            assert len(runs[0][0]) > 10

    run(scenario())


def test_a_clock_that_runs_by_itself_is_not_rewound(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(clock=ClockSettings(mode=ClockMode.SCALED, speed=1000.0)) as shop:
            before = shop.emulator.now()
            await shop.emulator.reset(rewind=True)
            await shop.trigger("order.created")
            events, _ = shop.emulator.journal.events(limit=1)
            assert shop.emulator.now() > before
            assert events[0].at >= before

    run(scenario())
