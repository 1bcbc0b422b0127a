"""A FIFO queue gets the deliveries of one resource one after the other, whatever becomes of them."""

from pathlib import Path
from typing import Any

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import IntegrationType, SqsConfiguration
from emulator.domain.outcome import Outcome
from emulator.runtime.settings import ClockMode, ClockSettings

GOOD = Outcome(succeeded=True)
BAD = Outcome(succeeded=False, error="the queue does not exist")
REAL = ClockSettings(mode=ClockMode.REAL)
QUICK = ClockSettings(mode=ClockMode.SCALED, speed=1000)


def queue(name: str) -> dict[str, Any]:
    configuration = SqsConfiguration(
        url=f"http://127.0.0.1:9/1/{name}", aws_access_key_id="a", aws_secret_access_key="b", region="eu-west-1"
    )
    return {"integration_type": IntegrationType.AWS_SQS, "configuration": configuration}


def fails_once(message: Any) -> Outcome:
    return BAD if message.attempt == 1 else GOOD


@pytest.mark.parametrize("clock", [None, QUICK], ids=["virtual", "scaled"])
def test_each_attempt_of_one_event_comes_before_the_next_event(run: Any, started: Any, clock: Any) -> None:
    async def scenario() -> None:
        async with started(fails_once, **({} if clock is None else {"clock": clock})) as shop:
            await shop.register(**queue("shop.fifo"))
            report = await shop.trigger("order.fulfilled")
            assert await shop.emulator.settle(time_limit=10)
            jobs = [delivery.job_id for delivery in report.deliveries]
            assert len(jobs) > 1
            sent = [(message.job_id, message.attempt) for message in shop.receiver.sent]
            assert sent == [(job, attempt) for job in jobs for attempt in (1, 2)]
            assert set(await shop.states()) == {DeliveryState.SUCCEEDED}

    run(scenario())


def test_a_standard_queue_goes_on_with_the_next_event_meanwhile(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(fails_once) as shop:
            await shop.register(**queue("shop"))
            await shop.trigger("order.fulfilled")
            assert await shop.emulator.settle(time_limit=10)
            attempts = [attempt for _, attempt, _ in shop.sent()]
            assert attempts == sorted(attempts)
            assert attempts.count(1) > 1

    run(scenario())


def test_killed_in_the_middle_it_goes_on_with_whoever_had_begun(
    run: Any, started: Any, gate: Any, tmp_path: Path
) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, data_dir=tmp_path, clock=REAL) as first:
            await first.register(**queue("shop.fifo"))
            await first.trigger("order.fulfilled")
            await first.until(lambda: answer.waiting)
            assert len(first.receiver.sent) == 1
        async with started(data_dir=tmp_path, clock=REAL) as second:
            assert await second.emulator.settle(time_limit=10)
            assert second.receiver.sent[0].job_id == first.receiver.sent[0].job_id
            assert [attempt for _, attempt, _ in second.sent()] == [1] * len(second.sent())
            assert set(await second.states()) == {DeliveryState.SUCCEEDED}

    run(scenario())


def test_started_again_while_one_waits_for_its_next_attempt_nobody_passes_it(
    run: Any, started: Any, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD, data_dir=tmp_path) as first:
            await first.register(**queue("shop.fifo"))
            await first.trigger("order.fulfilled")
            await first.emulator.advance(0)
            assert len(first.receiver.sent) == 1
            due = first.emulator.clock_state().next_due
        async with started(data_dir=tmp_path) as second:
            assert second.emulator.clock_state().next_due == due
            assert await second.emulator.settle(time_limit=10)
            assert second.sent()[0] == (*first.sent()[0][:1], 2, 0)
            assert set(await second.states()) == {DeliveryState.SUCCEEDED}

    run(scenario())


def test_disabled_while_one_holds_up_the_others_all_are_cancelled_and_later_events_go(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD) as shop:
            await shop.register(**queue("shop.fifo"))
            report = await shop.trigger("order.paid", alias="o1")
            await shop.emulator.advance(0)
            await shop.emulator.update_integration("shop", enabled=False)
            await shop.emulator.update_integration("shop", enabled=True)
            assert set(await shop.states()) == {DeliveryState.CANCELLED}
            await shop.trigger("order.fulfilled", of="o1")
            await shop.emulator.advance(0)
            assert len(shop.receiver.sent) == 2
            assert len(report.deliveries) > 1

    run(scenario())
