"""Reads that lag behind: eventual consistency, on purpose."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

from emulator.domain.moment import SECOND
from emulator.domain.resource import Command, Resource
from emulator.harness.local import LocalEmulator
from emulator.runtime import lagging
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

WithApi = Callable[..., None]
LAG = 2 * SECOND
ANN = {"data": {"type": "customer", "name": "Ann", "email": "ann@example.com"}}


async def advance(api: Any, by: str) -> None:
    await api.ok("POST", "/_emulator/clock/advance", {"by": by})


async def names(api: Any, query: str = "") -> list[str]:
    """Customers' names but for the house's, who have been there since before."""
    found = await api.ok("GET", f"/v2/customers?page[limit]=100{query}")
    shown = [one["name"] for one in found["data"]]
    assert found["meta"]["results"]["total"] == len(shown)
    return [name for name in shown if name in ("Ann", "Bea")]


def test_what_is_made_changed_and_deleted_shows_after_the_lag(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = (await api.ok("POST", "/v2/customers", ANN))["data"]
        path = f"/v2/customers/{made['id']}"
        assert made["name"] == "Ann"
        await api.errors(404, "GET", path)
        assert await names(api) == []
        await advance(api, "1999ms")
        await api.errors(404, "GET", path)
        await advance(api, "1ms")
        assert (await api.ok("GET", path))["data"] == made
        assert await names(api) == ["Ann"]

        changed = (await api.ok("PUT", path, {"data": {"type": "customer", "name": "Bea"}}))["data"]
        assert changed["name"] == "Bea"
        assert (await api.ok("GET", path))["data"] == made
        assert await names(api, "&filter=eq(name,Bea)") == []
        await advance(api, "2s")
        assert (await api.ok("GET", path))["data"] == changed
        assert await names(api, "&filter=eq(name,Bea)") == ["Bea"]

        assert (await api("DELETE", path)).status_code == 204
        assert (await api.ok("GET", path))["data"] == changed
        assert await names(api) == ["Bea"]
        await api.errors(404, "PUT", path, ANN)
        await advance(api, "2s")
        await api.errors(404, "GET", path)
        assert await names(api) == []

    with_api(scenario, consistency_lag=LAG)


def test_writes_and_messages_know_the_present(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = (await api.ok("POST", "/v2/customers", ANN))["data"]
        address = {"data": {"type": "address", "name": "Home"}}
        await api("POST", f"/v2/customers/{made['id']}/addresses", address)
        changed = (await api.ok("PUT", f"/v2/customers/{made['id']}", {"data": {"name": "Bea"}}))["data"]
        assert changed["name"] == "Bea"
        newest = (await api.ok("GET", "/_emulator/events"))["data"][0]
        assert newest["key"] == "customer.updated"
        assert (await api.ok("GET", "/_emulator/status"))["consistency_lag"] == "2s"

    with_api(scenario, consistency_lag=LAG)


def test_an_order_and_its_items_and_transactions_come_late_and_the_houses_products_do_not(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        report = await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        order = next(event["resource_id"] for event in report["events"] if event["resource_type"] == "order")
        for path in (f"/v2/orders/{order}", f"/v2/orders/{order}/items", f"/v2/orders/{order}/transactions"):
            await api.errors(404, "GET", path)
        assert (await api.ok("GET", "/v2/products"))["data"]
        await advance(api, "2s")
        items = (await api.ok("GET", f"/v2/orders/{order}/items"))["data"]
        assert (await api.ok("GET", f"/v2/products/{items[0]['product_id']}"))["data"]["type"] == "product"
        assert (await api.ok("GET", f"/v2/orders/{order}/transactions"))["data"]

    with_api(scenario, consistency_lag=LAG)


def test_a_reset_forgets_what_was(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = (await api.ok("POST", "/v2/customers", ANN))["data"]
        await advance(api, "2s")
        await api.ok("PUT", f"/v2/customers/{made['id']}", {"data": {"name": "Bea"}})
        await api.ok("POST", "/_emulator/reset")
        await api.errors(404, "GET", f"/v2/customers/{made['id']}")
        again = (await api.ok("POST", "/v2/customers", ANN))["data"]
        assert again["id"] == made["id"]
        await advance(api, "2s")
        assert (await api.ok("GET", f"/v2/customers/{made['id']}"))["data"]["name"] == "Ann"

    with_api(scenario, consistency_lag=LAG)


@pytest.mark.parametrize("seed", range(3))
def test_readers_see_exactly_the_shop_of_a_lag_ago(seed: int) -> None:
    """Whatever is made, changed and deleted, and whenever it is looked at."""

    async def scenario() -> None:
        settings = Settings(seed=1, clock=ClockSettings(mode=ClockMode.VIRTUAL), consistency_lag=LAG)
        emulator = await Emulator.start(settings)
        random = Random(seed)
        history: list[tuple[int, list[Resource]]] = []

        def remember(at: int) -> None:
            history.append((at, list(emulator.shelves.page("customer", limit=1_000)[0])))

        try:
            await emulator.furnish("customer")
            remember(0)
            for _ in range(60):
                living = history[-1][1]
                verb = random.choice(["create", "create", "update", "delete"] if living else ["create"])
                target = None if verb == "create" else random.choice(living).id
                at = emulator.now()
                await emulator.execute(Command(type="customer", verb=verb, target=target))
                remember(at)
                await emulator.advance(random.choice([0, 1, SECOND // 7, SECOND, LAG, 3 * SECOND]))
                then = next(shown for at, shown in reversed(history) if at <= emulator.now() - LAG)
                seen, total = emulator.lagging_shelves.page("customer", limit=1_000)
                assert list(seen) == then
                assert total == len(then)
                half, _ = emulator.lagging_shelves.page("customer", limit=5, offset=3, newest_first=True)
                assert list(half) == then[::-1][3:8]
                shown = {resource.id: resource for resource in then}
                for one in {resource.id: resource for _, state in history for resource in state}.values():
                    found = emulator.lagging_shelves.get("customer", one.id)
                    assert (None if found is None or found.deleted else found) == shown.get(one.id)
        finally:
            await emulator.stop()

    asyncio.run(scenario())


def test_a_busy_shop_keeps_a_bounded_number_of_former_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lagging, "_MOST", 5)

    async def scenario() -> None:
        settings = Settings(seed=1, clock=ClockSettings(mode=ClockMode.VIRTUAL), consistency_lag=LAG)
        emulator = await Emulator.start(settings)
        try:
            made = [await emulator.execute(Command(type="customer", verb="create")) for _ in range(8)]
            seen = [emulator.lagging_shelves.get("customer", change.subject.id) is not None for change in made]
            assert seen == [True] * 3 + [False] * 5
        finally:
            await emulator.stop()

    asyncio.run(scenario())


def test_the_lag_is_emulated_time() -> None:
    """An hour of a clock that runs ten thousand times as fast is soon over."""
    clock = ClockSettings(mode=ClockMode.SCALED, speed=10_000)
    with (
        LocalEmulator(Settings(seed=1, clock=clock, consistency_lag=3600 * SECOND)) as local,
        httpx.Client(base_url=local.url, headers={"Authorization": "Bearer x"}, trust_env=False) as client,
    ):
        begun = local.emulator.now()
        made = client.post("/v2/customers", json=ANN).json()["data"]
        while client.get(f"/v2/customers/{made['id']}").status_code == 404:
            assert local.emulator.now() < begun + 3600 * 100 * SECOND
        assert local.emulator.now() >= begun + 3600 * SECOND


def test_a_restart_sees_everything_as_it_is(tmp_path: Any) -> None:
    settings = Settings(seed=1, data_dir=tmp_path / "data", consistency_lag=3600 * SECOND)

    async def made() -> str:
        emulator = await Emulator.start(settings)
        try:
            change = await emulator.execute(Command(type="customer", verb="create"))
            assert emulator.lagging_shelves.get("customer", change.subject.id) is None
            return change.subject.id
        finally:
            await emulator.stop()

    async def found(id: str) -> bool:
        emulator = await Emulator.start(settings)
        try:
            return emulator.lagging_shelves.get("customer", id) is not None
        finally:
            await emulator.stop()

    assert asyncio.run(found(asyncio.run(made())))
