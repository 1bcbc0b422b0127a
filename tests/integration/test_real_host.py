"""`epcc.respx`: code that calls the provider's own host names with httpx finds the emulator there."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from emulator.domain.errors import EnvironmentFault

REAL = "https://euwest.api.elasticpath.com"


def token_of(client: httpx.Client, env: dict[str, str]) -> dict[str, str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": env["EPCC_CLIENT_ID"],
        "client_secret": env["EPCC_CLIENT_SECRET"],
    }
    told = client.post("/oauth/access_token", data=form)
    assert told.status_code == 200
    return {"Authorization": f"Bearer {told.json()['access_token']}"}


def test_a_client_of_the_real_api_reads_what_the_shop_has(epcc: Any, epcc_respx: respx.MockRouter) -> None:
    order = epcc.create("order")
    with httpx.Client(base_url=REAL) as client:
        headers = token_of(client, epcc.env)
        answered = client.get(f"/v2/orders/{order.id}", headers=headers)
    assert answered.json()["data"]["id"] == order.id
    asked = [call.request.url.path for call in epcc_respx["epcc"].calls]
    assert asked == ["/oauth/access_token", f"/v2/orders/{order.id}"]
    assert epcc.client.status()["seed"] == 0, "what goes to other hosts goes there"


@pytest.mark.parametrize("host", ["useast.api.elasticpath.com", "api.moltin.com"])
def test_all_hosts_of_the_provider_are_known(epcc_respx: respx.MockRouter, host: str) -> None:
    assert httpx.get(f"https://{host}/v2/orders").status_code == 401


def test_another_host_may_be_named(epcc: Any) -> None:
    with epcc.respx("shop.example.com"):
        assert httpx.get("http://shop.example.com/v2/orders").status_code == 401
        with httpx.Client(transport=httpx.HTTPTransport()) as client:  # one of its own is seen through, too
            assert client.get("http://shop.example.com/v2/orders").status_code == 401


def test_what_is_written_is_the_emulators_and_raises_events(epcc: Any, epcc_respx: respx.MockRouter) -> None:
    with httpx.Client(base_url=REAL) as client:
        body = {"data": {"type": "customer", "name": "Ada", "email": "ada@example.com"}}
        made = client.post("/v2/customers", json=body, headers=token_of(client, epcc.env))
    assert made.status_code == 201
    (event,) = epcc.client.events(key="customer.created")["data"]
    assert event["resource_id"] == made.json()["data"]["id"]


def test_the_control_routes_are_not_the_providers(epcc_respx: respx.MockRouter) -> None:
    assert httpx.get(f"{REAL}/_emulator/status").status_code == 403


def test_an_async_client_is_answered_on_the_loop_that_a_receiver_runs_on(
    epcc: Any, epcc_respx: respx.MockRouter
) -> None:
    read: list[str] = []

    async def the_test() -> None:
        async with httpx.AsyncClient(base_url=REAL) as client:

            async def app(scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
                if scope["type"] == "lifespan":
                    return
                message = json.loads((await receive())["body"])
                order = json.loads(message["resources"])["data"]["id"]
                answered = await client.get(f"/v2/orders/{order}", headers={"Authorization": "Bearer x"})
                read.append(answered.json()["data"]["id"])
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b""})

            epcc.integration(epcc.mount(app), observes=["order.created"])
            order = epcc.create("order")
            await epcc.asettle()
            assert read == [order.id]

    asyncio.run(the_test())


def test_api_faults_are_met_there_too(epcc: Any, epcc_respx: respx.MockRouter) -> None:
    epcc.chaos(api={"error": {"status": 503}}, times=1)
    with httpx.Client(base_url=REAL, headers={"Authorization": "Bearer x"}) as client:
        assert [client.get("/v2/orders").status_code for _ in range(2)] == [503, 200]


def test_without_respx_it_is_said_how_to_get_it(epcc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "respx", None)
    with pytest.raises(EnvironmentFault, match="pip install"), epcc.respx():
        pass
