"""What is not HTTP is refused in the service's shape, too."""

import asyncio
import json

import pytest

from emulator.harness.server import running_server
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

SETTINGS = Settings(seed=1, port=0, data_dir=None, clock=ClockSettings(mode=ClockMode.VIRTUAL))


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"FROB /v2/integrations HTTP/1.1\r\nHost: localhost\r\n\r\n", id="a method that HTTP has not"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="TLS"),
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", id="an endless path"),
        pytest.param(
            b"POST /v2/integrations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
            id="a chunk without a length",
        ),
    ],
)
def test_what_is_not_http_gets_a_400_in_json(request_: bytes) -> None:
    async def scenario() -> bytes:
        async with running_server(SETTINGS) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(request_)
            answer = await reader.read()
            writer.close()
            return answer

    head, _, body = asyncio.run(scenario()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/json" in head.lower()
    (entry,) = json.loads(body)["errors"]
    assert (entry["status"], entry["title"]) == (400, "Bad Request")
