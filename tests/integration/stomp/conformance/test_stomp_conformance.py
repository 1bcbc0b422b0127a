"""One suite over our broker and the real ones: what STOMP says, and where ActiveMQ and RabbitMQ go their own ways.

The client is a raw one. Where brokers differ, the test has a table by behaviour, which the embedded broker has to meet
in both of its behaviours; so a row of such a table is a fact about the real broker of that name.
"""

import asyncio
import queue as threads
import ssl

import pytest

NUMBERS = [b"one", b"two", b"three"]


async def consume(stream, queue, ack="auto", **headers):
    await stream.settled("SUBSCRIBE", {"id": "s", "destination": queue, "ack": ack, **headers})


async def fill(stream, queue, bodies):
    for body in bodies:
        await stream.settled("SEND", {"destination": queue, "persistent": "true"}, body)


async def bodies(stream, count):
    return [(await stream.receive()).body for _ in range(count)]


# Connecting


@pytest.mark.parametrize(
    ("offered", "agreed"), [("1.0", "1.0"), ("1.1", "1.1"), ("1.2", "1.2"), ("1.0,1.1,1.2", "1.2"), ("1.1,7.0", "1.1")]
)
def test_the_newest_version_that_both_speak_is_agreed_on(connect, offered, agreed):
    async def test():
        async with connect(offered) as stream:
            assert stream.answer.headers["version"] == agreed

    asyncio.run(test())


def test_a_client_that_says_nothing_of_versions_speaks_the_first(broker, stomp_stream):
    async def test():
        async with stomp_stream(broker.program.port) as stream:
            await stream.send("CONNECT", login=broker.login, passcode=broker.passcode)
            answer = await stream.receive()
            assert answer.command == "CONNECTED"
            assert answer.headers.get("version", "1.0") == "1.0"

    asyncio.run(test())


def test_stomp_is_another_word_for_connect(broker, stomp_stream):
    async def test():
        async with stomp_stream(broker.program.port) as stream:
            login = {"login": broker.login, "passcode": broker.passcode}
            await stream.send("STOMP", {"accept-version": "1.2", "host": "/", **login})
            assert (await stream.receive()).command == "CONNECTED"

    asyncio.run(test())


@pytest.mark.parametrize(
    "headers",
    [
        {"accept-version": "9.9", "login": "ep", "passcode": "correct horse"},
        {"accept-version": "1.2", "login": "ep", "passcode": "wrong"},
        {"accept-version": "1.2", "login": "nobody", "passcode": "correct horse"},
        {"accept-version": "1.2"},
    ],
    ids=["no common version", "wrong passcode", "unknown login", "no login"],
)
def test_who_may_not_connect_gets_an_error_and_nothing_else(broker, stomp_stream, headers):
    """RabbitMQ leaves the connection open for another CONNECT, the others close it."""

    async def refused():
        async with stomp_stream(broker.program.port) as stream:
            error = await stream.receive_or_end("CONNECT", **{"host": "/", **headers})
            if error is None and broker.may_refuse_in_silence:
                return False
            assert error is not None, "closed without a word"
            assert error.command == "ERROR"
            assert error.headers["message"]
            after = await stream.receive_or_end("SEND", destination="/queue/nobody", receipt="r")
            assert after is None or after.command == "ERROR"
            return True

    async def test():
        assert any([await refused() for _ in range(5)]), "never said why"

    asyncio.run(test())


def test_over_tls_it_is_the_same(broker, connect, queue):
    async def test():
        async with connect(tls=ssl.create_default_context(cafile=broker.ca_file)) as stream:
            await consume(stream, queue)
            await fill(stream, queue, [b"x" * 100_000, b"hello"])
            assert await bodies(stream, 2) == [b"x" * 100_000, b"hello"]

    asyncio.run(test())


def test_a_certificate_of_an_authority_unknown_to_the_client_is_its_to_refuse(connect):
    async def test():
        with pytest.raises(ssl.SSLCertVerificationError):
            async with connect(tls=ssl.create_default_context()):
                pytest.fail("connected")

    asyncio.run(test())


def test_disconnect_gets_its_receipt(connect):
    async def test():
        async with connect() as stream:
            await stream.settled("DISCONNECT")
            await stream.until_closed()

    asyncio.run(test())


