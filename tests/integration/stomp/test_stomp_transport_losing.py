"""What becomes of messages when the broker refuses, stalls or goes away."""

import asyncio
import socket

import pytest


def sent_together(run, fake_broker, stomp_transport, stomp_message, script, count, **limits):
    """The outcomes of messages sent at the same moment, each with its number as its body; and the broker."""

    async def test():
        async with fake_broker(script) as broker, stomp_transport(**limits) as transport:
            messages = [stomp_message(broker.address, body=b"%d" % number) for number in range(count)]
            return await asyncio.gather(*(transport.send(message) for message in messages)), broker

    return run(test())


@pytest.fixture
def together(run, fake_broker, stomp_transport, stomp_message):
    def go(script, count, **limits):
        return sent_together(run, fake_broker, stomp_transport, stomp_message, script, count, **limits)

    return go


def test_closed_after_the_message_and_before_its_receipt(together):
    async def script(visit):
        await visit.connected()
        await visit.message()

    (outcome,), broker = together(script, 1)
    assert not outcome.succeeded
    assert outcome.error == (
        f"The connection to 127.0.0.1:{broker.port} was lost before the broker's receipt: it closed the connection"
    )


def test_reset_in_the_middle(together):
    async def script(visit):
        await visit.connected()
        await visit.message()
        sock = visit.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        visit.writer.transport.abort()

    (outcome,), broker = together(script, 1)
    assert outcome.error == (
        f"The connection to 127.0.0.1:{broker.port} was lost before the broker's receipt: Connection reset by peer"
    )


def test_what_had_its_receipt_before_the_connection_was_lost_is_delivered(together):
    async def script(visit):
        await visit.connected()
        messages = [await visit.message() for _ in range(5)]
        for message in messages[:3]:
            await visit.receipt(message)

    outcomes, _ = together(script, 5)
    assert [outcome.succeeded for outcome in outcomes] == [True, True, True, False, False]


def test_what_did_not_fit_into_the_window_goes_over_the_next_connection(together):
    async def script(visit):
        if visit.number == 1:
            await visit.connected()
            await visit.message()
        else:
            await visit.serve()

    outcomes, broker = together(script, 5, window=1)
    assert [outcome.succeeded for outcome in outcomes] == [False, True, True, True, True]
    assert broker.visits == 2


def test_an_error_about_one_message_is_its_outcome_in_the_brokers_words(together):
    async def script(visit):
        await visit.connected()
        messages = [await visit.message() for _ in range(3)]
        await visit.receipt(messages[0])
        await visit.send(
            "ERROR",
            {"message": "No room: /queue/orders", "receipt-id": messages[1].headers["receipt"]},
            b"java.lang.Exception: No room: /queue/orders\n\tat java.lang.Thread.run(Thread.java:840)\n",
        )

    outcomes, broker = together(script, 3)
    lost = f"The connection to 127.0.0.1:{broker.port} was lost before the broker's receipt"
    assert [outcome.error for outcome in outcomes] == [
        None,
        "The broker answered ERROR: No room: /queue/orders",
        f"{lost}: it answered another message with ERROR: No room: /queue/orders",
    ]


def test_after_an_error_what_the_broker_took_all_the_same_is_delivered(together):
    async def script(visit):
        await visit.connected()
        messages = [await visit.message() for _ in range(3)]
        await visit.send("ERROR", {"message": "Unknown destination"}, b"'/nowhere' is not a valid destination")
        await visit.receipt(messages[0])
        await visit.receipt(messages[2])
        await visit.farewell()

    outcomes, _ = together(script, 3)
    assert [outcome.error for outcome in outcomes] == [
        None,
        "The broker answered ERROR: Unknown destination: '/nowhere' is not a valid destination",
        None,
    ]


def test_an_error_that_does_not_say_which_message_it_means_is_told_to_all_that_are_left(together):
    async def script(visit):
        await visit.connected()
        for _ in range(3):
            await visit.message()
        await visit.send("ERROR", {"message": "Unknown destination"})
        await visit.farewell()

    outcomes, broker = together(script, 3)
    lost = f"The connection to 127.0.0.1:{broker.port} was lost before the broker's receipt"
    assert {outcome.error for outcome in outcomes} == {f"{lost}: it answered ERROR: Unknown destination"}


def test_an_error_without_a_word_still_makes_a_sentence(together):
    async def script(visit):
        await visit.connected()
        await visit.message()
        await visit.write(b"ERROR\n\n\0")

    (outcome,), _ = together(script, 1)
    assert outcome.error == "The broker answered ERROR: an ERROR without a word"


def test_a_receipt_that_does_not_come_fails_the_attempt_and_nothing_else(together):
    async def script(visit):
        await visit.connected()
        messages = [await visit.message() for _ in range(3)]
        await visit.receipt(messages[0])
        await visit.receipt(messages[2])
        await visit.farewell()

    outcomes, broker = together(script, 3, receipt=0.2)
    assert [outcome.error for outcome in outcomes] == [
        None,
        f"127.0.0.1:{broker.port} gave no receipt within 0.2 s",
        None,
    ]
    assert outcomes[1].processing_time >= 0.2
    assert broker.visits == 1


