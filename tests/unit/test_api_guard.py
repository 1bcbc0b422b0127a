"""The guard: no web page drives the emulator, local pages may use the shop."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from emulator.api.guard import Guard
from emulator.core.locality import host_name, is_loopback


def _call(method: str, path: str, headers: dict[str, str], host: str = "127.0.0.1:3722") -> httpx.Response:
    async def call() -> httpx.Response:
        guard = Guard(PlainTextResponse("reached"), allowed_hosts=("ci.example",))
        transport = httpx.ASGITransport(app=guard)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers={"Host": host, **headers})

    return asyncio.run(call())


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("localhost:3722", "localhost"),
        ("LOCALHOST", "localhost"),
        ("[::1]:80", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost.", "localhost"),
        ("evil.test@localhost", ""),
        ("localhost/evil.test", ""),
        ("[::1", ""),
        ("", ""),
    ],
)
def test_a_hosts_name_is_read_without_its_port(authority: str, name: str) -> None:
    assert host_name(authority) == name


@pytest.mark.parametrize("name", ["localhost", "shop.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_names_and_addresses(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "localhost.evil.test", "evil.test", "10.0.0.1", "0.0.0.0", "127.0.0.1.evil.test"])
def test_everything_else_is_not_loopback(name: str) -> None:
    assert not is_loopback(name)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:3722", "[::1]:3722", "host.docker.internal:3722", "ci.example"]
)
def test_the_control_api_answers_on_hosts_that_mean_this_machine(host: str) -> None:
    assert _call("POST", "/_emulator/trigger", {}, host=host).text == "reached"


@pytest.mark.parametrize("host", ["evil.test", "evil.test:3722", "10.1.2.3", "127.0.0.1.evil.test", "a@localhost"])
@pytest.mark.parametrize("path", ["/_emulator", "/_emulator/reset"])
def test_a_page_that_rebound_its_name_is_refused(host: str, path: str) -> None:
    refused = _call("POST", path, {}, host=host)
    assert refused.status_code == 403
    (entry,) = refused.json()["errors"]
    assert "--allowed-host" in entry["detail"]
    assert host in entry["detail"]


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://localhost.evil.test", "file://", "", "garbage"]
)
def test_foreign_origins_are_refused_on_the_control_api(origin: str) -> None:
    assert _call("POST", "/_emulator/trigger", {"Origin": origin}).status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:3722", "https://[::1]:8443"])
def test_local_origins_may_use_the_shop_with_cors_and_the_control_api_without(origin: str) -> None:
    for path in ("/v2/orders", "/pcm/products", "/oauth/access_token"):
        answer = _call("GET", path, {"Origin": origin})
        assert answer.text == "reached"
        assert answer.headers["access-control-allow-origin"] == origin
        assert "Origin" in answer.headers["vary"]
    control = _call("GET", "/_emulator/status", {"Origin": origin})
    assert control.text == "reached"
    assert "access-control-allow-origin" not in control.headers


def test_foreign_origins_get_no_cors_from_the_shop() -> None:
    answer = _call("GET", "/v2/orders", {"Origin": "https://evil.test"})
    assert "access-control-allow-origin" not in answer.headers


def test_a_preflight_is_answered_before_anything_is_asked() -> None:
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = _call("OPTIONS", "/v2/orders/1", asked)
    assert answer.status_code == 204
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert _call("OPTIONS", "/v2/orders/1", asked | {"Origin": "https://evil.test"}).text == "reached"
