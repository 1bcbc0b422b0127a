"""The broker as it listens: sockets, timers, TLS, and what its owner can ask of it."""

import asyncio
import ssl

import pytest
import trustme

from emulator.domain.errors import EnvironmentFault, InvalidInput, UnknownWord
from emulator.domain.integration import IntegrationType
from emulator.runtime.stomp.behaviour import BrokerBehaviour
from emulator.runtime.stomp.broker import Broker
from emulator.runtime.stomp.limits import Limits

KIB = 1024
MIB = 1024 * KIB


def test_a_message_goes_through_with_a_receipt(run, listening):
    async def go():
        async with listening() as site:
            sender, receiver = await site.client(), await site.client()
            receiver.send("SUBSCRIBE", id="1", destination="/queue/a", ack="client")
            sender.send("SEND", "grüße".encode(), destination="/queue/a", receipt="r1")
            receipt, message = await sender.frame(), await receiver.frame()
            assert receipt.headers["receipt-id"] == "r1"
            assert message.body.decode() == "grüße"
            assert site.queue("/queue/a").in_flight == 1
            receiver.send("ACK", id=message.headers["ack"], receipt="r2")
            await receiver.frame()
            assert (site.queue("/queue/a").waiting, site.queue("/queue/a").in_flight) == (0, 0)

    run(go())


def test_pipelined_frames_are_answered_in_order_whole_turns_apart(run, listening):
    async def go():
        async with listening() as site:
            client = await site.open()
            client.send("CONNECT", accept_version="1.2", host="/")
            for number in range(1_000):
                client.send("SEND", b"x", destination="/queue/a", receipt=number)
            client.send("DISCONNECT", receipt="bye")
            assert (await client.frame()).command == "CONNECTED"
            receipts = [(await client.frame()).headers["receipt-id"] for _ in range(1_001)]
            assert receipts == [*map(str, range(1_000)), "bye"]
            assert await client.frame() is None
            assert site.queue("/queue/a").waiting == 1_000

    run(go())


def test_bodies_of_a_megabyte_and_more_arrive(run, listening):
    async def go():
        async with listening() as site:
            client = await site.client()
            client.send("SUBSCRIBE", id="1", destination="/queue/a", ack="auto")
            for size in (MIB, 9 * MIB):
                body = bytes(range(256)) * (size // 256)
                client.send("SEND", body, destination="/queue/a")
                assert (await client.frame()).body == body

    run(go())


def test_a_client_that_is_cut_off_leaves_its_messages(run, listening):
    async def go():
        async with listening() as site:
            gone, heir = await site.client(), await site.client()
            for number in range(5):
                gone.send("SEND", b"%d" % number, destination="/queue/a")
            gone.send("SUBSCRIBE", id="1", destination="/queue/a", ack="client-individual")
            for _ in range(5):
                await gone.frame()
            gone.writer.transport.abort()
            heir.send("SUBSCRIBE", id="1", destination="/queue/a", ack="auto")
            frames = [await heir.frame() for _ in range(5)]
            assert [frame.body for frame in frames] == [b"0", b"1", b"2", b"3", b"4"]
            assert {frame.headers["redelivered"] for frame in frames} == {"true"}

    run(go())


def test_what_was_sent_before_a_half_close_is_still_done_and_answered(run, listening):
    async def go():
        async with listening() as site:
            client = await site.open()
            client.send("CONNECT", accept_version="1.2", host="/")
            for number in range(500):
                client.send("SEND", b"x", destination="/queue/a", receipt=number)
            client.writer.write_eof()
            for _ in range(501):
                assert (await client.frame()).command in ("CONNECTED", "RECEIPT")
            assert await client.frame() is None

    run(go())


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\nCONNECT\n\n\0SEND\ndestination:/queue/a\n\nx\0",
    ],
)
def test_a_web_page_gets_no_answer_and_smuggles_nothing(run, listening, request_):
    async def go():
        async with listening() as site:
            client = await site.open()
            client.writer.write(request_)
            assert await client.frame() is None
            assert site.broker.queues() == []

    run(go())