def test_a_broker_that_reads_nothing_any_more_is_given_up(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        if visit.number > 1:
            await visit.serve()
            return
        await visit.connected()
        visit.writer.transport.pause_reading()
        await asyncio.Event().wait()

    async def test():
        async with fake_broker(script) as broker, stomp_transport(receipt=0.2) as transport:
            stalled = await transport.send(stomp_message(broker.address, body=b"x" * 30_000_000))
            assert stalled.error == f"127.0.0.1:{broker.port} gave no receipt within 0.2 s"
            assert (await transport.send(stomp_message(broker.address))).succeeded
        assert broker.visits == 2

    run(test())


def test_garbage_in_the_middle_ends_the_connection(together):
    async def script(visit):
        await visit.connected()
        await visit.message()
        await visit.write(b"NONSENSE\n\n\0")
        await visit.until_closed()

    (outcome,), broker = together(script, 1)
    assert outcome.error == (
        f"The connection to 127.0.0.1:{broker.port} was lost before the broker's receipt: "
        f"127.0.0.1:{broker.port} does not speak STOMP; it answered 'NONSENSE\\n\\n'"
    )


def test_a_frame_without_end_ends_the_connection(together):
    async def script(visit):
        await visit.connected()
        await visit.message()
        await visit.write(b"x" * 2_000_000)
        await visit.until_closed()

    (outcome,), _ = together(script, 1)
    assert outcome.error is not None
    assert "does not speak STOMP" in outcome.error


def test_a_length_that_no_number_can_be_ends_the_connection(together, caplog):
    async def script(visit):
        await visit.connected()
        await visit.message()
        await visit.write(b"RECEIPT\ncontent-length:" + b"9" * 5000 + b"\n\n\0")
        await visit.until_closed()

    (outcome,), _ = together(script, 1)
    assert outcome.error is not None
    assert "does not speak STOMP" in outcome.error


# Heart-beats


def test_a_heart_beat_is_kept_while_there_is_nothing_to_say(run, fake_broker, stomp_transport, stomp_message):
    async def test():
        beats = asyncio.get_running_loop().create_future()

        async def script(visit):
            await visit.connected(**{"heart-beat": "0,100"})
            await visit.receipt(await visit.message())
            beats.set_result(await visit.reader.readexactly(5))
            await visit.receipt(await visit.message())
            await visit.farewell()

        async with fake_broker(script) as broker, stomp_transport(heart_beat=0.1) as transport:
            assert (await transport.send(stomp_message(broker.address))).succeeded
            async with asyncio.timeout(5 * 0.1):
                assert await beats == b"\n" * 5
            assert (await transport.send(stomp_message(broker.address))).succeeded

    run(test())


def test_a_broker_whose_heart_beat_is_missing_is_given_up(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.connected(**{"heart-beat": "100,0"})
        await visit.message()
        await visit.until_closed()

    async def test():
        async with fake_broker(script) as broker, stomp_transport(heart_beat=0.1) as transport:
            outcome = await transport.send(stomp_message(broker.address))
        assert outcome.error == (
            f"The connection to 127.0.0.1:{broker.port} was lost before the broker's receipt: "
            "it was silent for 0.2 s, its heart-beat missing"
        )

    run(test())


def test_a_broker_that_beats_is_not_given_up(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.connected(**{"heart-beat": "50,0"})
        message = await visit.message()
        for _ in range(10):
            await visit.write(b"\n")
            await asyncio.sleep(0.05)
        await visit.receipt(message)
        await visit.farewell()

    async def test():
        async with fake_broker(script) as broker, stomp_transport(heart_beat=0.05) as transport:
            outcome = await transport.send(stomp_message(broker.address))
        assert outcome.succeeded

    run(test())


@pytest.mark.parametrize("header", ["0,0", "soon,never", ""])
def test_a_broker_that_wants_no_heart_beat_gets_none(run, fake_broker, stomp_transport, stomp_message, header):
    async def script(visit):
        await visit.connected(**{"heart-beat": header})
        message = await visit.message()
        with pytest.raises(TimeoutError):
            await visit.receive(0.2)
        await visit.receipt(message)
        await visit.farewell()
        assert visit.beats == 0

    async def test():
        async with fake_broker(script) as broker, stomp_transport(heart_beat=0.05) as transport:
            assert (await transport.send(stomp_message(broker.address))).succeeded

    run(test())


# Again and again


def test_a_broker_that_goes_away_again_and_again_loses_nothing_that_is_sent_again(
    run, fake_broker, stomp_transport, stomp_message
):
    async def script(visit):
        await visit.connected()
        for _ in range(visit.number * 7):
            frame = await visit.receive()
            await visit.receipt(frame)
            if frame.command == "DISCONNECT":
                return
            visit.broker.sent.append(frame)

    async def test():
        delivered: set[bytes] = set()
        async with fake_broker(script) as broker, stomp_transport(window=16) as transport:

            async def until_delivered(body):
                while not (await transport.send(stomp_message(broker.address, body=body))).succeeded:
                    pass
                delivered.add(body)

            bodies = {b"%d" % number for number in range(100)}
            await asyncio.gather(*(until_delivered(body) for body in bodies))
        assert delivered == bodies
        assert {sent.body for sent in broker.sent} == bodies
        assert broker.visits > 3

    run(test())
