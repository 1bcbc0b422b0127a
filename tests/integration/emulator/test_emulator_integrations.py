"""The life of an integration: its keys, its events, and what becomes of its deliveries when it ends."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import NotFound
from emulator.domain.integration import Scope
from emulator.domain.moment import MINUTE
from emulator.domain.outcome import Outcome
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.by_hand import PAUSED
from emulator.runtime.engine import ENDED
from emulator.runtime.settings import ClockMode, ClockSettings

REAL = ClockSettings(mode=ClockMode.REAL)
BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")
ENDINGS = ["disable", "delete"]


async def end(shop: Any, how: str) -> None:
    if how == "disable":
        await shop.emulator.update_integration("shop", enabled=False)
    else:
        await shop.emulator.delete_integration("shop")


@pytest.mark.parametrize("how", ENDINGS)
def test_an_open_request_ends_and_its_delivery_is_cancelled(run: Any, started: Any, gate: Any, how: str) -> None:
    async def scenario() -> None:
        answer = gate()
        async with started(answer, clock=REAL) as shop:
            await shop.register()
            await shop.trigger()
            await shop.until(lambda: answer.waiting)
            await end(shop, how)
            await shop.until(lambda: answer.ended)
            assert await shop.emulator.settle(time_limit=10)
            assert await shop.states() == [DeliveryState.CANCELLED]
            [attempted] = await shop.records(RecordKind.ATTEMPTED)
            assert attempted.data["error"] == ENDED
            assert shop.emulator.clock_state().pending == 0

    run(scenario())


@pytest.mark.parametrize("how", ENDINGS)
def test_a_request_that_was_about_to_begin_ends_too(run: Any, started: Any, gate: Any, how: str) -> None:
    """Between the moment a send leaves the plan and its first step, nothing of it may get lost."""

    async def scenario() -> None:
        answer = gate()
        async with started(answer) as shop:
            await shop.register()
            await shop.trigger()
            sends, records = shop.emulator.parts.dispatcher.take_due(shop.emulator.now(), 1)
            shop.emulator.parts.engine.journal(records)
            shop.emulator.parts.engine._start(sends)
            parts = shop.emulator.parts
            parts.registry.remove("shop") if how == "delete" else None
            parts.journal_all(parts.dispatcher.cancel("shop", "it ended", shop.emulator.now()))
            parts.engine.abort("shop")
            assert await shop.emulator.settle(time_limit=5)
            assert not answer.waiting
            assert shop.emulator.clock_state().pending == 0
            assert await shop.states() == [DeliveryState.CANCELLED]

    run(scenario())


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("state", [DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.WAITING])
def test_what_was_to_come_is_cancelled_and_never_sent(run: Any, started: Any, how: str, state: DeliveryState) -> None:
    async def scenario() -> None:
        async with started(lambda message: BAD) as shop:
            await shop.register()
            if state is DeliveryState.HELD:
                await shop.emulator.hold({})
            await shop.trigger()
            if state is DeliveryState.WAITING:
                await shop.emulator.advance(0)
            assert await shop.states() == [state]
            before = len(shop.receiver.sent)
            await end(shop, how)
            assert await shop.states() == [DeliveryState.CANCELLED]
            assert await shop.emulator.settle(time_limit=5)
            assert len(shop.receiver.sent) == before

    run(scenario())


def test_enabled_again_it_gets_new_events_and_not_the_old_ones(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register()
            await shop.trigger("order.created")
            await shop.emulator.update_integration("shop", enabled=False)
            missed = await shop.trigger("order.paid")
            assert (
                "order.paid goes nowhere: shop observes it but is disabled; enable it to receive events"
                in missed.reasons
            )
            await shop.emulator.update_integration("shop", enabled=True)
            await shop.emulator.advance(60 * MINUTE)
            assert not shop.receiver.sent
            await shop.trigger("order.created")
            await shop.emulator.settle()
            assert shop.keys() == ["order.created"]

    run(scenario())


def test_an_integrations_own_life_raises_events(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register("watch", observes=("integration.*",))
            one = await shop.register("mine", managed=False)
            await shop.emulator.update_integration(one.id, name="renamed")
            await shop.emulator.update_integration(one.id, name="renamed")
            await shop.emulator.update_integration(one.id, enabled=False)
            await shop.emulator.delete_integration(one.id)
            await shop.emulator.settle()
            assert shop.keys() == [
                "integration.created",
                "integration.updated",
                "integration.updated",
                "integration.deleted",
            ]
            bodies = [orjson.loads(message.body) for message in shop.receiver.sent]
            assert bodies[1]["payload"]["data"]["name"] == "renamed"
            assert bodies[3]["payload"] == {"type": "integration", "id": one.id}
            events, _ = shop.emulator.journal.events(newest_first=False)
            assert [event.identity.rpartition("/")[2] for event in events] == [
                "integration.created:1",
                "integration.updated:1",
                "integration.updated:2",
                "integration.deleted:1",
            ]

    run(scenario())


def test_a_managed_one_raises_none(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register("watch", observes=("integration.*",))
            await shop.register("mine")
            await shop.emulator.update_integration("mine", enabled=False)
            await shop.emulator.delete_integration("mine")
            assert shop.emulator.journal.events()[1] == 0

    run(scenario())


def test_organization_and_store_hear_of_what_is_theirs(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            both = ("integration.*", "order.created")
            await shop.register("store", observes=both)
            await shop.register("organization", observes=both, scope=Scope.ORGANIZATION)
            await shop.register("of-store", managed=False)
            await shop.register("of-organization", managed=False, scope=Scope.ORGANIZATION)
            await shop.trigger("order.created")
            await shop.emulator.settle()
            heard: dict[str, list[str]] = {"store": [], "organization": []}
            for message in shop.receiver.sent:
                if message.integration.key in heard:
                    body = orjson.loads(message.body)
                    named = body["payload"]["data"].get("name", message.event_key)
                    heard[message.integration.key].append(named)
            assert heard["store"] == ["of-store", "order.created"]
            assert heard["organization"] == ["of-store", "of-organization"]

    run(scenario())


def test_namesakes_get_keys_of_their_own_and_keep_them(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            made = [await shop.register("shop", managed=False) for _ in range(3)]
            assert [one.key for one in made] == ["shop", "shop#2", "shop#3"]
            assert len({one.id for one in made}) == 3
            renamed = await shop.emulator.update_integration(made[0].id, name="other")
            assert renamed.key == "shop"
            await shop.emulator.delete_integration(made[1].id)
            assert (await shop.register("shop", managed=False)).key == "shop#4"

    run(scenario())


def test_a_managed_one_is_reused_also_by_two_at_once(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            made = await shop.register("listen", managed=False)
            values = {
                "integration_type": made.integration_type,
                "configuration": made.configuration,
                "enabled": True,
            }
            both = await asyncio.gather(
                shop.emulator.ensure_integration(name="listen", observes=("cart.*",), **values),
                shop.emulator.ensure_integration(name="listen", observes=("order.*",), **values),
            )
            assert {one.key for one in both} == {"listen#2"}
            assert len(shop.emulator.integrations()) == 2
            assert shop.emulator.integration("listen#2").observes == ("order.*",)

    run(scenario())


def test_a_change_always_moves_the_time_of_change(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            one = await shop.register()
            times = [one.updated_at // 1000]
            for n in range(3):
                one = await shop.emulator.update_integration("shop", description=f"{n}")
                times.append(one.updated_at // 1000)
            assert times == sorted(set(times))
            same = await shop.emulator.update_integration("shop", description="2")
            assert same.updated_at == one.updated_at

    run(scenario())


def test_an_unknown_one_is_not_found(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            for call in (shop.emulator.update_integration, shop.emulator.delete_integration):
                with pytest.raises(NotFound, match="there is no integration 'nobody'"):
                    await call("nobody")

    run(scenario())


def test_pausing_one_that_is_deleted_leaves_nothing_paused(run: Any, started: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(data_dir=tmp_path) as shop:
            await shop.register()
            await shop.register("erp")
            await shop.emulator.pause("shop")
            await shop.emulator.pause("erp")
            await shop.emulator.delete_integration("shop")
            assert shop.emulator.paused() == ["erp"]
        async with started(data_dir=tmp_path) as again:
            assert again.emulator.paused() == ["erp"]

    run(scenario())


def test_a_pause_of_one_that_is_gone_does_not_outlive_the_process(run: Any, started: Any, tmp_path: Path) -> None:
    """As earlier emulators left it in the journal."""

    async def scenario() -> None:
        async with started(data_dir=tmp_path) as shop:
            await shop.register()
            shop.emulator.journal.append(Transaction(meta={PAUSED: ["*", "gone", "shop"]}))
        async with started(data_dir=tmp_path) as again:
            assert again.emulator.paused() == ["*", "shop"]
            await again.register("gone")
        async with started(data_dir=tmp_path) as third:
            assert third.emulator.paused() == ["*", "shop"]

    run(scenario())


def test_a_managed_one_that_comes_back_takes_up_its_key(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            first = await shop.register("listen")
            await shop.emulator.delete_integration(first.id)
            again = await shop.register("listen")
            assert (again.key, again.id) == (first.key, first.id)
            await shop.trigger()
            assert await shop.emulator.settle(time_limit=5)
            assert shop.keys() == ["order.created"]

    run(scenario())
