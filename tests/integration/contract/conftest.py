"""The far ends of the contract: one for each transport, which says what arrived and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import md5
from typing import Any

import orjson
import pytest

from emulator.domain.integration import (
    Configuration,
    Integration,
    IntegrationType,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message, Transport
from emulator.transports.memory import MemoryTransport
from emulator.transports.reach import Reach
from emulator.transports.sqs import SqsTransport
from emulator.transports.stomp import StompTransport
from emulator.transports.webhook import WebhookTransport


@dataclass(frozen=True)
class Arrived:
    """What came to the far end: a webhook's envelope or a queue's CloudEvent."""

    body: bytes

    @property
    def job(self) -> str:
        return str(self._document["id"])

    @property
    def event(self) -> str:
        return str(self._document["type" if self._is_cloud_event else "triggered_by"])

    @property
    def resource_id(self) -> str:
        resource = self._document["data"] if self._is_cloud_event else self._document["payload"]["data"]
        return str(resource["id"])

    @property
    def _is_cloud_event(self) -> bool:
        return "specversion" in self._document

    @property
    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(self.body)
        return document


@dataclass
class Peer:
    """The far end. `arrived` is in the order of arrival; `fails` says of what arrived whether it is refused.

    While `gate` is closed nothing is answered; `open_now` counts what waits for an answer.
    `new_transport` makes another one, as a second process would.
    """

    integration_type: IntegrationType
    new_transport: Callable[[], Transport]
    configuration: Configuration = field(init=False)
    transport: Transport = field(init=False)
    arrived: list[Arrived] = field(default_factory=list)
    fails: Callable[[Arrived], bool] = lambda arrived: False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    open_now: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, body: bytes) -> bool:
        """What arrives, until it is answered; whether it is taken."""
        arrived = Arrived(body)
        self.arrived.append(arrived)
        refused = self.fails(arrived)
        self.open_now += 1
        async with self.changed:
            self.changed.notify_all()
        try:
            await self.gate.wait()
        finally:
            self.open_now -= 1
        return not refused

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(condition)

    def times(self, job: str) -> int:
        """How often this job has arrived."""
        return [arrived.job for arrived in self.arrived].count(job)

    def message(self, number: int = 1, **values: Any) -> Message:
        integration = Integration(
            key="shop",
            id="id-of-shop",
            name="shop",
            integration_type=self.integration_type,
            configuration=self.configuration,
            created_at=0,
            updated_at=0,
        )
        given: dict[str, Any] = {
            "integration": integration,
            "event_key": "order.paid",
            "job_id": f"job-{number}",
            "resource": f"order:{number}",
            "attempt": 1,
            "copy": 0,
            "body": orjson.dumps({"id": f"job-{number}"}),
        }
        return Message(**{**given, **values})


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A port on which `serve` meets each client; what it stumbles over fails the test."""
    visitors: set[asyncio.Task[Any]] = set()
    mistakes: list[Exception] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visitors.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await serve(reader, writer)
        except Exception as mistake:
            mistakes.append(mistake)
        finally:
            writer.close()
            visitors.discard(task)

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for visitor in list(visitors):
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)
    assert mistakes == []


async def http_body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))


async def answer_http(writer: asyncio.StreamWriter, status: str, body: bytes = b"") -> None:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


@asynccontextmanager
async def memory() -> AsyncIterator[Peer]:
    async def answer(message: Message) -> Outcome:
        if await peer.take(message.body):
            return Outcome(succeeded=True, status=200)
        return Outcome(succeeded=False, status=503, error="it was refused")

    peer = Peer(IntegrationType.WEBHOOK, partial(MemoryTransport, answer))
    peer.configuration = WebhookConfiguration(url="http://127.0.0.1:9/")
    yield peer


@asynccontextmanager
async def webhook() -> AsyncIterator[Peer]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            taken = await peer.take(await http_body(reader))
            await answer_http(writer, "200 OK" if taken else "503 Service Unavailable")

    peer = Peer(IntegrationType.WEBHOOK, partial(WebhookTransport, reach=Reach(), timeout=5))
    async with listening(serve) as port:
        peer.configuration = WebhookConfiguration(url=f"http://127.0.0.1:{port}/hook")
        yield peer


