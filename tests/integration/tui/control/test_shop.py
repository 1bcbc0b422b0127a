"""Shop: the provider's surface with a token of one's own, asked for anew when it is no longer taken."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from emulator.domain.integration import Scope
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import AuthMode, Settings
from tui.client import Client, Refused
from tui.shop import Shop

BODY = {
    "name": "shop",
    "integration_type": "webhook",
    "observes": ["order.paid"],
    "configuration": {"url": "http://127.0.0.1:9/hook"},
}


def test_a_strict_server_is_satisfied_for_a_store_and_for_an_organization() -> None:
    async def steps(url: str) -> None:
        client = Client(url)
        shop = Shop(client)
        made = (await shop.call("POST", "integrations", BODY, scope=Scope.STORE))["data"]
        assert made["name"] == "shop"
        body = {**BODY, "observes": ["integration.created"]}
        await shop.call("POST", "integrations", body, scope=Scope.ORGANIZATION)
        with pytest.raises(Refused) as refused:
            await shop.call("PUT", f"integrations/{made['id']}", {"name": "x"}, scope=Scope.ORGANIZATION)
        assert refused.value.code == 404
        await shop.call("DELETE", f"integrations/{made['id']}", scope=Scope.STORE)
        await client.aclose()

    with LocalEmulator(Settings(seed=1, auth=AuthMode.STRICT)) as local:
        asyncio.run(steps(local.url))


@pytest.mark.parametrize(("refusals", "tokens"), [(0, 1), (1, 2)])
def test_a_token_that_ran_out_is_replaced_once(refusals: int, tokens: int) -> None:
    seen: list[str] = []

    async def steps() -> None:
        client = Client("http://shop.test", transport=httpx.MockTransport(answering(seen, refusals)))
        shop = Shop(client)
        await shop.call("GET", "integrations", scope=Scope.STORE)
        await shop.call("GET", "integrations", scope=Scope.STORE)
        await client.aclose()

    asyncio.run(steps())
    assert seen.count("/oauth/access_token") == tokens


def test_a_token_that_is_never_taken_is_not_asked_for_again_and_again() -> None:
    seen: list[str] = []

    async def steps() -> None:
        client = Client("http://shop.test", transport=httpx.MockTransport(answering(seen, 99, after=0)))
        with pytest.raises(Refused):
            await Shop(client).call("GET", "integrations", scope=Scope.STORE)
        await client.aclose()

    asyncio.run(steps())
    assert seen.count("/oauth/access_token") == 1


def answering(seen: list[str], refusals: int, *, after: int = 1) -> Callable[[httpx.Request], httpx.Response]:
    """A server that takes tokens `after` so many calls, then refuses so many."""
    left = {"good": after, "bad": refusals}

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        seen.append(path)
        documents: dict[str, Any] = {
            "/_emulator/env": {"EPCC_CLIENT_ID": "id", "EPCC_CLIENT_SECRET": "secret"},
            "/oauth/access_token": {"access_token": "token"},
        }
        if path in documents:
            return httpx.Response(200, json=documents[path])
        if left["good"]:
            left["good"] -= 1
        elif left["bad"]:
            left["bad"] -= 1
            return httpx.Response(401, json={"errors": [{"status": 401, "title": "Unauthorized"}]})
        return httpx.Response(200, json={"data": []})

    return answer
