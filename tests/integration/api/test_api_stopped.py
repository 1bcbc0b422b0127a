"""A server that stops while it is still asked for something says so."""

import asyncio
import json

from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.harness.server import running_server
from emulator.runtime.settings import Settings
from emulator.runtime.trigger import TriggerRequest

CALL = b"%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"


def test_who_still_waits_when_the_server_stops_is_told_so() -> None:
    """Neither a 500 nor nothing: what was waited for has not come, and it is nobody's mistake."""

    async def scenario() -> bytes:
        async with running_server(Settings(seed=1, port=0, data_dir=None)) as server:
            emulator = server.emulator
            await emulator.create_integration(
                name="shop",
                integration_type=IntegrationType.WEBHOOK,
                observes=("*",),
                configuration=WebhookConfiguration(url="http://127.0.0.1:9/hook"),
                enabled=True,
                managed=True,
            )
            await emulator.add_rule({"delay": {"value": "2h"}})
            await emulator.trigger(TriggerRequest(key="order.created"))
            waiting, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(CALL % b"POST /_emulator/settle")
            await writer.drain()
            other, second = await asyncio.open_connection("127.0.0.1", server.port)
            second.write(CALL % b"GET /_emulator/health")
            assert (await other.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200"), "which came after the first call"
            second.close()
        answer = await waiting.read()
        writer.close()
        return answer

    head, _, body = asyncio.run(scenario()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    (entry,) = json.loads(body)["errors"]
    assert (entry["status"], entry["title"]) == (503, "Service Unavailable")
    assert "stops" in entry["detail"]