@asynccontextmanager
async def sqs(queue: str = "shop") -> AsyncIterator[Peer]:
    """A server of SQS's JSON protocol. A call is answered when every entry is; in a FIFO queue nothing counts twice."""
    fifo = queue.endswith(".fifo")
    known: set[str] = set()

    async def take(entry: dict[str, str]) -> bool:
        body = entry["MessageBody"].encode()
        if not fifo:
            return await peer.take(body)
        assert entry["MessageGroupId"]
        if entry["MessageDeduplicationId"] in known:
            return True
        known.add(entry["MessageDeduplicationId"])
        taken = await peer.take(body)
        if not taken:
            known.discard(entry["MessageDeduplicationId"])
        return taken

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            entries = orjson.loads(await http_body(reader))["Entries"]
            results: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
            for entry, taken in zip(entries, await asyncio.gather(*map(take, entries)), strict=True):
                if taken:
                    digest = md5(entry["MessageBody"].encode()).hexdigest()
                    results["Successful"].append({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": digest})
                else:
                    results["Failed"].append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            await answer_http(writer, "200 OK", orjson.dumps(results))

    peer = Peer(IntegrationType.AWS_SQS, partial(SqsTransport, reach=Reach(), timeout=5))
    async with listening(serve) as port:
        peer.configuration = SqsConfiguration(
            url=f"http://127.0.0.1:{port}/123456789012/{queue}",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region="eu-west-1",
        )
        yield peer


@asynccontextmanager
async def stomp() -> AsyncIterator[Peer]:
    """A broker that answers each message for itself, and closes after an ERROR, as brokers do."""

    async def frame(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
        lines = (await reader.readuntil(b"\n\n")).decode().strip("\n").split("\n")
        headers = dict(line.split(":", 1) for line in lines[1:])
        if "content-length" not in headers:
            return lines[0], headers, (await reader.readuntil(b"\0"))[:-1]
        body = await reader.readexactly(int(headers["content-length"]) + 1)
        return lines[0], headers, body[:-1]

    async def answer(writer: asyncio.StreamWriter, receipt: str, body: bytes) -> None:
        if await peer.take(body):
            writer.write(f"RECEIPT\nreceipt-id:{receipt}\n\n\0".encode())
        else:
            writer.write(f"ERROR\nreceipt-id:{receipt}\nmessage:it was refused\n\n\0".encode())
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await frame(reader))[0] == "CONNECT"
        writer.write(b"CONNECTED\nversion:1.2\n\n\0")
        answers: list[asyncio.Task[None]] = []
        try:
            while True:
                command, headers, body = await frame(reader)
                if command == "DISCONNECT":
                    writer.write(f"RECEIPT\nreceipt-id:{headers['receipt']}\n\n\0".encode())
                    return
                assert (command, headers["destination"]) == ("SEND", "/queue/shop")
                answers.append(asyncio.create_task(answer(writer, headers["receipt"], body)))
        finally:
            for task in answers:
                task.cancel()
            await asyncio.gather(*answers, return_exceptions=True)

    peer = Peer(IntegrationType.STOMP, partial(StompTransport, reach=Reach()))
    async with listening(serve) as port:
        peer.configuration = StompConfiguration(
            addresses=(f"stomp://127.0.0.1:{port}",), destination="/queue/shop", username="ep", password="ep"
        )
        yield peer


PEERS: dict[str, Callable[[], AbstractAsyncContextManager[Peer]]] = {
    "memory": memory,
    "webhook": webhook,
    "sqs": sqs,
    "sqs-fifo": partial(sqs, "shop.fifo"),
    "stomp": stomp,
}
Test = Callable[[Peer], Awaitable[None]]


def run_over(name: str, test: Test) -> None:
    """Fails also when anything in the loop went unhandled."""
    unhandled: list[dict[str, Any]] = []

    async def guarded() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
        async with asyncio.timeout(30), PEERS[name]() as peer:
            peer.gate.set()
            peer.transport = peer.new_transport()
            try:
                await test(peer)
            finally:
                peer.gate.set()
                await peer.transport.aclose()

    asyncio.run(guarded())
    assert unhandled == []


@pytest.fixture(params=PEERS)
def over(request: pytest.FixtureRequest) -> Callable[[Test], None]:
    """Runs a test against a peer of each transport."""
    return partial(run_over, request.param)


@pytest.fixture
def over_fifo() -> Callable[[Test], None]:
    """The same against the only one that promises an order."""
    return partial(run_over, "sqs-fifo")
