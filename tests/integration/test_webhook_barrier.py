"""Sends made simultaneous by a barrier: every request is written before any answer is read."""

import asyncio
import socket

import pytest

from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Gathering:
    """A barrier of so many members, which also remembers who came."""

    def __init__(self, members):
        self._barrier = asyncio.Barrier(members)
        self.arrived = 0

    async def written(self):
        self.arrived += 1
        await self._barrier.wait()


@pytest.mark.parametrize("members", [2, 5, 100])
def test_all_requests_are_written_before_an_answer_is_read(members, run, raw_receiver, webhook_message):
    """The receiver answers nobody before it has read them all; more members than connections do not block."""

    async def go():
        everybody = asyncio.Barrier(members)

        async def script(visit):
            await visit.request()
            await everybody.wait()
            await visit.send(OK)
            await visit.until_closed()

        transport = WebhookTransport(reach=Reach(), max_connections=3)
        async with raw_receiver(script) as receiver:
            barrier = Gathering(members)
            outcomes = await asyncio.gather(
                *(transport.send(webhook_message(receiver.url, barrier=barrier)) for _ in range(members))
            )
            await transport.aclose()
            return receiver, outcomes

    receiver, outcomes = run(go())
    assert all(outcome.succeeded for outcome in outcomes)
    assert receiver.visits == members


def test_an_early_answer_is_not_read_before_the_others_have_written(run, raw_receiver, webhook_message):
    async def go():
        answered = asyncio.Event()

        async def script(visit):
            await visit.request()
            await visit.send(OK)
            answered.set()
            await visit.until_closed()

        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            barrier = Gathering(2)
            first = asyncio.ensure_future(transport.send(webhook_message(receiver.url, barrier=barrier)))
            await answered.wait()
            # A send without a barrier goes through whole, so the loop has had its chance to read the first answer.
            assert (await transport.send(webhook_message(receiver.url))).succeeded
            assert not first.done()
            second = await transport.send(webhook_message(receiver.url, barrier=barrier))
            await transport.aclose()
            return await first, second

    first, second = run(go())
    assert first.succeeded
    assert second.succeeded


def test_a_large_request_counts_as_written_only_to_its_last_byte(run, raw_receiver, webhook_message):
    async def go():
        read_on = asyncio.Event()
        begun = asyncio.Event()

        async def script(visit):
            await visit.reader.readexactly(10)
            begun.set()
            await read_on.wait()
            await visit.reader.readuntil(b"\r\n\r\n")
            await visit.reader.readexactly(len(body))
            await visit.send(OK)
            await visit.until_closed()

        body = b"x" * 30_000_000
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            barrier = Gathering(1)
            sending = asyncio.ensure_future(transport.send(webhook_message(receiver.url, body=body, barrier=barrier)))
            await begun.wait()
            assert barrier.arrived == 0
            read_on.set()
            outcome = await sending
            await transport.aclose()
            return outcome, barrier.arrived

    outcome, arrived = run(go())
    assert outcome.succeeded
    assert arrived == 1


def test_the_deadline_begins_after_the_barrier(run, raw_receiver, webhook_message):
    """While one waits for its barrier, three others run into their deadlines one after the other."""

    async def go():
        written = asyncio.Event()

        async def script(visit):
            if not (await visit.request()).startswith(b"POST /hang"):
                written.set()
                await visit.send(OK)
            await visit.until_closed()

        transport = WebhookTransport(reach=Reach(), timeout=0.1)
        async with raw_receiver(script) as receiver:
            barrier = Gathering(2)
            sending = asyncio.ensure_future(transport.send(webhook_message(receiver.url, barrier=barrier)))
            await written.wait()
            for _ in range(3):
                late = await transport.send(webhook_message(receiver.url.replace("/hook", "/hang")))
                assert "within 0.1 s" in late.error
            assert not sending.done()
            await barrier.written()
            outcome = await sending
            await transport.aclose()
            return outcome

    outcome = run(go())
    assert outcome.succeeded
    assert outcome.processing_time < 0.3


def test_after_the_barrier_the_deadline_holds(run, raw_receiver, webhook_message):
    async def go():
        async def script(visit):
            await visit.request()
            await visit.until_closed()

        transport = WebhookTransport(reach=Reach(), timeout=0.1)
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url, barrier=Gathering(1)))
            await transport.aclose()
            return outcome

    assert "did not answer within 0.1 s" in run(go()).error


def test_a_receiver_that_never_reads_does_not_hold_the_barrier_for_ever(run, raw_receiver, webhook_message):
    async def go():
        over = asyncio.Event()

        async def script(visit):
            visit.writer.transport.pause_reading()
            await over.wait()

        transport = WebhookTransport(reach=Reach(), timeout=0.2)
        async with raw_receiver(script) as receiver:
            barrier = Gathering(1)
            message = webhook_message(receiver.url, body=b"x" * 30_000_000, barrier=barrier)
            outcome = await transport.send(message)
            await transport.aclose()
            over.set()
            return outcome, barrier.arrived

    outcome, arrived = run(go())
    assert "did not answer within 0.2 s" in outcome.error
    assert arrived == 1


@pytest.mark.parametrize("why", ["refused", "remote", "bad URL", "cancelled"])
def test_a_member_that_can_never_write_lets_the_others_go(why, run, raw_receiver, webhook_message):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed_port = server.getsockname()[1]

    async def go():
        async def script(visit):
            await visit.request()
            await visit.send(OK)
            await visit.until_closed()

        async def lookup(host, port):
            await asyncio.get_running_loop().create_future()

        urls = {
            "refused": f"http://127.0.0.1:{closed_port}/",
            "remote": "http://192.0.2.1/",
            "bad URL": "nowhere",
            "cancelled": "http://never-found.test/",
        }
        transport = WebhookTransport(reach=Reach(), lookup=lookup)
        async with raw_receiver(script) as receiver:
            barrier = Gathering(2)
            other = asyncio.ensure_future(transport.send(webhook_message(receiver.url, barrier=barrier)))
            failing = asyncio.ensure_future(
                transport.send(webhook_message(urls[why], integration="failing", barrier=barrier))
            )
            if why == "cancelled":
                await asyncio.sleep(0)
                failing.cancel()
            outcome = await other
            (failed,) = await asyncio.gather(failing, return_exceptions=True)
            await transport.aclose()
            return outcome, failed, barrier.arrived

    outcome, failed, arrived = run(go())
    assert outcome.succeeded
    assert arrived == 2
    if why == "cancelled":
        assert isinstance(failed, asyncio.CancelledError)
    else:
        assert not failed.succeeded