def test_the_first_frame_must_connect(run, listening):
    async def go():
        async with listening() as site:
            client = await site.open()
            client.send("SEND", b"x", destination="/queue/a")
            frame = await client.frame()
            assert frame.command == "ERROR"
            assert frame.headers["message"] == "CONNECT expected"
            assert await client.frame() is None
            assert site.broker.queues() == []

    run(go())


def test_an_error_reaches_a_client_that_goes_on_writing(run, listening):
    """A socket that is closed with something unread is reset, and the peer loses what it had not read yet."""

    async def go():
        async with listening() as site:
            client = await site.client()
            client.send("NONSENSE")
            for _ in range(2_000):
                client.send("SEND", b"x" * KIB, destination="/queue/a")
            frame = await client.frame()
            assert frame.headers["message"] == "Unknown command"

    run(go())


def test_a_client_that_never_connects_is_sent_away(run, listening):
    async def go():
        async with listening(limits=Limits(connect_seconds=0.05)) as site:
            client = await site.open()
            assert "within 0.05 seconds" in (await client.frame()).body.decode()
            assert await client.frame() is None

    run(go())


def test_a_client_that_does_not_close_after_its_error_is_closed(run, listening):
    async def go():
        async with listening(limits=Limits(linger_seconds=0.05)) as site:
            client = await site.client()
            client.send("NONSENSE")
            await client.frame()
            reader = client.writer.transport
            await site.until(lambda: not site.broker.connections)
            reader.abort()

    run(go())


def test_connections_are_counted(run, listening):
    async def go():
        async with listening(limits=Limits(connections=2, linger_seconds=0.05)) as site:
            first, _ = await site.client(), await site.client()
            refused = await site.open()
            assert (await refused.frame()).headers["message"] == "Too many connections"
            refused.close()
            first.close()
            await site.until(lambda: site.broker.connections == 1)
            await site.client()

    run(go())


def test_the_broker_beats_when_it_has_nothing_to_say(run, listening):
    async def go():
        async with listening(limits=Limits(least_heart_beat_ms=1)) as site:
            client = await site.open()
            connected = await client.connect(**{"heart-beat": "0,20"})
            assert connected.headers["heart-beat"] == "20,0"
            for _ in range(3):
                assert set(await client.heart_beat()) == {ord("\n")}

    run(go())


def test_a_client_that_stops_beating_is_dropped_and_its_messages_go_to_others(run, listening):
    async def go():
        async with listening(limits=Limits(least_heart_beat_ms=1)) as site:
            silent, other = await site.open(), await site.client()
            await silent.connect(**{"heart-beat": "400,0"})
            other.send("SEND", b"m", destination="/queue/a")
            silent.send("SUBSCRIBE", id="1", destination="/queue/a", ack="client")
            assert (await silent.frame()).body == b"m"
            other.send("SUBSCRIBE", id="1", destination="/queue/a", ack="auto")
            assert "was agreed for every 400 ms" in (await silent.frame()).body.decode()
            assert (await other.frame()).headers["redelivered"] == "true"

    run(go())


def test_a_client_that_beats_stays(run, listening):
    async def go():
        async with listening(limits=Limits(least_heart_beat_ms=1, heart_beat_grace=20)) as site:
            client = await site.open()
            # Its own beats say when to beat: twenty of them take longer than the grace of the other direction.
            await client.connect(**{"heart-beat": "5,20"})
            for _ in range(20):
                await client.heart_beat()
                client.writer.write(b"\n")
            client.send("SEND", destination="/queue/a", receipt="still here")
            assert (await client.frame()).headers["receipt-id"] == "still here"

    run(go())


