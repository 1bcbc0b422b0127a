"""A STOMP client and a scripted broker made of raw streams, so that nothing of ours judges itself."""

import asyncio
import secrets
import ssl
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from emulator.domain.integration import Integration, IntegrationType, StompConfiguration
from emulator.domain.ports import Barrier, BrokerHost, Message
from emulator.transports.reach import Reach
from emulator.transports.stomp import Limits, StompTransport

ESCAPES = {"\\": "\\\\", "\n": "\\n", ":": "\\c", "\r": "\\r"}
UNESCAPES = {escaped: plain for plain, escaped in ESCAPES.items()}


@dataclass(frozen=True)
class Frame:
    """One frame, its headers as they were meant; the first of a repeated one counts."""

    command: str
    headers: dict[str, str]
    body: bytes = b""


def encode(command: str, headers: dict[str, Any], body: bytes) -> bytes:
    lines = [command]
    for name, value in headers.items():
        plain = str(value)
        if command not in ("CONNECT", "CONNECTED"):
            plain = "".join(ESCAPES.get(character, character) for character in plain)
        lines.append(f"{name}:{plain}")
    return "\n".join(lines).encode() + b"\n\n" + body + b"\0"


def unescape(text: str) -> str:
    parts = iter(text.split("\\"))
    plain = next(parts)
    for part in parts:
        # An escaped backslash leaves an empty part behind, and what follows it is not escaped.
        plain += UNESCAPES["\\" + part[0]] + part[1:] if part else "\\" + next(parts, "")
    return plain


