"""`epcc.serve`: a receiver in a thread of the test, on a port of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from emulator.domain.errors import EnvironmentFault
from emulator.harness.served_app import ServedApp


def _app(**more: Any) -> Starlette:
    async def hello(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("hello")

    return Starlette(routes=[Route("/", hello)], **more)


def test_an_app_answers_until_it_is_left() -> None:
    lived: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        lived.append("began")
        yield
        lived.append("ended")

    with ServedApp(_app(lifespan=lifespan)) as served:
        assert httpx.get(served.url).text == "hello"
        assert lived == ["began"]
    assert lived == ["began", "ended"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.url)


def test_two_apps_have_ports_of_their_own() -> None:
    with ServedApp(_app()) as one, ServedApp(_app()) as other:
        assert one.url != other.url
        assert {httpx.get(served.url).text for served in (one, other)} == {"hello"}


def test_an_app_that_does_not_start_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    with pytest.raises(EnvironmentFault, match="did not start"), ServedApp(_app(lifespan=lifespan)):
        pass
    assert "no database" in capfd.readouterr().err


def test_the_fixture_serves_an_app_to_deliver_to(epcc: Any) -> None:
    seen: list[str] = []

    async def hook(request: Any) -> PlainTextResponse:
        seen.append((await request.json())["triggered_by"])
        return PlainTextResponse("")

    url = epcc.serve(Starlette(routes=[Route("/", hook, methods=["POST"])]))
    epcc.integration(url, observes=["order.created"])
    epcc.trigger("order.created")
    epcc.settle()
    assert seen == ["order.created"]
