"""What the STOMP transport writes, and what it makes of receipts."""

import asyncio
import logging

import pytest

from emulator.domain.outcome import Outcome
from emulator.runtime.barrier import WrittenBarrier


def test_a_message_is_delivered_when_its_receipt_has_arrived(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        connect = await visit.connected()
        assert connect.command == "CONNECT"
        assert connect.headers == {
            "accept-version": "1.0,1.1,1.2",
            "host": "/",
            "heart-beat": "10000,10000",
            "login": "ep",
            "passcode": "correct:horse",
        }
        message = await visit.message()
        await visit.receipt(message)
        await visit.receipt(await visit.receive())

    async def test():
        async with fake_broker(script) as broker, stomp_transport() as transport:
            message = stomp_message(broker.address, username="ep", password="correct:horse")
            outcome = await transport.send(message)
        assert outcome.succeeded
        assert outcome.status is None
        assert outcome.error is None
        assert 0 < outcome.processing_time < 5
        (sent,) = broker.sent
        receipt = sent.headers.pop("receipt")
        assert receipt
        assert sent.headers == {
            "destination": "/queue/orders",
            "content-type": "application/json",
            "persistent": "true",
            "content-length": "10",
        }
        assert sent.body == b'{"id":"1"}'

    run(test())


def test_nobody_has_delivered_before_the_receipt(run, fake_broker, stomp_transport, stomp_message):
    async def test():
        answer = asyncio.Event()

        async def script(visit):
            await visit.connected()
            message = await visit.message()
            await answer.wait()
            await visit.receipt(message)
            await visit.farewell()

        async with fake_broker(script) as broker, stomp_transport() as transport:
            send = asyncio.create_task(transport.send(stomp_message(broker.address)))
            await broker.until(lambda: len(broker.sent) == 1)
            assert not send.done()
            answer.set()
            assert (await send).succeeded

    run(test())


@pytest.mark.parametrize("body", ['{"name":"Zoë ☕ 日本"}'.encode(), b"a\0b\0", b"", b"x" * 1_000_000])
def test_a_body_arrives_byte_for_byte(run, fake_broker, stomp_transport, stomp_message, body):
    async def test():
        async with fake_broker() as broker, stomp_transport() as transport:
            assert (await transport.send(stomp_message(broker.address, body=body))).succeeded
        assert broker.sent[0].body == body

    run(test())


@pytest.mark.parametrize(
    ("version", "destination"), [("1.2", "/queue/a\\cb\\\\c"), ("1.1", "/queue/a\\cb\\\\c"), ("1.0", "/queue/a:b\\c")]
)
def test_a_header_is_escaped_as_the_agreed_version_wants_it(
    run, stomp_transport, stomp_message, fake_broker, version, destination
):
    lines: list[bytes] = []

    async def script(visit):
        await visit.receive()
        # A broker of version 1.0 does not even know the header.
        await visit.send("CONNECTED", {} if version == "1.0" else {"version": version})
        raw = await visit.reader.readuntil(b"\0")
        lines.extend(raw.split(b"\n"))
        await visit.send("RECEIPT", {"receipt-id": "1"})
        await visit.farewell()

    async def test():
        async with fake_broker(script) as broker, stomp_transport() as transport:
            assert (await transport.send(stomp_message(broker.address, destination="/queue/a:b\\c"))).succeeded

    run(test())
    assert f"destination:{destination}".encode() in lines


def test_many_go_without_waiting_for_each_other_and_receipts_may_come_in_any_order(
    run, fake_broker, stomp_transport, stomp_message
):
    async def script(visit):
        await visit.connected()
        messages = [await visit.message() for _ in range(100)]
        for message in reversed(messages):
            await visit.receipt(message)
        await visit.farewell()

    async def test():
        async with fake_broker(script) as broker, stomp_transport() as transport:
            messages = [stomp_message(broker.address, body=b"%d" % number) for number in range(100)]
            outcomes = await asyncio.gather(*(transport.send(message) for message in messages))
        assert all(outcome.succeeded for outcome in outcomes)
        assert [sent.body for sent in broker.sent] == [b"%d" % number for number in range(100)]
        assert broker.visits == 1

    run(test())


def test_no_more_are_open_than_the_window_holds(run, fake_broker, stomp_transport, stomp_message):
    most = 0

    async def script(visit):
        nonlocal most
        await visit.connected()
        for _ in range(5):
            messages = [await visit.message() for _ in range(4)]
            try:
                await visit.receive(0.05)
                most = 5
            except TimeoutError:
                most = max(most, 4)
            for message in messages:
                await visit.receipt(message)
        await visit.farewell()

    async def test():
        async with fake_broker(script) as broker, stomp_transport(window=4) as transport:
            outcomes = await asyncio.gather(*(transport.send(stomp_message(broker.address)) for _ in range(20)))
        assert all(outcome.succeeded for outcome in outcomes)

    run(test())
    assert most == 4


def test_an_unknown_receipt_is_passed_over(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.connected()
        message = await visit.message()
        await visit.send("RECEIPT", {"receipt-id": "never heard of"})
        await visit.write(b"RECEIPT\n\n\0")
        await visit.receipt(message)
        await visit.receipt(message)
        await visit.receipt(await visit.message())
        await visit.farewell()

    async def test():
        async with fake_broker(script) as broker, stomp_transport() as transport:
            assert (await transport.send(stomp_message(broker.address))).succeeded
            assert (await transport.send(stomp_message(broker.address))).succeeded
        assert broker.visits == 1

    run(test())


def test_it_says_goodbye_and_waits_for_the_answer(run, fake_broker, stomp_transport, stomp_message):
    seen: list[str] = []

    async def script(visit):
        await visit.connected()
        await visit.receipt(await visit.message())
        frame = await visit.receive()
        seen.append(frame.command)
        await visit.receipt(frame)
        await visit.until_closed()
        seen.append("closed")

    async def test():
        async with fake_broker(script) as broker:
            async with stomp_transport() as transport:
                await transport.send(stomp_message(broker.address))
            assert await transport.send(stomp_message(broker.address)) == Outcome(
                succeeded=False, error="The sender stopped before the broker's receipt"
            )

    run(test())
    assert seen[0] == "DISCONNECT"


def test_what_is_open_when_it_is_closed_fails(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.connected()
        await visit.message()
        await visit.until_closed()

    async def test():
        async with fake_broker(script) as broker:
            async with stomp_transport(goodbye=0.1) as transport:
                send = asyncio.create_task(transport.send(stomp_message(broker.address)))
                await broker.until(lambda: len(broker.sent) == 1)
            assert (await send).error == "The sender stopped before the broker's receipt"

    run(test())


def test_a_cancelled_send_ends_at_once_and_its_late_receipt_means_nothing(
    run, fake_broker, stomp_transport, stomp_message
):
    async def script(visit):
        await visit.connected()
        first, second = await visit.message(), await visit.message()
        await visit.receipt(first)
        await visit.receipt(second)
        await visit.farewell()

    async def test():
        async with fake_broker(script) as broker, stomp_transport(window=1) as transport:
            send = asyncio.create_task(transport.send(stomp_message(broker.address)))
            await broker.until(lambda: len(broker.sent) == 1)
            send.cancel()
            with pytest.raises(asyncio.CancelledError):
                await send
            assert (await transport.send(stomp_message(broker.address))).succeeded
        assert broker.visits == 1

    run(test())


def test_each_integration_has_a_connection_of_its_own(run, fake_broker, stomp_transport, stomp_message):
    async def test():
        async with fake_broker() as broker, stomp_transport() as transport:
            for name in ("one", "two", "one"):
                assert (await transport.send(stomp_message(broker.address, integration=name))).succeeded
        assert broker.visits == 2

    run(test())


def test_a_changed_configuration_takes_a_new_connection_and_closes_the_old_one_when_it_is_done(
    run, fake_broker, stomp_transport, stomp_message
):
    async def test():
        let_go, closed = asyncio.Event(), asyncio.Event()

        async def script(visit):
            if visit.number > 1:
                await visit.serve()
                return
            await visit.connected()
            message = await visit.message()
            await let_go.wait()
            await visit.receipt(message)
            frame = await visit.receive()
            assert frame.command == "DISCONNECT"
            await visit.receipt(frame)
            closed.set()

        async with fake_broker(script) as broker, stomp_transport() as transport:
            first = asyncio.create_task(transport.send(stomp_message(broker.address)))
            await broker.until(lambda: len(broker.sent) == 1)
            assert (await transport.send(stomp_message(broker.address, destination="/queue/new"))).succeeded
            assert not first.done()
            let_go.set()
            assert (await first).succeeded
            async with asyncio.timeout(5):
                await closed.wait()
        assert [sent.headers["destination"] for sent in broker.sent] == ["/queue/orders", "/queue/new"]

    run(test())


def test_an_idle_connection_is_closed_and_the_next_message_opens_another(
    run, fake_broker, stomp_transport, stomp_message
):
    async def test():
        gone = asyncio.Event()

        async def script(visit):
            await visit.serve()
            gone.set()

        async with fake_broker(script) as broker, stomp_transport(idle=0.05) as transport:
            assert (await transport.send(stomp_message(broker.address))).succeeded
            async with asyncio.timeout(5):
                await gone.wait()
            assert (await transport.send(stomp_message(broker.address))).succeeded
        assert broker.visits == 2

    run(test())


def test_behind_a_barrier_no_outcome_is_read_before_all_are_written(run, fake_broker, stomp_transport, stomp_message):
    async def test():
        async with fake_broker() as broker, stomp_transport() as transport:
            barrier = WrittenBarrier(3)
            places = [barrier.place() for _ in range(3)]
            first = [
                asyncio.create_task(transport.send(stomp_message(broker.address, barrier=place)))
                for place in places[:2]
            ]
            await broker.until(lambda: len(broker.sent) == 2)
            await asyncio.wait(first, timeout=0.05)
            assert not any(send.done() for send in first)
            last = await transport.send(stomp_message(broker.address, integration="other", barrier=places[2]))
            assert all(outcome.succeeded for outcome in [last, *await asyncio.gather(*first)])

    run(test())


def test_who_cannot_write_does_not_keep_the_barrier_closed(run, fake_broker, stomp_transport, stomp_message):
    async def test():
        async with fake_broker() as broker, stomp_transport() as transport:
            barrier = WrittenBarrier(4)
            outcomes = await asyncio.gather(
                transport.send(stomp_message(broker.address, barrier=barrier.place())),
                transport.send(stomp_message("stomp://127.0.0.1:1", integration="nobody", barrier=barrier.place())),
                transport.send(stomp_message("stomp://203.0.113.9", integration="far", barrier=barrier.place())),
                transport.send(stomp_message("http://127.0.0.1", integration="odd", barrier=barrier.place())),
            )
        assert [outcome.succeeded for outcome in outcomes] == [True, False, False, False]

    run(test())


def test_a_cancelled_member_leaves_the_barrier(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.until_closed()

    async def test():
        async with fake_broker(script) as silent, fake_broker() as broker, stomp_transport() as transport:
            barrier = WrittenBarrier(2)
            waiting = asyncio.create_task(
                transport.send(stomp_message(silent.address, integration="silent", barrier=barrier.place()))
            )
            send = asyncio.create_task(transport.send(stomp_message(broker.address, barrier=barrier.place())))
            await broker.until(lambda: len(broker.sent) == 1)
            waiting.cancel()
            assert (await send).succeeded
            with pytest.raises(asyncio.CancelledError):
                await waiting

    run(test())


def test_a_password_is_in_no_log_and_no_repr(run, fake_broker, stomp_transport, stomp_message, caplog):
    async def refusing(visit):
        await visit.receive()
        await visit.send("ERROR", {"message": "access refused"})

    async def test():
        async with fake_broker() as broker, fake_broker(refusing) as other, stomp_transport() as transport:
            login = {"username": "ep", "password": "hunter2hunter2"}
            assert (await transport.send(stomp_message(broker.address, **login))).succeeded
            failed = await transport.send(stomp_message(other.address, integration="other", **login))
            lanes = repr([lane.connection for lane in transport._lanes.values()])
            assert "hunter2" not in f"{failed}{transport!r}{lanes}"

    with caplog.at_level(logging.DEBUG):
        run(test())
    assert "hunter2" not in caplog.text


def test_an_integration_of_another_type_is_told_so(run, stomp_transport, stomp_message, webhook_message):
    async def test():
        integration = webhook_message("http://127.0.0.1:9/").integration
        async with stomp_transport() as transport:
            outcome = await transport.send(stomp_message("stomp://127.0.0.1")._replace(integration=integration))
        assert outcome.error == "This integration is not of type stomp, so it has no broker to send to"

    run(test())