def test_a_consumer_that_does_not_read_gets_no_more_than_fits_its_buffers(run, listening):
    async def go():
        async with listening(limits=Limits(write_buffer_bytes=64 * KIB)) as site:
            stuck, sender = await site.client(), await site.client()
            stuck.writer.transport.pause_reading()
            stuck.send("SUBSCRIBE", id="1", destination="/queue/a", ack="auto")
            for _ in range(300):
                sender.send("SEND", b"x" * 100 * KIB, destination="/queue/a")
            sender.send("SEND", b"last", destination="/queue/a", receipt="all")
            await sender.frame()
            assert site.queue("/queue/a").waiting > 100
            sender.send("SUBSCRIBE", id="1", destination="/queue/a", ack="auto")
            while (await sender.frame()).body != b"last":
                pass
            assert site.queue("/queue/a").waiting == 0

    run(go())


def test_tls_and_plain_are_one_broker(run, listening):
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)

    async def go():
        async with listening(ssl_context=server) as site:
            assert site.broker.queues() == []
            plain = await site.broker.start("127.0.0.1", 0)
            sender = await site.open(ssl=client)
            await sender.connect()
            sender.send("SEND", b"m" * MIB, destination="/queue/a", receipt="r")
            await sender.frame()
            assert site.queue("/queue/a").address == f"stomp+ssl://127.0.0.1:{site.port}"
            site.port = plain
            receiver = await site.client()
            receiver.send("SUBSCRIBE", id="1", destination="/queue/a")
            assert len((await receiver.frame()).body) == MIB
            sender.send("NONSENSE")
            assert (await sender.frame()).command == "ERROR"

    run(go())


def test_stopping_closes_everything_and_keeps_the_messages(run, listening):
    async def go():
        async with listening() as site:
            client = await site.client()
            client.send("SEND", b"m", destination="/queue/a")
            client.send("SUBSCRIBE", id="1", destination="/queue/a", ack="client")
            first = await client.frame()
            await site.broker.stop()
            assert await client.frame() is None
            with pytest.raises(ConnectionRefusedError):
                await site.open()
            assert await site.broker.start("127.0.0.1", site.port) == site.port
            again = await site.client()
            again.send("SUBSCRIBE", id="1", destination="/queue/a")
            second = await again.frame()
            assert second.headers["redelivered"] == "true"
            assert second.headers["message-id"] == first.headers["message-id"]

    run(go())


def test_a_taken_port_is_a_sentence(run, listening):
    async def go():
        async with listening() as site:
            with pytest.raises(EnvironmentFault, match=f"port {site.port} is taken"):
                await Broker().start("127.0.0.1", site.port)

    run(go())


def test_looking_does_not_consume_and_purging_empties(run, listening):
    async def go():
        async with listening() as site:
            client = await site.client()
            for number in range(5):
                client.send("SEND", b"%d" % number, destination="/queue/a", colour="b:lue", receipt=number)
                await client.frame()
            client.send("SUBSCRIBE", id="1", destination="/queue/a", ack="client", **{"activemq.prefetchSize": "2"})
            await client.frame()
            seen = site.broker.peek("/queue/a", 3)
            assert [(message.body, message.in_flight, message.received) for message in seen] == [
                ("0", True, 1),
                ("1", True, 1),
                ("2", False, 0),
            ]
            assert seen[0].headers == {"colour": "b:lue"}
            assert seen[0].sent_at <= seen[1].sent_at
            assert len({message.id for message in seen}) == 3
            assert site.broker.purge("/queue/a") == 3
            (view,) = site.broker.queues()
            assert (view.integration_type, view.name) == (IntegrationType.STOMP, "/queue/a")
            assert view.address == f"stomp://127.0.0.1:{site.port}"
            assert (view.waiting, view.in_flight) == (0, 2)

    run(go())