# Sending and receiving


def test_a_message_arrives_as_it_was_sent(connect, queue):
    async def test():
        async with connect() as stream:
            await consume(stream, queue)
            headers = {"destination": queue, "content-type": "application/json", "persistent": "true", "mine": "1"}
            await stream.settled("SEND", {**headers, "content-length": 9}, b'{"id": 1}')
            message = await stream.receive()
        assert message.command == "MESSAGE"
        assert message.body == b'{"id": 1}'
        assert message.headers["destination"] == queue
        assert message.headers["subscription"] == "s"
        assert message.headers["content-type"] == "application/json"
        assert message.headers["mine"] == "1"
        assert message.headers["message-id"]
        assert message.headers.get("redelivered", "false") == "false"

    asyncio.run(test())


@pytest.mark.parametrize(
    "body",
    ["Zoë ☕ 日本".encode(), b"\0", b"one\0two\0\0three", b"\n\n", b"x" * 1_000_000],
    ids=["utf-8", "nul", "nuls", "lines", "1 MB"],
)
def test_a_body_may_be_any_bytes(connect, queue, body):
    async def test():
        async with connect() as stream:
            await consume(stream, queue)
            await stream.settled("SEND", {"destination": queue, "content-length": len(body)}, body)
            assert (await stream.receive()).body == body

    asyncio.run(test())


def test_an_empty_body_is_a_message_too(connect, queue):
    async def test():
        async with connect() as stream:
            await consume(stream, queue)
            await fill(stream, queue, [b"", b"after"])
            assert await bodies(stream, 2) == [b"", b"after"]

    asyncio.run(test())


@pytest.mark.parametrize("value", ["a:b", "back\\slash", "two\nlines", "a\rreturn", "\\n", "Zoë ☕", " spaces "])
def test_a_header_may_hold_what_has_to_be_escaped(connect, queue, value):
    async def test():
        async with connect() as stream:
            await consume(stream, queue)
            await stream.settled("SEND", {"destination": queue, "odd": value}, b"x")
            assert (await stream.receive()).headers["odd"] == value

    asyncio.run(test())


def test_frames_may_come_many_at_a_time_and_in_pieces(connect, queue):
    async def test():
        async with connect() as stream:
            frames = b"".join(
                b"SEND\ndestination:%b\nreceipt:%d\n\n%d\0\n\n" % (queue.encode(), number, number)
                for number in range(200)
            )
            await stream.write(frames)
            receipts = [(await stream.receive()).headers["receipt-id"] for _ in range(200)]
            assert sorted(receipts, key=int) == [str(number) for number in range(200)]
            subscribe = b"SUBSCRIBE\r\nid:s\r\ndestination:%b\r\nack:auto\r\n\r\n\0" % queue.encode()
            for byte in subscribe:
                await stream.write(bytes([byte]))
            assert await bodies(stream, 200) == [b"%d" % number for number in range(200)]

    asyncio.run(test())


def test_whoever_comes_later_gets_what_is_in_the_queue_and_only_once(connect, queue):
    async def test():
        async with connect() as stream:
            await fill(stream, queue, NUMBERS)
        async with connect() as first:
            await consume(first, queue)
            assert await bodies(first, 3) == NUMBERS
            await first.settled("DISCONNECT")
        async with connect() as second:
            await consume(second, queue)
            assert await second.silent()

    asyncio.run(test())


def test_who_has_unsubscribed_gets_nothing_more(connect, queue):
    async def test():
        async with connect() as stream:
            await consume(stream, queue)
            await stream.settled("UNSUBSCRIBE", {"id": "s"})
            await fill(stream, queue, [b"one"])
            assert await stream.silent()

    asyncio.run(test())


def test_everybody_who_listens_gets_what_is_sent_to_a_topic_and_nobody_else(connect, queue):
    topic = queue.replace("/queue/", "/topic/")

    async def test():
        async with connect() as one, connect() as two, connect() as late:
            await fill(one, topic, [b"too early"])
            await consume(one, topic)
            await consume(two, topic)
            await fill(late, topic, [b"news"])
            assert await bodies(one, 1) == await bodies(two, 1) == [b"news"]
            await consume(late, topic)
            assert await late.silent()

    asyncio.run(test())


