"""The sender's connections: kept, shared out in order, retried when stale, ended when nobody waits any more."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from emulator.transports import pool as pool_module
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def answer_ok(visit):
    while True:
        await visit.request()
        await visit.send(OK)


def test_what_is_on_the_wire(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(answer_ok) as receiver:
            message = webhook_message(
                receiver.url.replace("http://", "http://us%65r:p%40ss@") + "?a=b c&d=é#part",
                body=b'{"id":"1"}',
                secret_key="geheim",
                event_key="order.paid",
            )
            await transport.send(message)
            await transport.aclose()
            return receiver

    receiver = run(go())
    assert receiver.requests == [
        b"POST /hook?a=b%20c&d=%C3%A9 HTTP/1.1\r\n"
        b"Host: 127.0.0.1:" + str(receiver.port).encode() + b"\r\n"
        b"User-Agent: epcc-integrations-emulator\r\n"
        b"Accept: */*\r\n"
        b"Content-Type: application/json\r\n"
        b"Authorization: Basic dXNlcjpwQHNz\r\n"
        b"X-MOLTIN-SECRET-KEY: geheim\r\n"
        b"X-MOLTIN-INTEGRATION-TRIGGER: order.paid\r\n"
        b"Content-Length: 10\r\n"
        b"\r\n"
        b'{"id":"1"}'
    ]


def test_no_secret_no_header(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(answer_ok) as receiver:
            await transport.send(webhook_message(receiver.url))
            await transport.send(webhook_message(receiver.url, secret_key=""))
            await transport.aclose()
            return receiver

    assert all(b"SECRET" not in request for request in run(go()).requests)


def test_one_connection_carries_many_requests(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(answer_ok) as receiver:
            for _ in range(20):
                assert (await transport.send(webhook_message(receiver.url))).succeeded
            await transport.aclose()
            return receiver

    assert run(go()).visits == 1


def test_connection_close_is_heeded(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        await visit.until_closed()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            for _ in range(3):
                assert (await transport.send(webhook_message(receiver.url))).succeeded
            await transport.aclose()
            return receiver

    assert run(go()).visits == 3


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_stale_connection_costs_no_attempt(how, run, raw_receiver, webhook_message):
    """The receiver reads the second request on a kept connection and closes without a byte: sent again, once."""

    async def script(visit):
        await visit.request()
        await visit.send(OK)
        await visit.request()
        if visit.number == 1:
            if how == "reset":
                visit.reset()
            return
        await visit.send(OK)

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            first = await transport.send(webhook_message(receiver.url))
            second = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, first, second

    receiver, first, second = run(go())
    assert first.succeeded
    assert second.succeeded
    assert receiver.visits == 2
    assert len(receiver.requests) == 3


def test_a_stale_connection_is_retried_once_only(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()
        if visit.number == 1:
            await visit.send(OK)
            await visit.request()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            await transport.send(webhook_message(receiver.url))
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert "closed the connection before answering" in outcome.error
    assert len(receiver.requests) == 3


def test_a_fresh_connection_closed_is_not_retried(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert not outcome.succeeded
    assert len(receiver.requests) == 1


def test_idle_connections_are_closed_after_a_while(run, raw_receiver, webhook_message, monkeypatch):
    monkeypatch.setattr(pool_module, "IDLE_SECONDS", 0.05)

    async def go():
        closed = asyncio.Event()

        async def script(visit):
            await visit.request()
            await visit.send(OK)
            await visit.until_closed()
            closed.set()

        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            await transport.send(webhook_message(receiver.url))
            await closed.wait()
            await transport.aclose()

    run(go())


def test_more_messages_than_connections_wait_in_order(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach(), max_connections=3)
        async with raw_receiver(answer_ok) as receiver:
            bodies = [str(number).encode() for number in range(200)]
            outcomes = await asyncio.gather(
                *(transport.send(webhook_message(receiver.url, body=body)) for body in bodies)
            )
            await transport.aclose()
            return receiver, outcomes

    receiver, outcomes = run(go())
    assert all(outcome.succeeded for outcome in outcomes)
    assert receiver.visits == 3
    order = [int(request.rpartition(b"\r\n\r\n")[2]) for request in receiver.requests]
    assert sorted(order) == list(range(200))
    # Three connections may overtake each other by what each holds, never by more.
    assert all(abs(number - place) <= 3 for place, number in enumerate(order))


def test_one_connection_keeps_the_order_exactly(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach(), max_connections=1)
        async with raw_receiver(answer_ok) as receiver:
            bodies = [str(number).encode() for number in range(50)]
            await asyncio.gather(*(transport.send(webhook_message(receiver.url, body=body)) for body in bodies))
            await transport.aclose()
            return receiver

    receiver = run(go())
    assert [int(request.rpartition(b"\r\n\r\n")[2]) for request in receiver.requests] == list(range(50))


def test_the_queue_survives_connections_that_close(run, raw_receiver, webhook_message):
    """Every answer ends its connection while others wait: new ones are dialled until all are sent."""

    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.0 200 OK\r\n\r\nok")

    async def go():
        transport = WebhookTransport(reach=Reach(), max_connections=4)
        async with raw_receiver(script) as receiver:
            outcomes = await asyncio.gather(*(transport.send(webhook_message(receiver.url)) for _ in range(60)))
            await transport.aclose()
            return receiver, outcomes

    receiver, outcomes = run(go())
    assert all(outcome.succeeded for outcome in outcomes)
    assert receiver.visits == 60


@pytest.mark.parametrize("same_port", [False, True])
def test_a_hanging_receiver_holds_up_nobody_else(same_port, run, raw_receiver, webhook_message):
    async def by_path(visit):
        while True:
            request = await visit.request()
            if request.startswith(b"POST /hang"):
                await visit.until_closed()
                return
            await visit.send(OK)

    async def go():
        transport = WebhookTransport(reach=Reach(), max_connections=4)
        async with raw_receiver(by_path) as one, raw_receiver(by_path) as other:
            hanging = one.url.replace("/hook", "/hang")
            healthy = one.url if same_port else other.url
            waiting = [
                asyncio.ensure_future(transport.send(webhook_message(hanging, integration="hanging")))
                for _ in range(20)
            ]
            outcomes = await asyncio.gather(
                *(transport.send(webhook_message(healthy, integration="healthy")) for _ in range(40))
            )
            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await transport.aclose()
            return outcomes

    outcomes = run(go())
    assert all(outcome.succeeded for outcome in outcomes)


def test_a_cancelled_send_ends_its_request_at_once(run, raw_receiver, webhook_message):
    async def go():
        arrived, ended = asyncio.Event(), asyncio.Event()

        async def script(visit):
            await visit.request()
            arrived.set()
            await visit.until_closed()
            ended.set()

        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            sending = asyncio.ensure_future(transport.send(webhook_message(receiver.url)))
            await arrived.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await ended.wait()
            await transport.aclose()

    run(go())


def test_a_cancelled_send_in_the_queue_is_never_sent(run, raw_receiver, webhook_message):
    async def go():
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def script(visit):
            while True:
                await visit.request()
                arrived.set()
                await go_on.wait()
                await visit.send(OK)

        transport = WebhookTransport(reach=Reach(), max_connections=1)
        async with raw_receiver(script) as receiver:
            sends = [
                asyncio.ensure_future(transport.send(webhook_message(receiver.url, body=body)))
                for body in (b"first", b"second", b"third")
            ]
            await arrived.wait()
            sends[1].cancel()
            go_on.set()
            outcomes = await asyncio.gather(*sends, return_exceptions=True)
            await transport.aclose()
            return receiver, outcomes

    receiver, (first, second, third) = run(go())
    assert first.succeeded
    assert isinstance(second, asyncio.CancelledError)
    assert third.succeeded
    assert [request.rpartition(b"\r\n\r\n")[2] for request in receiver.requests] == [b"first", b"third"]


def test_cancelling_a_send_that_is_answered_harms_no_other(run, raw_receiver, webhook_message):
    """Cancelled in the very step in which it ended: its connection carries the next request already."""

    async def go():
        transport = WebhookTransport(reach=Reach(), max_connections=1)
        async with raw_receiver(answer_ok) as receiver:
            first = asyncio.ensure_future(transport.send(webhook_message(receiver.url)))
            second = asyncio.ensure_future(transport.send(webhook_message(receiver.url)))
            await asyncio.wait([first])
            third = asyncio.ensure_future(transport.send(webhook_message(receiver.url)))
            first.cancel()
            outcomes = await asyncio.gather(second, third)
            await transport.aclose()
            return outcomes

    assert all(outcome.succeeded for outcome in run(go()))


def test_closing_the_sender_fails_what_is_open_and_what_waits(run, raw_receiver, webhook_message):
    async def go():
        arrived = asyncio.Event()

        async def script(visit):
            await visit.request()
            arrived.set()
            await visit.until_closed()

        transport = WebhookTransport(reach=Reach(), max_connections=1)
        async with raw_receiver(script) as receiver:
            sends = [asyncio.ensure_future(transport.send(webhook_message(receiver.url))) for _ in range(3)]
            await arrived.wait()
            await transport.aclose()
            return await asyncio.gather(*sends)

    assert {outcome.error for outcome in run(go())} == {"The sender stopped before there was an answer"}


def test_a_changed_configuration_counts_for_the_next_message(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(answer_ok) as one, raw_receiver(answer_ok) as other:
            await transport.send(webhook_message(one.url, secret_key="old"))
            await transport.send(webhook_message(one.url, secret_key="new"))
            await transport.send(webhook_message(other.url, secret_key="new"))
            await transport.aclose()
            return one, other

    one, other = run(go())
    assert b"X-MOLTIN-SECRET-KEY: old\r\n" in one.requests[0]
    assert b"X-MOLTIN-SECRET-KEY: new\r\n" in one.requests[1]
    assert one.visits == 1
    assert len(other.requests) == 1


def test_ipv6(run, raw_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(answer_ok, host="::1") as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert outcome.succeeded
    assert b"Host: [::1]:%d\r\n" % receiver.port in receiver.requests[0]


def test_a_name_with_several_addresses_tries_the_next(run, raw_receiver, webhook_message):
    async def lookup(host, port):
        assert host == "shop.test"
        return ["127.0.0.2", "127.0.0.1"]

    async def go():
        transport = WebhookTransport(reach=Reach(), lookup=lookup)
        async with raw_receiver(answer_ok) as receiver:
            outcome = await transport.send(webhook_message(receiver.url.replace("127.0.0.1", "Shop.test")))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert outcome.succeeded
    assert b"Host: shop.test:" in receiver.requests[0]


def test_a_silent_address_leaves_time_for_the_next(run, raw_receiver, webhook_message):
    """The first address drops what knocks (its backlog is full), the second answers."""

    async def lookup(host, port):
        return ["127.0.0.3", "127.0.0.1"]

    async def go():
        transport = WebhookTransport(reach=Reach(), lookup=lookup, connect_timeout=0.6)
        async with raw_receiver(answer_ok) as receiver:
            with ExitStack() as stack:
                silent = stack.enter_context(socket.create_server(("127.0.0.3", receiver.port), backlog=0))
                for _ in range(4):
                    filler = stack.enter_context(socket.socket())
                    filler.setblocking(False)
                    filler.connect_ex(silent.getsockname())
                outcome = await transport.send(webhook_message(receiver.url.replace("127.0.0.1", "shop.test")))
                await transport.aclose()
                return outcome

    assert run(go()).succeeded


def test_each_connection_is_checked_against_the_address_it_goes_to(run, raw_receiver, webhook_message):
    """A name that leads home once and away the next time (DNS rebinding) is caught the next time."""
    answers = [["127.0.0.1"], ["192.0.2.1"]]

    async def lookup(host, port):
        return answers.pop(0)

    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.0 200 OK\r\n\r\nok")

    async def go():
        transport = WebhookTransport(reach=Reach(), lookup=lookup)
        async with raw_receiver(script) as receiver:
            url = receiver.url.replace("127.0.0.1", "shop.test")
            outcomes = [await transport.send(webhook_message(url)) for _ in range(2)]
            await transport.aclose()
            return outcomes

    first, second = run(go())
    assert first.succeeded
    assert "'shop.test' resolves to 192.0.2.1, outside" in second.error
    assert answers == []


def test_a_look_up_that_hangs_ends(run, webhook_message):
    async def lookup(host, port):
        await asyncio.get_running_loop().create_future()

    async def go():
        transport = WebhookTransport(reach=Reach(), lookup=lookup, connect_timeout=0.2)
        outcome = await transport.send(webhook_message("http://shop.test/"))
        await transport.aclose()
        return outcome

    assert run(go()).error == "Looking up the name 'shop.test' took longer than 0.2 s"


def test_a_send_cancelled_while_dialling_stops_the_dial(run, webhook_message):
    async def go():
        loop = asyncio.get_running_loop()
        begun, ended = loop.create_future(), loop.create_future()

        async def lookup(host, port):
            begun.set_result(None)
            try:
                await loop.create_future()
            finally:
                ended.set_result(None)

        transport = WebhookTransport(reach=Reach(), lookup=lookup, connect_timeout=60)
        sending = asyncio.ensure_future(transport.send(webhook_message("http://shop.test/")))
        await begun
        sending.cancel()
        await ended
        with pytest.raises(asyncio.CancelledError):
            await sending
        await transport.aclose()

    run(go())
