"""How the SQS transport behaves: packing, company, patience, hurry, and what it does not look at."""

import asyncio
import gc
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.integration import SQS_LIMIT
from emulator.runtime.barrier import WrittenBarrier
from emulator.transports.sqs.courier import Courier


def _url(receiver: Any, queue: str = "epcc-orders") -> str:
    return f"http://127.0.0.1:{receiver.port}/123456789012/{queue}"


class Gate:
    """A scripted server that answers a call when it is told to; `calls` are the entries of each, as they came."""

    def __init__(self, speech: Any) -> None:
        self._speech = speech
        self.calls: list[list[dict[str, str]]] = []
        self.urls: list[str] = []
        self._came = asyncio.Condition()
        self._answers = asyncio.Semaphore(0)

    async def script(self, visit: Any) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                request = await visit.request()
                called = self._speech.call(request)
                self.urls.append(called["QueueUrl"])
                async with self._came:
                    self.calls.append(called["Entries"])
                    self._came.notify_all()
                await self._answers.acquire()
                await visit.send(self._speech.taken(request))

    async def until(self, calls: int) -> None:
        async with self._came:
            await self._came.wait_for(lambda: len(self.calls) >= calls)

    def answer(self, calls: int = 1) -> None:
        for _ in range(calls):
            self._answers.release()

    @property
    def sizes(self) -> list[int]:
        return [len(call) for call in self.calls]


@pytest.fixture
def gate(speech: Any) -> Any:
    return lambda: Gate(speech)


@pytest.fixture
def behind(run: Any, raw_receiver: Any, sqs_transport: Any, gate: Any) -> Any:
    """`behind(test)`: runs `test(gate, receiver, transport)` with a server that answers when the gate lets it."""

    def go(test: Any, **options: Any) -> Any:
        async def within() -> Any:
            door = gate()
            async with raw_receiver(door.script) as receiver, sqs_transport(**options) as transport:
                return await test(door, receiver, transport)

        return run(within())

    return go


def _start(transport: Any, messages: Any) -> list[asyncio.Task[Any]]:
    return [asyncio.ensure_future(transport.send(message)) for message in messages]


def test_a_call_takes_what_is_due_and_ten_at_most(behind: Any, sqs_message: Any) -> None:
    """One message goes at once, alone; what comes while its call is open goes together."""

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        sends = _start(transport, [sqs_message(_url(receiver), 0)])
        await gate.until(1)
        sends += _start(transport, [sqs_message(_url(receiver), number) for number in range(1, 24)])
        gate.answer(10)
        assert all(outcome.succeeded for outcome in await asyncio.gather(*sends))
        assert gate.sizes == [1, 10, 10, 3]

    behind(test)


