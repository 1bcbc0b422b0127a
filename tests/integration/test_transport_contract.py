"""One contract, same body, over every transport: what the engine may count on, whoever delivers.

A new transport joins by a peer of its own in `PEERS`: a place to deliver to that says what arrived and answers as told.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.integration import Configuration, Integration, IntegrationType, WebhookConfiguration
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message, Transport
from emulator.domain.record import RecordKind
from emulator.runtime.barrier import WrittenBarrier
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.trigger import TriggerRequest
from emulator.transports.memory import MemoryTransport
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

VIRTUAL = ClockSettings(mode=ClockMode.VIRTUAL)


@dataclass
class Peer:
    """The far end. `arrived` are the bodies in their order; `fails` says of a body whether it is refused.

    While `gate` is closed nothing is answered; `open_now` and `most_open` count what waits for an answer.
    """

    transport: Transport
    integration_type: IntegrationType
    configuration: Configuration
    arrived: list[dict[str, Any]] = field(default_factory=list)
    fails: Callable[[dict[str, Any]], bool] = lambda body: False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    open_now: int = 0
    most_open: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, raw: bytes) -> bool:
        """What arrives at the far end, until it is answered; whether it is taken."""
        body = orjson.loads(raw)
        self.arrived.append(body)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        async with self.changed:
            self.changed.notify_all()
        try:
            await self.gate.wait()
        finally:
            self.open_now -= 1
        return not self.fails(body)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(condition)

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
            "resource": "order:1",
            "attempt": 1,
            "copy": 0,
            "body": orjson.dumps({"id": f"job-{number}"}),
        }
        return Message(**{**given, **values})


@asynccontextmanager
async def memory() -> AsyncIterator[Peer]:
    async def answer(message: Message) -> Outcome:
        if await peer.take(message.body):
            return Outcome(succeeded=True, status=200)
        return Outcome(succeeded=False, status=503, error="it was refused")

    transport = MemoryTransport(answer)
    peer = Peer(transport, IntegrationType.WEBHOOK, WebhookConfiguration(url="http://127.0.0.1:9/"))
    yield peer
    await transport.aclose()


@asynccontextmanager
async def webhook() -> AsyncIterator[Peer]:
    visitors: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visitors.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                taken = await peer.take(await reader.readexactly(length))
                status = b"200 OK" if taken else b"503 Service Unavailable"
                writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        writer.close()
        visitors.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = WebhookTransport(reach=Reach(()), timeout=5)
    url = f"http://127.0.0.1:{port}/hook"
    peer = Peer(transport, IntegrationType.WEBHOOK, WebhookConfiguration(url=url))
    try:
        yield peer
    finally:
        await transport.aclose()
        server.close()
        for visitor in list(visitors):
            visitor.cancel()
        await asyncio.gather(*visitors, return_exceptions=True)


PEERS: dict[str, Callable[[], Any]] = {"memory": memory, "webhook": webhook}
Test = Callable[[Peer], Awaitable[None]]


@pytest.fixture(params=PEERS.values(), ids=PEERS.keys())
def over(request: pytest.FixtureRequest) -> Callable[[Test], None]:
    """Runs a test against a peer of each transport; fails when anything in the loop went unhandled."""

    def go(test: Test) -> None:
        unhandled: list[dict[str, Any]] = []

        async def guarded() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
            async with asyncio.timeout(30), request.param() as peer:
                peer.gate.set()
                await test(peer)

        asyncio.run(guarded())
        assert unhandled == []

    return go


# The transport alone


def test_a_message_is_delivered_once_as_it_was_rendered(over: Any) -> None:
    async def body(peer: Peer) -> None:
        outcome = await peer.transport.send(peer.message(body=b'{"id": "job-1", "text": "\xc3\xa9"}'))
        assert outcome.succeeded
        assert outcome.error is None
        assert peer.arrived == [{"id": "job-1", "text": "é"}]

    over(body)


def test_a_refusal_is_an_outcome_with_a_sentence(over: Any) -> None:
    async def body(peer: Peer) -> None:
        peer.fails = lambda body: True
        outcome = await peer.transport.send(peer.message())
        assert not outcome.succeeded
        assert outcome.error
        assert len(peer.arrived) == 1

    over(body)


def test_messages_go_side_by_side(over: Any) -> None:
    async def body(peer: Peer) -> None:
        peer.gate.clear()
        sends = [asyncio.create_task(peer.transport.send(peer.message(number))) for number in range(5)]
        await peer.until(lambda: peer.open_now == 5)
        peer.gate.set()
        assert all(outcome.succeeded for outcome in await asyncio.gather(*sends))

    over(body)


def test_a_cancelled_send_ends_at_once_and_the_next_one_works(over: Any) -> None:
    async def body(peer: Peer) -> None:
        peer.gate.clear()
        send = asyncio.create_task(peer.transport.send(peer.message(1)))
        await peer.until(lambda: peer.open_now == 1)
        send.cancel()
        with pytest.raises(asyncio.CancelledError):
            await send
        peer.gate.set()
        assert (await peer.transport.send(peer.message(2))).succeeded
        assert [arrived["id"] for arrived in peer.arrived] == ["job-1", "job-2"]

    over(body)


def test_behind_a_barrier_all_are_written_before_any_answer_is_read(over: Any) -> None:
    async def body(peer: Peer) -> None:
        barrier = WrittenBarrier(3)
        messages = [peer.message(number, barrier=barrier.place()) for number in range(3)]
        first = [asyncio.create_task(peer.transport.send(message)) for message in messages[:2]]
        await peer.until(lambda: len(peer.arrived) == 2)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not any(send.done() for send in first), "an answer was read although one request was not written"
        last = await peer.transport.send(messages[2])
        assert all(outcome.succeeded for outcome in [last, *await asyncio.gather(*first)])

    over(body)


def test_a_barrier_opens_when_one_of_its_members_leaves(over: Any) -> None:
    async def body(peer: Peer) -> None:
        barrier = WrittenBarrier(2)
        gone = barrier.place()
        send = asyncio.create_task(peer.transport.send(peer.message(barrier=barrier.place())))
        await peer.until(lambda: len(peer.arrived) == 1)
        gone.leave()
        gone.leave()
        assert (await send).succeeded

    over(body)


# Through an emulator


@asynccontextmanager
async def emulator_over(peer: Peer, **settings: Any) -> AsyncIterator[Emulator]:
    values = {"seed": 1, "clock": VIRTUAL} | settings
    emulator = await Emulator.start(Settings(**values), transports={peer.integration_type: peer.transport})
    try:
        await emulator.ensure_integration(
            name="shop",
            integration_type=peer.integration_type,
            observes=("order.created",),
            configuration=peer.configuration,
            enabled=True,
        )
        yield emulator
    finally:
        await emulator.stop()


async def orders(emulator: Emulator, count: int = 1) -> None:
    await emulator.trigger(TriggerRequest(key="order.created", count=count, only=True))


def states(emulator: Emulator) -> list[DeliveryState]:
    rows, _ = emulator.journal.deliveries(newest_first=False, limit=100)
    return [row.state for row in rows]


def test_each_event_arrives_once_in_order_when_nothing_is_wrong(over: Any) -> None:
    async def body(peer: Peer) -> None:
        async with emulator_over(peer) as emulator:
            await orders(emulator, 5)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED] * 5
        ids = [arrived["payload"]["data"]["id"] for arrived in peer.arrived]
        assert len(set(ids)) == 5
        events = [arrived["triggered_by"] for arrived in peer.arrived]
        assert events == ["order.created"] * 5

    over(body)


def test_what_fails_is_tried_again_as_the_next_attempt_of_the_same_job(over: Any) -> None:
    async def body(peer: Peer) -> None:
        peer.fails = lambda body: body["attempt"] < 3
        async with emulator_over(peer) as emulator:
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED]
        assert [arrived["attempt"] for arrived in peer.arrived] == [1, 2, 3]
        assert len({arrived["id"] for arrived in peer.arrived}) == 1

    over(body)


def test_what_never_works_is_exhausted(over: Any) -> None:
    async def body(peer: Peer) -> None:
        peer.fails = lambda body: True
        async with emulator_over(peer) as emulator:
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.EXHAUSTED]
        assert [arrived["attempt"] for arrived in peer.arrived] == [1, 2, 3, 4, 5, 6]

    over(body)


def test_a_duplicate_is_the_same_job_and_attempt(over: Any) -> None:
    async def body(peer: Peer) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"duplicate": {"copies": 2}})
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
        assert len(peer.arrived) == 3
        assert len({(arrived["id"], arrived["attempt"]) for arrived in peer.arrived}) == 1

    over(body)


def test_a_lost_acknowledgement_is_the_same_job_and_the_next_attempt(over: Any) -> None:
    async def body(peer: Peer) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"ack_loss": {"times": 2}})
            await orders(emulator)
            assert await emulator.settle(time_limit=10)
            assert states(emulator) == [DeliveryState.SUCCEEDED]
        assert [arrived["attempt"] for arrived in peer.arrived] == [1, 2, 3]
        assert len({arrived["id"] for arrived in peer.arrived}) == 1

    over(body)


def test_what_is_delayed_arrives_when_its_time_has_come(over: Any) -> None:
    async def body(peer: Peer) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"delay": {"value": "60s"}})
            await orders(emulator)
            await emulator.advance(59 * SECOND)
            assert not peer.arrived
            await emulator.advance(SECOND)
            assert len(peer.arrived) == 1

    over(body)


def test_what_is_reordered_all_arrives_and_in_another_order(over: Any) -> None:
    async def body(peer: Peer) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"reorder": {"window": 4}})
            await orders(emulator, 12)
            assert await emulator.settle(time_limit=10)
            events, _ = emulator.journal.events(newest_first=False, limit=100)
        happened = [event.resource_id for event in events if event.key == "order.created"]
        arrived = [arrived["payload"]["data"]["id"] for arrived in peer.arrived]
        assert sorted(arrived) == sorted(happened)
        assert arrived != happened

    over(body)


def test_what_overlaps_is_open_at_the_same_moment(over: Any) -> None:
    async def body(peer: Peer) -> None:
        async with emulator_over(peer) as emulator:
            await emulator.add_rule({"overlap": {"count": 3}})
            await orders(emulator, 3)
            peer.gate.clear()
            settling = asyncio.create_task(emulator.settle(time_limit=10))
            await peer.until(lambda: peer.open_now == 3)
            peer.gate.set()
            assert await settling
            records = emulator.journal.records(after=0, limit=1000)
            assert len({record.at for record in records if record.kind is RecordKind.SENT}) == 1

    over(body)


def test_disabled_while_it_is_open_the_request_ends(over: Any) -> None:
    async def body(peer: Peer) -> None:
        peer.gate.clear()
        async with emulator_over(peer, clock=ClockSettings(mode=ClockMode.REAL)) as emulator:
            await orders(emulator)
            await peer.until(lambda: peer.open_now == 1)
            await emulator.update_integration("shop", enabled=False)
            assert await emulator.settle(time_limit=10)
            await emulator.journal.flush()
            assert states(emulator) == [DeliveryState.CANCELLED]

    over(body)