# Acknowledging


async def expect_again(connect, queue, *expected):
    """These are what a new consumer gets, marked as delivered before, and nothing else."""
    async with connect() as stream:
        await consume(stream, queue, "client-individual")
        for body in expected:
            message = await stream.receive()
            assert message.body == body
            assert message.headers["redelivered"] == "true"
            await stream.settled("ACK", {"id": message.headers["ack"]})
        assert await stream.silent()


def test_what_was_not_acknowledged_comes_again_when_the_consumer_has_gone(connect, queue):
    async def test():
        async with connect() as stream:
            await fill(stream, queue, NUMBERS)
            await consume(stream, queue, "client-individual")
            assert await bodies(stream, 3) == NUMBERS
        await expect_again(connect, queue, *NUMBERS)
        await expect_again(connect, queue)

    asyncio.run(test())


def test_client_individual_is_for_one_message(connect, queue):
    async def test():
        async with connect() as stream:
            await fill(stream, queue, NUMBERS)
            await consume(stream, queue, "client-individual")
            second = [await stream.receive() for _ in range(3)][1]
            await stream.settled("ACK", {"id": second.headers["ack"]})
        await expect_again(connect, queue, b"one", b"three")

    asyncio.run(test())


def test_client_is_for_all_messages_before(connect, queue):
    async def test():
        async with connect() as stream:
            await fill(stream, queue, NUMBERS)
            await consume(stream, queue, "client")
            second = [await stream.receive() for _ in range(3)][1]
            await stream.settled("ACK", {"id": second.headers["ack"]})
        await expect_again(connect, queue, b"three")

    asyncio.run(test())


def test_version_1_1_names_subscription_and_message(connect, queue):
    async def test():
        async with connect("1.1") as stream:
            await fill(stream, queue, NUMBERS)
            await consume(stream, queue, "client-individual")
            second = [await stream.receive() for _ in range(3)][1]
            await stream.settled("ACK", {"subscription": "s", "message-id": second.headers["message-id"]})
        await expect_again(connect, queue, b"one", b"three")

    asyncio.run(test())


def test_version_1_0_names_the_message(connect, queue):
    async def test():
        async with connect("1.0") as stream:
            await fill(stream, queue, NUMBERS)
            await consume(stream, queue, "client")
            second = [await stream.receive() for _ in range(3)][1]
            await stream.settled("ACK", {"message-id": second.headers["message-id"]})
        await expect_again(connect, queue, b"three")

    asyncio.run(test())


def test_nack_buries_the_message_with_activemq_and_queues_it_again_with_rabbitmq(broker, connect, queue):
    async def test():
        async with connect() as stream:
            await fill(stream, queue, [b"poison " + queue.encode()])
            await consume(stream, queue, "client-individual")
            message = await stream.receive()
            if broker.expects(activemq=False, rabbitmq=True):
                await stream.send("NACK", {"id": message.headers["ack"]})
                again = await stream.receive()
                assert again.headers["redelivered"] == "true"
                assert again.headers["destination"] == queue
            else:
                await stream.settled("NACK", {"id": message.headers["ack"]})
                assert await stream.silent()
                await stream.settled("UNSUBSCRIBE", {"id": "s"})
                await consume(stream, "/queue/ActiveMQ.DLQ")
                again = await stream.receive()
            assert again.body == b"poison " + queue.encode()

    asyncio.run(test())


# Transactions


def test_what_is_sent_in_a_transaction_arrives_when_it_is_committed(connect, queue):
    async def test():
        async with connect() as stream, connect() as other:
            await consume(other, queue)
            await stream.settled("BEGIN", {"transaction": "t"})
            for body in NUMBERS:
                await stream.send("SEND", {"destination": queue, "transaction": "t"}, body)
            assert await other.silent()
            await stream.settled("COMMIT", {"transaction": "t"})
            assert await bodies(other, 3) == NUMBERS

    asyncio.run(test())


