"""Bare STOMP: a client made of asyncio alone, that sends, waits for receipts and does nothing else."""

import asyncio
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

WINDOW = 256
"""How many messages may be without a receipt: as many as our sender allows itself."""


class Client(asyncio.Protocol):
    """One connection. A receipt settles the future of whoever sent the message."""

    def __init__(self) -> None:
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._last = 0
        self._open: dict[bytes, asyncio.Future[None]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"CONNECT\naccept-version:1.2\nhost:/\nheart-beat:0,0\n\n\0")

    def data_received(self, data: bytes) -> None:
        *frames, self._rest = (self._rest + data).split(b"\0")
        for frame in frames:
            head = frame.lstrip(b"\n")
            if head.startswith(b"RECEIPT\n"):
                self._open.pop(head.split(b"receipt-id:", 1)[1].split(b"\n", 1)[0]).set_result(None)
            else:
                assert head.startswith(b"CONNECTED\n"), frame
                self.connected.set_result(None)

    async def send(self, destination: str, body: bytes) -> None:
        """Returns when the broker has acknowledged it."""
        assert self._transport is not None
        self._last += 1
        receipt = b"%d" % self._last
        future = self._open[receipt] = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"SEND\ndestination:%b\ncontent-type:application/json\npersistent:true\nreceipt:%b\ncontent-length:%d\n\n%b\0"
            % (destination.encode(), receipt, len(body), body)
        )
        await future

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


async def messages_per_second(address: str, destination: str, count: int, body: bytes) -> float:
    """With WINDOW of them open all the time."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    _, client = await asyncio.get_running_loop().create_connection(Client, parts.hostname, parts.port)
    await client.connected
    numbers = iter(range(count))

    async def worker() -> None:
        for _ in numbers:
            await client.send(destination, body)

    started = perf_counter()
    await asyncio.gather(*(worker() for _ in range(WINDOW)))
    seconds = perf_counter() - started
    client.close()
    return count / seconds