@dataclass
class Stream:
    """Frames over a pair of streams.

    `beats` counts the empty lines between frames, `early` holds what came before a receipt that was waited for,
    `answer` is the broker's to CONNECT.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    beats: int = 0
    early: deque[Frame] = field(default_factory=deque)
    answer: Frame | None = None

    async def send(self, command: str, headers: dict[str, Any] | None = None, body: bytes = b"", **more: Any) -> None:
        """A frame with these headers; `content-length` only where a body holds a NUL or it is asked for."""
        given = {**(headers or {}), **more}
        if b"\0" in body:
            given["content-length"] = len(body)
        await self.write(encode(command, given, body))

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self, seconds: float = 10) -> Frame:
        """The next frame. Raises asyncio.IncompleteReadError when the other side has closed."""
        return self.early.popleft() if self.early else await self._read(seconds)

    async def settled(self, command: str, headers: dict[str, Any] | None = None, body: bytes = b"") -> None:
        """A frame of which the broker says that it has dealt with it."""
        receipt = f"r{secrets.token_hex(4)}"
        await self.send(command, {**(headers or {}), "receipt": receipt}, body)
        while (frame := await self._read()).command != "RECEIPT" or frame.headers["receipt-id"] != receipt:
            assert frame.command != "ERROR", frame
            self.early.append(frame)

    async def receive_or_end(self, command: str, **headers: str) -> Frame | None:
        """The answer to a frame, None when the other side has closed instead."""
        try:
            await self.send(command, headers)
            return await self.receive()
        except (ConnectionError, asyncio.IncompleteReadError):
            return None

    async def silent(self, seconds: float = 0.2) -> bool:
        """Whether no frame comes for so long."""
        try:
            self.early.appendleft(await self.receive(seconds))
        except TimeoutError:
            return True
        return False

    async def _read(self, seconds: float = 10) -> Frame:
        async with asyncio.timeout(seconds):
            while (line := (await self.reader.readuntil(b"\n")).rstrip(b"\r\n")) == b"":
                self.beats += 1
            command, headers = line.decode(), {}
            while line := (await self.reader.readuntil(b"\n")).rstrip(b"\r\n"):
                name, _, value = line.decode().partition(":")
                escaped = command != "CONNECTED" and "\\" in name + value
                headers.setdefault(*((unescape(name), unescape(value)) if escaped else (name, value)))
            if "content-length" in headers:
                body = await self.reader.readexactly(int(headers["content-length"]))
                assert await self.reader.readexactly(1) == b"\0"
            else:
                body = (await self.reader.readuntil(b"\0"))[:-1]
            return Frame(command, headers, body)

    async def until_closed(self, seconds: float = 10) -> None:
        """Returns when the other side has closed, whatever it sends before."""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError, ssl.SSLError):
            await self.writer.wait_closed()


@pytest.fixture
def stomp_stream() -> Callable[..., Any]:
    """`async with stomp_stream(port) as stream`: an open connection, on which nothing was said yet."""

    @asynccontextmanager
    async def connect(port: int, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stream]:
        name = "localhost" if tls is not None else None
        stream = Stream(
            *await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name, limit=4 * 1024 * 1024)
        )
        try:
            yield stream
        finally:
            await stream.close()

    return connect


@dataclass
class FakeBroker:
    """What a scripted broker saw. `visits` counts connections; `sent` are the SEND frames in their order."""

    port: int = 0
    visits: int = 0
    sent: list[Frame] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def address(self) -> str:
        return f"stomp://127.0.0.1:{self.port}"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(condition)


@dataclass
class Visit(Stream):
    """One connection, seen from the broker. `number` counts connections from 1."""

    broker: FakeBroker = field(default_factory=FakeBroker)
    number: int = 0

    async def connected(self, version: str = "1.2", **headers: str) -> Frame:
        """Take the CONNECT, which is handed back, and answer it."""
        frame = await self.receive()
        await self.send("CONNECTED", {"version": version, **headers})
        return frame

    async def message(self) -> Frame:
        """The next SEND; remembered, and not answered."""
        frame = await self.receive()
        assert frame.command == "SEND", frame
        self.broker.sent.append(frame)
        async with self.broker.changed:
            self.broker.changed.notify_all()
        return frame

    async def receipt(self, frame: Frame) -> None:
        await self.send("RECEIPT", {"receipt-id": frame.headers["receipt"]})

    async def farewell(self) -> None:
        """The DISCONNECT that comes next, and its receipt."""
        frame = await self.receive()
        assert frame.command == "DISCONNECT", frame
        await self.receipt(frame)
        await self.until_closed()

    async def serve(self) -> None:
        """Everything as it should be, until DISCONNECT."""
        await self.connected()
        while (frame := await self.receive()).command == "SEND":
            self.broker.sent.append(frame)
            await self.receipt(frame)
            async with self.broker.changed:
                self.broker.changed.notify_all()
        await self.receipt(frame)


Script = Callable[[Visit], Awaitable[None]]


@pytest.fixture
def fake_broker() -> Callable[..., Any]:
    """`async with fake_broker(script) as broker`: runs `script` for each connection, then closes it."""

    @asynccontextmanager
    async def serve(
        script: Script = Visit.serve, *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[FakeBroker]:
        broker = FakeBroker()
        tasks: set[asyncio.Task[None]] = set()
        mistakes: list[BaseException] = []

        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            broker.visits += 1
            async with broker.changed:
                broker.changed.notify_all()
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
                    await script(Visit(reader, writer, broker=broker, number=broker.visits))
            except AssertionError as mistake:
                mistakes.append(mistake)
            finally:
                writer.close()
                tasks.discard(task)

        server = await asyncio.start_server(visit, "127.0.0.1", port, ssl=tls, limit=4 * 1024 * 1024)
        broker.port = server.sockets[0].getsockname()[1]
        try:
            yield broker
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert mistakes == []

    return serve


@pytest.fixture
def stomp_message() -> Callable[..., Message]:
    """A message for these addresses, given as a list or one by one; `integration` names whose it is."""

    def make(
        *addresses: str,
        destination: str = "/queue/orders",
        body: bytes = b'{"id":"1"}',
        integration: str = "shop",
        barrier: Barrier | None = None,
        **configuration: Any,
    ) -> Message:
        return Message(
            integration=Integration(
                key=integration,
                id=integration,
                name=integration,
                integration_type=IntegrationType.STOMP,
                configuration=StompConfiguration(addresses=addresses, destination=destination, **configuration),
                created_at=0,
                updated_at=0,
            ),
            event_key="order.paid",
            job_id="job",
            resource="order:1",
            attempt=1,
            copy=0,
            body=body,
            barrier=barrier,
        )

    return make


@pytest.fixture
def stomp_transport() -> Callable[..., Any]:
    """`async with stomp_transport(receipt=1.0) as transport`: closed at the end, and no thread is left of it."""

    @asynccontextmanager
    async def make(
        *, allow_remote: tuple[str, ...] = (), broker: BrokerHost | None = None, lookup: Any = None, **limits: Any
    ) -> AsyncIterator[StompTransport]:
        looking = {} if lookup is None else {"lookup": lookup}
        transport = StompTransport(reach=Reach(allow_remote), broker=broker, limits=Limits(**limits), **looking)
        try:
            yield transport
        finally:
            await transport.aclose()
        assert [thread for thread in threading.enumerate() if thread.name == "stomp"] == []

    return make
