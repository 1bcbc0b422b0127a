"""By hand: retry, resend, hold, pause, reset; and what trigger says of it all."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UnknownWord
from emulator.domain.moment import MINUTE
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message
from emulator.domain.record import RecordKind
from emulator.runtime.settings import ClockMode, ClockSettings

BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")
REAL = ClockSettings(mode=ClockMode.REAL)


def jobs(shop: Any) -> list[tuple[str, int]]:
    """Job ids, numbered in the order in which they appear, and attempts."""
    names: dict[str, str] = {}
    for message in shop.receiver.sent:
        names.setdefault(message.job_id, f"job {len(names) + 1}")
    return [(names[message.job_id], message.attempt) for message in shop.receiver.sent]


def test_retry_sends_a_succeeded_one_again_as_the_next_attempt(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            report = await shop.trigger()
            await shop.emulator.settle()
            row = await shop.emulator.retry(report.deliveries[0].job_id)
            assert (row.number, row.state) == (1, DeliveryState.PLANNED)
            await shop.emulator.settle()
            await shop.emulator.retry("1")
            await shop.emulator.settle()
            assert jobs(shop) == [("job 1", 1), ("job 1", 2), ("job 1", 3)]
            assert [orjson.loads(message.body)["attempt"] for message in shop.receiver.sent] == [1, 2, 3]

    run(scenario())


def test_retry_of_one_that_is_planned_sends_that_now(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.emulator.add_rule({"delay": {"value": "25m"}})
            await shop.trigger()
            row = await shop.emulator.retry("1")
            assert row.due == shop.emulator.now()
            await shop.emulator.advance(0)
            assert jobs(shop) == [("job 1", 1)]
            await shop.emulator.settle()
            assert jobs(shop) == [("job 1", 1)]

    run(scenario())


def test_retry_of_one_that_is_exhausted_or_cancelled_is_one_more_attempt(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD, retry_waits=()) as shop:
            await shop.register()
            await shop.trigger()
            await shop.emulator.settle()
            assert await shop.states() == [DeliveryState.EXHAUSTED]
            await shop.emulator.retry("1")
            await shop.emulator.settle()
            assert await shop.states() == [DeliveryState.EXHAUSTED]
            assert jobs(shop) == [("job 1", 1), ("job 1", 2)]

    run(scenario())


def test_retry_says_why_it_cannot(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, clock=REAL) as shop:
            await shop.register()
            await shop.trigger()
            await shop.until(lambda: answer.waiting)
            with pytest.raises(NotFound, match="there is no delivery '99'"):
                await shop.emulator.retry("99")
            with pytest.raises(IllegalCommand, match="delivery 1 is being sent right now"):
                await shop.emulator.retry("1")
            answer.open()
            await shop.emulator.settle()
            await shop.emulator.update_integration("shop", enabled=False)
            with pytest.raises(IllegalCommand, match="the integration 'shop' is disabled; enable it first"):
                await shop.emulator.retry("1")
            await shop.emulator.delete_integration("shop")
            with pytest.raises(IllegalCommand, match="the integration 'shop' is gone"):
                await shop.emulator.retry("1")

    run(scenario())


def test_resend_uses_the_job_unless_told_otherwise(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            report = await shop.trigger()
            event = report.events[-1].identity
            await shop.emulator.settle()
            [same] = await shop.emulator.resend(event)
            await shop.emulator.settle()
            [new] = await shop.emulator.resend(event, new_job=True)
            await shop.emulator.settle()
            assert (same.number, new.number) == (1, 2)
            assert jobs(shop) == [("job 1", 1), ("job 1", 2), ("job 2", 1)]

    run(scenario())


def test_two_new_jobs_at_once_are_two(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            report = await shop.trigger()
            event = report.events[-1].identity
            await asyncio.gather(*(shop.emulator.resend(event, new_job=True) for _ in range(4)))
            await shop.emulator.settle()
            assert len({message.job_id for message in shop.receiver.sent}) == 5

    run(scenario())


def test_an_edited_payload_is_a_new_job_with_that_payload(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            report = await shop.trigger()
            event = report.events[-1].identity
            for _ in range(2):
                await shop.emulator.resend(event, payload={"data": {"id": "mine"}})
            await shop.emulator.settle()
            assert [orjson.loads(message.body)["payload"]["data"]["id"] for message in shop.receiver.sent[1:]] == [
                "mine",
                "mine",
            ]
            assert jobs(shop) == [("job 1", 1), ("job 2", 1), ("job 3", 1)]
            with pytest.raises(NotFound, match="there is no event 'nothing'"):
                await shop.emulator.resend("nothing")

    run(scenario())


def test_an_event_is_resent_to_one_that_did_not_observe_it(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            report = await shop.trigger()
            event = report.events[-1].identity
            with pytest.raises(IllegalCommand, match=r"no enabled integration observes order\.created; name one"):
                await shop.emulator.resend(event)
            await shop.register("late", observes=("cart.*",))
            await shop.emulator.resend(event, integration="late")
            await shop.emulator.settle()
            assert shop.keys() == ["order.created"]

    run(scenario())


def test_held_ones_go_one_by_one_or_together_when_released(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            rule = await shop.emulator.hold({"event": "order.created"}, "mine")
            assert [hold["id"] for hold in shop.emulator.holds()] == [rule] == ["mine"]
            await shop.trigger(count=3)
            assert await shop.emulator.settle()
            assert not shop.receiver.sent
            first, second, third = (held.number for held in shop.emulator.held())
            assert await shop.emulator.release(second) == 1
            await shop.emulator.settle()
            assert [message.resource for message in shop.receiver.sent] == ["order:2"]
            with pytest.raises(NotFound, match=f"delivery {second} is not held; `epcc-emulator hold` lists"):
                await shop.emulator.release(second)
            await shop.emulator.unhold("mine")
            assert len(shop.emulator.held()) == 2
            assert await shop.emulator.release() == 2
            await shop.emulator.settle()
            assert [message.resource for message in shop.receiver.sent] == ["order:2", "order:1", "order:3"]
            assert (first, third) == (1, 3)

    run(scenario())


def test_paused_nothing_leaves_and_time_does_not_wait_for_it(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register("shop")
            await shop.register("erp")
            await shop.emulator.pause("shop")
            await shop.emulator.add_rule({"match": {"integration": "shop"}, "delay": {"value": "30m"}})
            await shop.trigger()
            began = shop.emulator.now()
            assert await shop.emulator.settle(time_limit=5)
            assert [message.integration.key for message in shop.receiver.sent] == ["erp"]
            assert shop.emulator.now() - began < MINUTE
            await shop.emulator.pause()
            await shop.emulator.resume("shop")
            await shop.emulator.settle(time_limit=5)
            assert len(shop.receiver.sent) == 1
            await shop.emulator.resume()
            await shop.emulator.settle(time_limit=5)
            assert [message.integration.key for message in shop.receiver.sent] == ["erp", "shop"]
            with pytest.raises(NotFound):
                await shop.emulator.pause("nobody")

    run(scenario())


def test_paused_on_a_real_clock_it_goes_on_by_itself_when_resumed(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(clock=REAL) as shop:
            await shop.register()
            await shop.emulator.pause("shop")
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=5)
            assert not shop.receiver.sent
            await shop.emulator.resume("shop")
            await shop.until(lambda: shop.receiver.sent)

    run(scenario())


def test_resumed_for_everybody_nobody_is_paused_any_more(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as shop:
            await shop.register("shop")
            await shop.register("erp")
            await shop.emulator.pause("shop")
            await shop.emulator.pause("erp")
            await shop.emulator.pause()
            await shop.trigger()
            await shop.emulator.resume(but=["erp"])
            assert shop.emulator.paused() == ["erp"]
            assert await shop.emulator.settle(time_limit=5)
            assert [message.integration.key for message in shop.receiver.sent] == ["shop"]
            await shop.emulator.resume()
            assert shop.emulator.paused() == []
            assert await shop.emulator.settle(time_limit=5)
            assert [message.integration.key for message in shop.receiver.sent] == ["shop", "erp"]
        async with started(data_dir=tmp_path) as again:
            assert again.emulator.paused() == []

    run(scenario())


def test_reset_is_back_to_the_beginning(run: Any, started: Any) -> None:
    async def told(shop: Any) -> list[tuple[str, str, str]]:
        await shop.register()
        await shop.register("own", managed=False, observes=("order.paid",))
        await shop.trigger("order.paid")
        await shop.emulator.settle()
        return [(message.integration.id, message.job_id, message.resource) for message in shop.receiver.sent]

    async def scenario() -> None:
        async with started(profile="at_least_once") as shop:
            before = await told(shop)
            await shop.emulator.hold({})
            await shop.emulator.remove_rule("copy")
            await shop.trigger(count=2)
            await shop.emulator.pause()
            erased = await shop.emulator.reset()
            assert erased["integrations"] == 2
            assert erased["deliveries"] > 3
            assert shop.emulator.integrations() == []
            assert shop.emulator.paused() == []
            assert [active.id for active in shop.emulator.rules()] == ["copy", "lost-acknowledgement"]
            assert shop.emulator.clock_state().pending == 0
            shop.receiver.sent.clear()
            assert await told(shop) == before

    run(scenario())


def test_reset_ends_what_is_open_and_can_keep_the_integrations(run: Any, started: Any, gate: Any) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, clock=REAL) as shop:
            kept = await shop.register()
            await shop.trigger(count=5)
            await shop.until(lambda: answer.waiting == 5)
            erased = await shop.emulator.reset(keep_integrations=True)
            assert erased["integrations"] == 0
            assert answer.ended == 5
            assert shop.emulator.integrations() == [kept]
            assert await shop.emulator.settle(time_limit=5)
            answer.open()
            shop.receiver.sent.clear()
            await shop.trigger()
            await shop.until(lambda: shop.receiver.sent)
            assert shop.receiver.sent[0].resource == "order:1"

    run(scenario())


def test_trigger_tells_what_was_planned_and_when_it_is_due(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.emulator.add_rule({"id": "late", "match": "order.created", "delay": {"value": "10m"}})
            report = await shop.trigger("order.created")
            [delivery] = report.deliveries
            event = report.events[-1]
            assert event.key == "order.created"
            assert (delivery.event, delivery.integration, delivery.dropped) == (event.identity, "shop", False)
            assert delivery.due == event.at + 10 * MINUTE
            assert [note.rule for note in delivery.faults] == ["late"]

    run(scenario())


def test_trigger_says_why_nothing_is_sent(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            nobody = await shop.trigger(only=True)
            assert nobody.reasons == (
                "nothing goes anywhere: there are no integrations; register one, or run epcc-emulator listen",
            )
            await shop.register("carts", observes=("cart.updated",))
            unobserved = await shop.trigger(only=True)
            assert unobserved.reasons == (
                "order.created goes nowhere: no integration observes it (observed: cart.updated)",
            )
            await shop.register("off", enabled=False)
            await shop.register("out", enabled=False)
            disabled = await shop.trigger(only=True)
            assert disabled.reasons == (
                "order.created goes nowhere: off, out observe it but are disabled; enable one to receive events",
            )
            await shop.register()
            await shop.emulator.add_rule({"id": "gone", "drop": {}})
            await shop.emulator.add_rule({"id": "late", "delay": {"value": "1s"}})
            dropped = await shop.trigger(only=True)
            assert dropped.reasons == ("order.created is never sent to shop: dropped by rule gone",)
            [delivery] = dropped.deliveries
            assert (delivery.dropped, delivery.due) == (True, None)

    run(scenario())


def test_trigger_refuses_what_makes_no_sense_and_nothing_has_happened(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            with pytest.raises(UnknownWord, match=r"order\.payd"):
                await shop.trigger("order.payd")
            with pytest.raises(InvalidInput, match="expected 1 or more"):
                await shop.trigger(count=0)
            with pytest.raises(InvalidInput, match="one name cannot stand for several resources"):
                await shop.trigger(count=2, alias="o1")
            with pytest.raises(NotFound):
                await shop.trigger("order.paid", of="order:77")
            assert shop.emulator.journal.events()[1] == 0

    run(scenario())


def test_what_is_accepted_is_sent_although_the_caller_has_gone(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(clock=REAL) as shop:
            await shop.register()
            calling = asyncio.create_task(shop.trigger(only=True))
            commit = shop.emulator.journal.commit
            reached = asyncio.Event()

            async def slow(tx: Any) -> None:
                reached.set()
                await asyncio.sleep(0)
                await commit(tx)

            shop.emulator.journal.commit = slow
            await reached.wait()
            calling.cancel()
            await shop.until(lambda: shop.receiver.sent)

    run(scenario())


def test_a_receiver_that_makes_the_transport_fail_is_a_failed_attempt(
    run: Any, started: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: Message) -> Outcome:
        raise RuntimeError("a mistake")

    async def scenario() -> None:
        async with started(broken, retry_waits=()) as shop:
            await shop.register()
            await shop.trigger()
            await shop.emulator.settle()
            assert await shop.states() == [DeliveryState.EXHAUSTED]

    run(scenario())
    assert "a delivery of order.created failed inside the emulator" in caplog.text


def test_a_dropped_delivery_that_is_retried_is_sent_as_its_first_attempt(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.emulator.add_rule({"id": "gone", "drop": {}})
            report = await shop.trigger(only=True)
            await shop.emulator.retry(str(report.deliveries[0].number))
            assert await shop.emulator.settle(time_limit=5)
            assert shop.sent() == [("order.created", 1, 0)]
            [attempt] = await shop.records(RecordKind.ATTEMPTED)
            assert attempt.data["faults"] == []
            assert await shop.states() == [DeliveryState.SUCCEEDED]

    run(scenario())