def test_what_is_sent_in_a_transaction_that_is_aborted_never_was(connect, queue):
    async def test():
        async with connect() as stream:
            await consume(stream, queue)
            await stream.settled("BEGIN", {"transaction": "t"})
            await stream.send("SEND", {"destination": queue, "transaction": "t"}, b"never")
            await stream.settled("ABORT", {"transaction": "t"})
            await fill(stream, queue, [b"after"])
            assert await bodies(stream, 1) == [b"after"]

    asyncio.run(test())


def test_a_transaction_ends_with_its_connection(connect, queue):
    async def test():
        async with connect() as stream:
            await stream.settled("BEGIN", {"transaction": "t"})
            await stream.send("SEND", {"destination": queue, "transaction": "t"}, b"never")
            await fill(stream, queue, [b"apart from it"])
        async with connect() as stream:
            await consume(stream, queue)
            assert await bodies(stream, 1) == [b"apart from it"]
            assert await stream.silent()

    asyncio.run(test())


@pytest.mark.parametrize(("end", "left"), [("COMMIT", []), ("ABORT", [b"one"])])
def test_an_acknowledgement_in_a_transaction_counts_when_it_is_committed(connect, queue, end, left):
    async def test():
        async with connect() as stream:
            await fill(stream, queue, [b"one"])
            await consume(stream, queue, "client-individual")
            message = await stream.receive()
            await stream.settled("BEGIN", {"transaction": "t"})
            await stream.send("ACK", {"id": message.headers["ack"], "transaction": "t"})
            await stream.settled(end, {"transaction": "t"})
        await expect_again(connect, queue, *left)

    asyncio.run(test())


# Errors


def test_a_destination_that_nobody_has_heard_of(broker, connect, queue):
    async def test():
        async with connect() as stream:
            name = queue.replace("/queue/", "/nowhere/")
            await stream.send("SEND", {"destination": name, "receipt": "r"}, b"x")
            answer = await stream.receive()
            assert answer.command == broker.expects(activemq="RECEIPT", rabbitmq="ERROR")
            if answer.command == "ERROR":
                assert answer.headers["message"] == "Unknown destination"
                assert name in answer.body.decode()

    asyncio.run(test())


@pytest.mark.parametrize(
    ("command", "headers"),
    [
        ("FROB", {}),
        ("SEND", {}),
        ("SUBSCRIBE", {"id": "s"}),
        ("ACK", {"id": "no such message"}),
        ("COMMIT", {"transaction": "never begun"}),
    ],
)
def test_what_makes_no_sense_is_an_error(connect, command, headers):
    async def test():
        async with connect() as stream:
            await stream.send(command, headers)
            error = await stream.receive()
            assert error.command == "ERROR"
            assert error.headers["message"]

    asyncio.run(test())


# Heart-beats


def test_heart_beats_are_kept_both_ways(connect, queue):
    async def test():
        async with connect(heart_beat="200,200") as stream:
            can, wants = map(int, stream.answer.headers["heart-beat"].split(","))
            assert 0 < can <= 1000
            assert 0 < wants <= 1000
            while stream.beats < 3:
                await stream.write(b"\n")
                assert await stream.silent(0.1)
            await fill(stream, queue, [b"still here"])

    asyncio.run(test())


def test_who_promised_a_heart_beat_and_is_silent_is_given_up(connect):
    async def test():
        async with connect(heart_beat="300,0") as stream:
            began = asyncio.get_running_loop().time()
            await stream.until_closed()
            assert asyncio.get_running_loop().time() - began >= 0.3

    asyncio.run(test())


# A second opinion


def test_stomp_py_gets_along_with_it(broker, queue):
    import stomp

    arrived: threads.SimpleQueue[str] = threads.SimpleQueue()

    class Listener(stomp.ConnectionListener):
        def on_message(self, frame):
            arrived.put(frame.body)

        def on_error(self, frame):
            arrived.put(f"ERROR {frame.headers} {frame.body}")

    connection = stomp.Connection12([("127.0.0.1", broker.program.port)], vhost="/")
    connection.set_listener("test", Listener())
    connection.connect(broker.login, broker.passcode, wait=True)
    try:
        connection.subscribe(queue, id="s", ack="auto")
        connection.send(queue, "Zoë: ☕", content_type="text/plain", persistent="true")
        assert arrived.get(timeout=10) == "Zoë: ☕"
    finally:
        connection.disconnect(receipt="bye")
