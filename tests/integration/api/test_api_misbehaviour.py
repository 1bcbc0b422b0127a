"""The provider's surface misbehaving on purpose: errors, limits and slowness, seen by its callers and in the feed."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import httpx
import pytest

from emulator.core.rate_limit import RateLimit
from emulator.domain.moment import SECOND
from emulator.domain.record import RecordKind
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

WithApi = Callable[..., None]


async def add(api: Any, fault: dict[str, Any], **rule: Any) -> None:
    await api.ok("POST", "/_emulator/chaos", {"api": fault, **rule})


async def calls(api: Any) -> list[dict[str, Any]]:
    """What the journal says of calls that were hit."""
    await api.emulator.journal.flush()
    records = api.emulator.journal.records(after=0, limit=1_000)
    return [dict(record.data) for record in records if record.kind is RecordKind.CALL]


def test_an_error_is_the_providers_own_and_is_journalled(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await add(api, {"calls": "GET /v2/orders*", "error": 503}, id="down")
        (entry,) = await api.errors(503, "GET", "/v2/orders")
        assert entry == {"status": 503, "title": "Service Unavailable"}
        await api.errors(503, "GET", "/v2/orders/1?include=items")
        await api.ok("GET", "/v2/customers")
        assert (await api.ok("GET", "/_emulator/status"))["rules"] == 1
        found = await calls(api)
        assert [call["call"] for call in found] == ["GET /v2/orders", "GET /v2/orders/1"]
        assert found[0]["faults"] == [{"rule": "down", "fault": "api", "detail": "answered with 503"}]
        assert found[0]["text"] == "GET /v2/orders: answered with 503 (down)"
        (rule,) = (await api.ok("GET", "/_emulator/chaos"))["rules"]
        assert (rule["hits"], rule["legality"]) == (2, "plausible")
        await api("DELETE", "/_emulator/chaos/down")
        assert (await api.ok("GET", "/v2/orders"))["data"] == []

    with_api(scenario)


def test_errors_look_as_they_do_where_they_come_from(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await add(api, {"calls": "GET /v2/*", "error": 500})
        await add(api, {"calls": "GET /pcm/*", "error": 404})
        await add(api, {"calls": "POST /oauth/*", "error": 502})
        (first,) = await api.errors(500, "GET", "/v2/orders")
        (second,) = await api.errors(500, "GET", "/v2/orders")
        assert first.keys() == {"status", "title", "request_id"}
        assert first["request_id"] != second["request_id"]
        (entry,) = await api.errors(404, "GET", "/pcm/products")
        assert entry == {"status": "404", "title": "Not Found", "detail": "The resource could not be found"}
        await api.errors(502, "POST", "/oauth/access_token")

    with_api(scenario)


def test_what_callers_put_into_a_path_is_told_as_in_the_url(with_api: WithApi) -> None:
    """`listen` and the log print it, and a terminal would do what it says."""

    async def scenario(api: Any) -> None:
        await add(api, {"error": 503}, id="down")
        await api.errors(503, "GET", "/v2/carts/%0A%1B%5B31m%E2%80%AEa")
        (call,) = await calls(api)
        assert call["call"] == "GET /v2/carts/%0A%1B[31m%E2%80%AEa"
        assert call["text"] == f"{call['call']}: answered with 503 (down)"

    with_api(scenario)


def test_a_refused_write_changes_nothing(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await add(api, {"calls": "POST /v2/customers", "error": 503}, times=1)
        customer = {"data": {"type": "customer", "name": "Ann", "email": "ann@example.com"}}
        await api.errors(503, "POST", "/v2/customers", customer)
        assert (await api.ok("GET", "/_emulator/events"))["data"] == []
        made = (await api.ok("POST", "/v2/customers", customer))["data"]
        assert (await api.ok("GET", f"/v2/customers/{made['id']}"))["data"] == made

    with_api(scenario)


def test_too_many_calls_are_told_when_to_come_again(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await add(api, {"rate_limit": {"limit": 2, "window": "1h", "retry_after": "1500ms"}})
        for _ in range(2):
            await api.ok("GET", "/v2/orders")
        refused = await api("GET", "/v2/carts/1")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert refused.json() == {"errors": [{"status": 429, "title": "Too Many Requests"}]}
        assert (await api("HEAD", "/v2/orders")).status_code == 429
        await api.ok("GET", "/_emulator/status")

    with_api(scenario)


def test_the_whole_surface_has_a_limit_where_the_setting_says_so(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        assert (await api.ok("GET", "/_emulator/status"))["rate_limit"] == {"limit": 1, "window": "1h"}
        await api.ok("GET", "/v2/orders")
        refused = await api("GET", "/v2/integrations")
        assert refused.status_code == 429
        assert 3590 < int(refused.headers["retry-after"]) <= 3600
        token = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
        assert (await api("POST", "/oauth/access_token", data=token)).status_code == 200
        await api.ok("POST", "/_emulator/reset")
        await api.ok("GET", "/v2/orders")

    with_api(scenario, rate_limit=RateLimit(limit=1, window=3600 * SECOND))


def test_an_unknown_word_in_a_rule_is_refused_by_the_control_api(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        (entry,) = await api.errors(422, "POST", "/_emulator/chaos", {"api": {"eror": 503}})
        assert (entry["source"], entry["detail"]) == ("api.eror", "unknown key 'eror'; did you mean 'error'?")

    with_api(scenario)


def test_the_same_calls_get_the_same_answers_whatever_else_is_asked_for(with_api: WithApi) -> None:
    seen: list[list[int]] = []

    async def scenario(api: Any) -> None:
        await add(api, {"calls": "GET /v2/orders*", "error": 503}, id="flaky", probability=0.5)
        statuses = []
        for _ in range(30):
            statuses.append((await api("GET", "/v2/orders")).status_code)
            if seen:
                await api("GET", "/v2/orders/unknown")
        seen.append(statuses)

    with_api(scenario)
    with_api(scenario)
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 503}


def test_a_late_answer_is_of_a_call_that_was_done() -> None:
    """Over a socket, with a caller who gives up: the write has happened, and virtual time does not wait for nobody."""
    clock = ClockSettings(mode=ClockMode.VIRTUAL)
    with (
        LocalEmulator(Settings(seed=1, clock=clock)) as local,
        httpx.Client(base_url=local.url, headers={"Authorization": "Bearer x"}, trust_env=False) as client,
    ):
        client.post("/_emulator/chaos", json={"api": {"calls": "POST *", "latency": "1h"}}).raise_for_status()
        customer = {"data": {"type": "customer", "name": "Ann", "email": "ann@example.com"}}
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v2/customers", json=customer, timeout=0.2)
        assert "Ann" in [one["name"] for one in client.get("/v2/customers").json()["data"]]
        client.post("/_emulator/clock/advance", json={"by": "1m"}, timeout=5).raise_for_status()


def test_a_latency_is_waited_for(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await add(api, {"calls": "GET /v2/orders", "latency": "60ms"}, times=1)
        begun = monotonic()
        await api.ok("GET", "/v2/orders")
        assert monotonic() - begun >= 0.06
        (call,) = await calls(api)
        assert (call["late"], call["status"]) == (60_000, None)

    with_api(scenario)


def test_hits_of_a_rule_that_ends_outlive_the_process(tmp_path: Any) -> None:
    from emulator.runtime.emulator import Emulator

    async def statuses(settings: Settings, *, first: bool) -> list[int | None]:
        emulator = await Emulator.start(settings)
        try:
            if first:
                await emulator.add_rule({"id": "twice", "times": 3, "api": {"error": 503}})
            return [emulator.verdict("GET", "/v2/orders").status for _ in range(2)]
        finally:
            await emulator.stop()

    settings = Settings(seed=1, data_dir=tmp_path / "data")
    assert asyncio.run(statuses(settings, first=True)) == [503, 503]
    assert asyncio.run(statuses(settings, first=False)) == [503, None]
