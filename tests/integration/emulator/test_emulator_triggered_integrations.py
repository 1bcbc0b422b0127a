"""`trigger integration.*`: a real integration is registered, changed and removed."""

from typing import Any

import orjson
import pytest

from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UserError
from emulator.runtime.trigger import TriggerRequest


async def _trigger(shop: Any, key: str, **how: Any) -> list[str]:
    report = await shop.emulator.trigger(TriggerRequest(key=key, **how))
    await shop.emulator.settle()
    return [event.key for event in report.events]


def test_each_key_does_what_must_come_before_it(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register("watch", observes=("integration.*",))
            assert await _trigger(shop, "integration.created") == ["integration.created"]
            assert await _trigger(shop, "integration.updated") == ["integration.created", "integration.updated"]
            assert await _trigger(shop, "integration.deleted", only=True) == ["integration.deleted"]
            created, *_, deleted = [orjson.loads(message.body) for message in shop.receiver.sent]
            assert created["payload"]["data"]["enabled"] is False
            assert set(deleted["payload"]) == {"id", "type"}
            names = [one.name for one in shop.emulator.integrations() if not one.managed]
            assert names == ["Triggered by hand", "Triggered by hand"]

    run(scenario())


def test_one_that_is_there_can_be_led_on(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register("watch", observes=("integration.*",))
            mine = await shop.register("mine", managed=False, enabled=False)
            assert await _trigger(shop, "integration.updated", of="last") == ["integration.updated"]
            assert await _trigger(shop, "integration.updated", of=mine.id) == ["integration.updated"]
            assert await _trigger(shop, "integration.deleted", of="mine") == ["integration.deleted"]
            with pytest.raises(NotFound, match="no integration yet"):
                await _trigger(shop, "integration.updated", of="last")

    run(scenario())


def test_the_payload_of_the_event_can_be_changed(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started() as shop:
            await shop.register("watch", observes=("integration.*",))
            await _trigger(shop, "integration.updated", override=(("data.name", "Other"),), alias="mine")
            created, updated = [orjson.loads(message.body)["payload"]["data"] for message in shop.receiver.sent]
            assert (created["name"], updated["name"]) == ("mine", "Other")

    run(scenario())


def test_what_cannot_be_is_refused(run: Any, started: Any) -> None:
    async def scenario() -> None:
        async with started(integration_limit=1) as shop:
            await shop.register("watch", observes=("integration.*",))
            with pytest.raises(UserError, match="belongs to a running session"):
                await _trigger(shop, "integration.updated", of="watch")
            await _trigger(shop, "integration.created")
            with pytest.raises(UserError, match="as many as there may be"):
                await _trigger(shop, "integration.created")
            with pytest.raises(IllegalCommand, match="is there already"):
                await _trigger(shop, "integration.created", of="last")
            with pytest.raises(InvalidInput, match="could be called"):
                await _trigger(shop, "integration.updated", of="last", alias="x")
            with pytest.raises(NotFound):
                await _trigger(shop, "integration.updated", of="none")

    run(scenario())