def test_a_call_stays_within_the_bytes(behind: Any, sqs_message: Any) -> None:
    """Two thirds of the limit and a half do not go together; a half and a half do."""

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        bytes_ = [SQS_LIMIT * 2 // 3, SQS_LIMIT // 2, SQS_LIMIT // 2, 1]
        gate.answer(10)
        sends = _start(transport, [sqs_message(_url(receiver), body=b"x" * size) for size in bytes_])
        assert all(outcome.succeeded for outcome in await asyncio.gather(*sends))
        assert [[len(entry["MessageBody"]) for entry in call] for call in gate.calls] == [bytes_[:1], bytes_[1:3], [1]]

    behind(test)


def test_of_a_group_one_message_goes_in_a_call(behind: Any, sqs_message: Any) -> None:
    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        url = _url(receiver, "epcc.fifo")
        resources = ["a", "a", "b", "a", "c", "b"]
        gate.answer(10)
        sends = _start(
            transport, [sqs_message(url, number, resource=resource) for number, resource in enumerate(resources)]
        )
        assert all(outcome.succeeded for outcome in await asyncio.gather(*sends))
        groups = [[entry["MessageGroupId"] for entry in call] for call in gate.calls]
        assert groups == [["a", "b", "c"], ["a", "b"], ["a"]]

    behind(test)


def test_a_standard_queue_is_told_no_group(behind: Any, sqs_message: Any) -> None:
    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        gate.answer()
        await transport.send(sqs_message(_url(receiver)))
        assert [sorted(entry) for entry in gate.calls[0]] == [["Id", "MessageBody"]]

    behind(test)


def test_queues_of_one_endpoint_take_turns(behind: Any, sqs_message: Any) -> None:
    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        busy, quiet = _url(receiver, "busy"), _url(receiver, "quiet")
        sends = _start(transport, [sqs_message(busy, number) for number in range(30)])
        sends += _start(transport, [sqs_message(quiet)])
        gate.answer(10)
        await asyncio.gather(*sends)
        assert gate.urls == [busy, quiet, busy, busy]

    behind(test)


def test_behind_a_barrier_all_are_in_one_call_and_none_returns_before_the_last(behind: Any, sqs_message: Any) -> None:
    """What has no barrier does not come between."""

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        barrier = WrittenBarrier(6)
        url = _url(receiver)
        alone = _start(transport, [sqs_message(url, number) for number in range(7)])
        together = _start(transport, [sqs_message(url, number, barrier=barrier.place()) for number in range(10, 15)])
        gate.answer(2)
        await asyncio.gather(*alone)
        await gate.until(2)
        assert gate.sizes == [7, 5]
        # This one's answer arrives on the same connection after those of the members above.
        gate.answer()
        await transport.send(sqs_message(url))
        assert not any(send.done() for send in together)
        gate.answer()
        last = await transport.send(sqs_message(url, barrier=barrier.place()))
        assert all(outcome.succeeded for outcome in [last, *await asyncio.gather(*together)])

    behind(test)


@pytest.mark.parametrize("why", ["too large", "no URL", "cancelled while it waits", "not SQS"])
def test_a_member_that_can_never_be_written_lets_the_others_go(
    why: str, behind: Any, sqs_message: Any, webhook_message: Any
) -> None:
    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        barrier = WrittenBarrier(2)
        failing = {
            "too large": lambda: sqs_message(_url(receiver), body=b"x" * 300_000, barrier=barrier.place()),
            "no URL": lambda: sqs_message("nowhere", barrier=barrier.place()),
            "cancelled while it waits": lambda: sqs_message(_url(receiver), barrier=barrier.place()),
            "not SQS": lambda: webhook_message("http://127.0.0.1/", barrier=barrier.place()),
        }[why]()
        (leaving,) = _start(transport, [failing])
        if why == "cancelled while it waits":
            await gate.until(1)
            leaving.cancel()
        (staying,) = _start(transport, [sqs_message(_url(receiver), barrier=barrier.place())])
        gate.answer(2)
        assert (await staying).succeeded
        (left,) = await asyncio.gather(leaving, return_exceptions=True)
        assert isinstance(left, asyncio.CancelledError) or left.error

    behind(test)


def test_a_cancelled_send_ends_at_once_and_is_not_made_if_it_has_not_begun(behind: Any, sqs_message: Any) -> None:
    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        (begun,) = _start(transport, [sqs_message(_url(receiver), 1)])
        await gate.until(1)
        waiting, kept = _start(transport, [sqs_message(_url(receiver), number) for number in (2, 3)])
        for send in (begun, waiting):
            send.cancel()
            with pytest.raises(asyncio.CancelledError):
                await send
        gate.answer(2)
        assert (await kept).succeeded
        assert [entry["MessageBody"] for call in gate.calls for entry in call] == ['{"number": 1}', '{"number": 3}']

    behind(test)


def test_an_endpoint_that_hangs_holds_up_no_other(
    run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any, gate: Any
) -> None:
    async def go() -> None:
        slow, quick = gate(), gate()
        quick.answer(100)
        async with (
            raw_receiver(slow.script) as slow_receiver,
            raw_receiver(quick.script) as quick_receiver,
            sqs_transport() as transport,
        ):
            hanging = _start(transport, [sqs_message(_url(slow_receiver), number) for number in range(20)])
            await slow.until(1)
            for number in range(20):
                assert (await transport.send(sqs_message(_url(quick_receiver), number))).succeeded
            assert not any(send.done() for send in hanging)
            slow.answer(100)
            await asyncio.gather(*hanging)

    run(go())


def test_closing_fails_what_is_open_and_does_not_wait_for_a_server_that_hangs(
    run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any, gate: Any
) -> None:
    async def go() -> None:
        door = gate()
        async with raw_receiver(door.script) as receiver, sqs_transport() as transport:
            sends = _start(transport, [sqs_message(_url(receiver), number) for number in range(15)])
            await door.until(1)
            began = time.monotonic()
            await transport.aclose()
            assert time.monotonic() - began < 5
            outcomes = await asyncio.gather(*sends, transport.send(sqs_message(_url(receiver))))
            assert {outcome.error for outcome in outcomes} == {"The sender stopped before there was an answer"}
            assert door.sizes == [10]

    run(go())


def test_closing_ends_the_threads(behind: Any, sqs_message: Any) -> None:
    def threads() -> Counter[str]:
        return Counter(thread.name for thread in threading.enumerate())

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        gate.answer()
        await transport.send(sqs_message(_url(receiver)))
        assert threads()[f"sqs 127.0.0.1:{receiver.port}"] == 1
        await transport.aclose()
        assert threads()[f"sqs 127.0.0.1:{receiver.port}"] == 0

    behind(test)


def test_a_connection_is_kept_and_one_that_was_closed_is_replaced(
    run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any, speech: Any
) -> None:
    async def script(visit: Any) -> None:
        for _ in range(3):
            await visit.send(speech.taken(await visit.request()))

    async def go() -> Any:
        async with raw_receiver(script) as receiver, sqs_transport() as transport:
            outcomes = [await transport.send(sqs_message(_url(receiver), number)) for number in range(7)]
            return receiver.visits, outcomes

    visits, outcomes = run(go())
    assert [outcome.error for outcome in outcomes] == [None] * 7
    assert visits == 3


async def _threads_ended(receiver: Any) -> None:
    for thread in threading.enumerate():
        if thread.name == f"sqs 127.0.0.1:{receiver.port}":
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


def test_an_idle_thread_ends_and_the_next_message_has_another(
    behind: Any, sqs_message: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.transports.sqs.courier.IDLE_SECONDS", 0.02)

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        gate.answer(2)
        for number in range(2):
            assert (await transport.send(sqs_message(_url(receiver), number))).succeeded
            await _threads_ended(receiver)

    behind(test)


def test_keys_that_change_again_and_again_leave_nothing_behind(
    behind: Any, sqs_message: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.transports.sqs.courier.IDLE_SECONDS", 0.0)

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        gate.answer(10)
        for number in range(10):
            message = sqs_message(_url(receiver), number, aws_secret_access_key=f"secret-{number}")
            assert (await transport.send(message)).succeeded
            await _threads_ended(receiver)
        gc.collect()
        assert sum(isinstance(thing, Courier) for thing in gc.get_objects()) == 1

    behind(test)


def test_only_the_integrations_own_keys_and_region_count(
    behind: Any, raw_receiver: Any, sqs_message: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs the emulator may have AWS set up for something else, or badly."""
    aws = tmp_path / ".aws"
    model = aws / "models" / "sqs" / "2099-01-01"
    model.mkdir(parents=True)
    (model / "service-2.json").write_text("no model")
    (aws / "config").write_text("this is no configuration [default\nregion=")
    (aws / "credentials").write_text("[nor this")
    elsewhere = "http://127.0.0.1:9"
    for name, value in {
        "HOME": str(tmp_path),
        "AWS_PROFILE": "nobody",
        "AWS_DEFAULT_REGION": "mars-north-1",
        "AWS_REGION": "mars-north-1",
        "AWS_ACCESS_KEY_ID": "somebody-elses",
        "AWS_SECRET_ACCESS_KEY": "somebody-elses",
        "AWS_SESSION_TOKEN": "somebody-elses",
        "AWS_ENDPOINT_URL": elsewhere,
        "AWS_ENDPOINT_URL_SQS": elsewhere,
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CA_BUNDLE": "/nowhere.pem",
        "AWS_MAX_ATTEMPTS": "not a number",
        "AWS_DATA_PATH": str(tmp_path),
        "AWS_DEFAULTS_MODE": "auto",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": elsewhere,
        "HTTP_PROXY": elsewhere,
        "http_proxy": elsewhere,
        "ALL_PROXY": elsewhere,
    }.items():
        monkeypatch.setenv(name, value)

    async def test(gate: Any, receiver: Any, transport: Any) -> None:
        gate.answer()
        outcome = await transport.send(sqs_message(_url(receiver)))
        assert outcome.error is None
        head = receiver.requests[0].partition(b"\r\n\r\n")[0].lower()
        assert b"credential=akiaiosfodnn7example/" in head
        assert b"/eu-west-1/sqs/aws4_request" in head
        assert b"x-amz-security-token" not in head
        assert f"host: 127.0.0.1:{receiver.port}".encode() in head

    behind(test)
