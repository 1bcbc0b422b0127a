"""Receivers made of raw sockets, and a loop of either make to meet them on."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop

from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.ports import Barrier, Message


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine on a new loop; fails when it takes too long or anything in the loop went unhandled."""
    make = asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop

    def go(coroutine: Coroutine[Any, Any, Any]) -> Any:
        unhandled: list[dict[str, Any]] = []

        async def guarded() -> Any:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            async with asyncio.timeout(20):
                return await coroutine

        with asyncio.Runner(loop_factory=make) as runner:
            result = runner.run(guarded())
        assert unhandled == []
        return result

    return go


@pytest.fixture
def webhook_message() -> Callable[..., Message]:
    """A message of an integration with this URL; `integration` names whose it is."""

    def make(
        url: str,
        *,
        body: bytes = b'{"id":"1"}',
        integration: str = "shop",
        event_key: str = "order.paid",
        barrier: Barrier | None = None,
        **configuration: Any,
    ) -> Message:
        return Message(
            integration=Integration(
                key=integration,
                id=integration,
                name=integration,
                integration_type=IntegrationType.WEBHOOK,
                configuration=WebhookConfiguration(url=url, **configuration),
                created_at=0,
                updated_at=0,
            ),
            event_key=event_key,
            job_id="job",
            resource="order:1",
            attempt=1,
            copy=0,
            body=body,
            barrier=barrier,
        )

    return make


@dataclass
class Visit:
    """One connection, seen from the receiver. `number` counts connections from 1."""

    receiver: "RawReceiver"
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """One whole request; remembered in the receiver's `requests`."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        request = head + await self.reader.readexactly(length)
        self.receiver.requests.append(request)
        return request

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Returns when the sender has closed its side."""
        await self.reader.read()

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.writer.transport.abort()


@dataclass
class RawReceiver:
    """What a scripted receiver saw."""

    url: str = ""
    port: int = 0
    visits: int = 0
    requests: list[bytes] = field(default_factory=list)


Script = Callable[[Visit], Awaitable[None]]


@pytest.fixture
def raw_receiver() -> Callable[..., Any]:
    """`async with raw_receiver(script) as receiver`: runs `script` for each connection, then closes it."""

    @asynccontextmanager
    async def serve(
        script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> AsyncIterator[RawReceiver]:
        receiver = RawReceiver()
        tasks: set[asyncio.Task[None]] = set()

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            receiver.visits += 1
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
                    await script(Visit(receiver, receiver.visits, reader, writer))
            finally:
                writer.close()
                tasks.discard(task)

        server = await asyncio.start_server(visit, host, 0, ssl=tls)
        receiver.port = server.sockets[0].getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        receiver.url = f"{'https' if tls else 'http'}://{shown}:{receiver.port}/hook"
        try:
            yield receiver
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return serve


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def whole(data: bytes) -> bytes | None:
    """The first request, if all of it is there."""
    head, blank, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"\r\nContent-Length: (\d+)", head)
    if not blank or found is None or len(body) < int(found[1]):
        return None
    return head + blank + body[: int(found[1])]


@dataclass
class Seen:
    """One connection as the operating system hands it to its receiver: each read, and how it ended."""

    reads: list[bytes] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    end: str = "open"

    @property
    def received(self) -> bytes:
        return b"".join(self.reads)


class BareReceiver:
    """Reads from the sockets themselves, since streams lose what came before a reset.

    `answer` is what each whole request gets; `hear` is told of each read before the next one, and may answer early.
    """

    def __init__(
        self, answer: bytes = OK, hear: Callable[[Seen], bytes | None] = lambda _: None, url: str = ""
    ) -> None:
        self.answer = answer
        self.hear = hear
        self.url = url
        self.seen: list[Seen] = []
        self.changed = asyncio.Condition()

    @property
    def requests(self) -> list[bytes]:
        return [request for seen in self.seen for request in seen.requests]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(condition)

    async def accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as visits:
            while True:
                sock, _ = await loop.sock_accept(listening)
                visits.create_task(self._visit(sock))

    async def _visit(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        seen = Seen()
        self.seen.append(seen)
        waiting = b""
        with sock:
            while seen.end == "open":
                try:
                    data = await loop.sock_recv(sock, 1 << 20)
                except ConnectionResetError:
                    seen.end = "reset"
                else:
                    if data:
                        seen.reads.append(data)
                        waiting += data
                        answer = self.hear(seen)
                        if (request := whole(waiting)) is not None:
                            seen.requests.append(request)
                            waiting = waiting[len(request) :]
                            answer = answer or self.answer
                        if answer is not None:
                            await loop.sock_sendall(sock, answer)
                    else:
                        seen.end = "closed"
                async with self.changed:
                    self.changed.notify_all()


@pytest.fixture(scope="session")
def bare_receiver() -> Callable[..., Any]:
    """`async with bare_receiver() as receiver`, which sees what came and how it ended."""

    @asynccontextmanager
    async def serve(**how: Any) -> AsyncIterator[BareReceiver]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setblocking(False)
            receiver = BareReceiver(**how, url=f"http://127.0.0.1:{listening.getsockname()[1]}/hook")
            task = asyncio.create_task(receiver.accept(listening))
            try:
                yield receiver
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    return serve
