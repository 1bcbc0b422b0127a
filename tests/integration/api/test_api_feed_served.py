"""The feed over a real server: replay, live, resume, and an end when the emulator stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import uvicorn

from emulator.api.app import create_app
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[Emulator, str]]:
    settings = Settings(seed=1, data_dir=None, clock=ClockSettings(mode=ClockMode.VIRTUAL))
    emulator = await Emulator.start(settings)
    server = uvicorn.Server(
        uvicorn.Config(create_app(emulator), host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    )
    started = asyncio.Event()
    startup = server.startup

    async def announced(*args: Any, **more: Any) -> None:
        await startup(*args, **more)
        started.set()

    server.startup = announced  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve())
    await started.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield emulator, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await emulator.stop()
        await serving


async def _readers(emulator: Emulator, count: int) -> None:
    """Returns when that many hear of records."""
    while len(emulator.bus._subscriptions) != count:  # noqa: ASYNC110 (nobody announces a reader)
        await asyncio.sleep(0)


async def _records(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield orjson.loads(line[6:])


def test_it_replays_follows_resumes_and_ends() -> None:
    async def scenario() -> None:
        async with _served() as (_, url), httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            await client.post("/_emulator/trigger", json={"key": "order.paid"})
            async with client.stream("GET", "/_emulator/feed?after=0") as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                records = _records(answer)
                first = [await anext(records) for _ in range(4)]
                assert [record["kind"] for record in first] == ["event"] * 4
                await client.post("/_emulator/trigger", json={"key": "customer.created"})
                while (newest := await anext(records))["data"].get("key") != "customer.created":
                    pass
            resumed = {"Last-Event-ID": str(first[1]["seq"])}
            async with client.stream("GET", "/_emulator/feed", headers=resumed) as answer:
                records = _records(answer)
                seen = [await anext(records)]
                while seen[-1]["seq"] < newest["seq"]:
                    seen.append(await anext(records))
                assert [record["seq"] for record in seen] == list(range(first[1]["seq"] + 1, newest["seq"] + 1))
                assert seen[: len(first) - 2] == first[2:]

    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario()

    asyncio.run(limited())


def test_open_feeds_and_waits_end_when_the_emulator_stops() -> None:
    async def scenario() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            async with _served() as (emulator, url), client.stream("GET", f"{url}/_emulator/feed") as answer:
                lines = answer.aiter_lines()
                assert await anext(lines) == ": emulator feed"
                waiting = asyncio.create_task(client.post(f"{url}/_emulator/wait", json={"event": "order.*"}))
                await _readers(emulator, 2)
                await emulator.stop()
                assert [line async for line in lines if line] == []
            assert (await waiting).json() == {"event": None}

    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario()

    asyncio.run(limited())


def test_a_wait_whose_caller_hangs_up_is_given_up() -> None:
    never = {"event": "order.*", "time_limit": 999}

    async def scenario() -> None:
        async with _served() as (emulator, url), httpx.AsyncClient(trust_env=False, timeout=20) as client:
            waiting = asyncio.create_task(client.post(f"{url}/_emulator/wait", json=never))
            await _readers(emulator, 1)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await _readers(emulator, 0)

    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario()

    asyncio.run(limited())


def test_time_stops_when_who_moves_it_hangs_up() -> None:
    async def scenario() -> None:
        asked, answered = asyncio.Event(), asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await answered.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()

        receiver = await asyncio.start_server(answer, "127.0.0.1", 0)
        where = f"http://127.0.0.1:{receiver.sockets[0].getsockname()[1]}/"
        shop = {
            "name": "shop",
            "integration_type": "webhook",
            "observes": ["order.created"],
            "configuration": {"url": where},
        }
        async with _served() as (emulator, url), httpx.AsyncClient(trust_env=False, timeout=20) as client:
            await client.put(f"{url}/_emulator/integrations", json={**shop, "enabled": True})
            await emulator.add_rule({"id": "late", "delay": "1m"})
            await client.post(f"{url}/_emulator/trigger", json={"key": "order.created"})
            due = emulator.clock_state().next_due
            moving = asyncio.create_task(client.post(f"{url}/_emulator/clock/advance", json={"by": "1h"}))
            await asked.wait()
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)
            while emulator.parts.engine._course.over is False:  # noqa: ASYNC110 (nobody announces a caller who goes)
                await asyncio.sleep(0)
            answered.set()
            await emulator.advance(0)
            assert emulator.now() == due
        receiver.close()

    async def limited() -> None:
        async with asyncio.timeout(30):
            await scenario()

    asyncio.run(limited())