def test_queues_can_be_there_before_they_are_used():
    broker = Broker(behaviour=BrokerBehaviour.RABBITMQ)
    broker.ensure("/queue/orders")
    broker.ensure("/topic/orders")
    assert [view.name for view in broker.queues()] == ["/queue/orders"]
    assert broker.peek("/queue/orders", 10) == []
    with pytest.raises(InvalidInput, match="'/nowhere' is not a known destination"):
        broker.ensure("/nowhere")
    with pytest.raises(InvalidInput, match="'/nowhere' is not a known destination"):
        broker.peek("/nowhere", 1)
    with pytest.raises(UnknownWord, match="unknown queue '/queue/order'; did you mean '/queue/orders'"):
        broker.purge("/queue/order")


def test_a_full_queue_is_told_to_the_client_and_once_to_the_owner(run, listening):
    async def go():
        async with listening(limits=Limits(queue_messages=2)) as site:
            for _ in range(2):
                client = await site.client()
                for number in range(3):
                    client.send("SEND", b"x", destination="/queue/a", receipt=number)
                while (frame := await client.frame()).command == "RECEIPT":
                    pass
                assert frame.headers["message"] == "Queue is full"
            (notice,) = site.notices
            assert notice.startswith("the queue '/queue/a' holds 2 messages")

    run(go())


def test_half_sent_frames_count_as_memory(run, listening):
    async def go():
        async with listening(limits=Limits(memory_bytes=MIB)) as site:
            first, second = await site.client(), await site.client()
            half = b"SEND\ndestination:/queue/a\n\n" + b"x" * 700 * KIB
            first.writer.write(half)
            second.writer.write(half)
            errors = [asyncio.create_task(client.frame()) for client in (first, second)]
            done, waiting = await asyncio.wait(errors, return_when=asyncio.FIRST_COMPLETED)
            (refused,) = [task.result() for task in done]
            assert refused.headers["message"] == "Broker is full"
            (survivor,) = [client for client, task in zip((first, second), errors, strict=True) if task in waiting]
            survivor.writer.write(b"\0")
            survivor.send("SEND", destination="/queue/b", receipt="r")
            assert (await waiting.pop()).headers["receipt-id"] == "r"

    run(go())


def test_a_client_that_reads_no_receipts_is_not_read_either(run, listening):
    """Otherwise its receipts would pile up here."""

    async def go():
        async with listening(limits=Limits(write_buffer_bytes=KIB)) as site:
            client = await site.client()
            client.writer.transport.pause_reading()
            receipt = "r" * 9_000
            sent = 0
            # Until neither side takes any more: what was sent is then in buffers, whose sizes have bounds.
            while client.writer.transport.get_write_buffer_size() < MIB:
                client.send("SEND", destination="/queue/a", receipt=receipt)
                sent += 1
                await asyncio.sleep(0)
            handled = site.queue("/queue/a").waiting
            assert handled < sent
            other = await site.client()
            other.send("SEND", destination="/queue/b", receipt="fine")
            assert (await other.frame()).headers["receipt-id"] == "fine"
            client.writer.transport.resume_reading()
            for _ in range(sent):
                assert (await client.frame()).command == "RECEIPT"
            assert site.queue("/queue/a").waiting == sent

    run(go())


def test_stopping_waits_for_nobody_who_does_not_read(run, listening):
    async def go():
        async with listening() as site:
            stuck, other = await site.client(), await site.client()
            stuck.writer.transport.pause_reading()
            stuck.send("SUBSCRIBE", id="1", destination="/queue/a", ack="auto")
            # More than the buffers between the two take: the rest waits in the queue, and the broker to write.
            for number in range(24):
                other.send("SEND", b"x" * MIB, destination="/queue/a", receipt=number)
                assert (await other.frame()).headers["receipt-id"] == str(number)
            await site.until(lambda: site.queue("/queue/a").waiting)
            async with asyncio.timeout(4):
                await site.broker.stop()
            assert site.broker.connections == 0

    run(go())
