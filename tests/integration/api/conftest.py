"""The API over a real emulator, in-process."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from emulator.api.app import create_app
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

TOKEN = {"Authorization": "Bearer anything"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A started emulator and a client of its API."""

    emulator: Emulator
    client: httpx.AsyncClient

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """A call with a token, the body as JSON."""
        if body is not None:
            more["json"] = body
        return await self.client.request(method, path, **more)

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer's JSON; fails when it is an error."""
        answer = await self(method, path, body, **more)
        assert answer.is_success, answer.text
        return answer.json()

    async def errors(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> list[dict[str, Any]]:
        """The errors of an answer that must have this status."""
        answer = await self(method, path, body, **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/json"
        found: list[dict[str, Any]] = answer.json()["errors"]
        assert found
        assert all(int(entry["status"]) == status and entry["title"] for entry in found)
        return found

    async def register(self, **changes: Any) -> dict[str, Any]:
        """A webhook nobody listens at, as clients register one."""
        data = {
            "type": "integration",
            "name": "Orders",
            "integration_type": "webhook",
            "enabled": True,
            "observes": ["order.created", "order.paid"],
            "configuration": {"url": "http://127.0.0.1:9/hook", "secret_key": "squirrel"},
        }
        made: dict[str, Any] = (await self.ok("POST", "/v2/integrations", {"data": data | changes}))["data"]
        return made


Scenario = Callable[[Api], Awaitable[None]]


async def _drive(scenario: Scenario, settings: Settings) -> None:
    emulator = await Emulator.start(settings)
    try:
        transport = httpx.ASGITransport(app=create_app(emulator))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:3722", headers=TOKEN, trust_env=False
        ) as client:
            await scenario(Api(emulator=emulator, client=client))
    finally:
        await emulator.stop()


@pytest.fixture
def with_api() -> Callable[..., None]:
    """Runs a scenario against a fresh emulator: seed 1, nothing kept, virtual clock, and the settings given."""

    def run(scenario: Scenario, **settings: Any) -> None:
        values = {"seed": 1, "data_dir": None, "clock": ClockSettings(mode=ClockMode.VIRTUAL)} | settings
        work: Coroutine[Any, Any, None] = _drive(scenario, Settings(**values))
        asyncio.run(work)

    return run
