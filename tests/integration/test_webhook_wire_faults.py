"""Faults on the wire, at a receiver that reads from the socket itself: it sees exactly them."""

import asyncio
import re
import ssl

import pytest
import trustme

from emulator.domain.wire_fault import ConnectionMode, WireFault
from emulator.transports import faulty_connection
from emulator.transports.pool import STOPPED
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

BODY = b'{"id":"1","payload":{"data":{"id":"2","type":"order"}}}'
SALTS = [0, 1 << 30, 1 << 31, (1 << 32) - 1]


def fault(mode, **fields):
    return WireFault(mode=ConnectionMode(mode), **fields)


@pytest.fixture
def send(run, bare_receiver, webhook_message):
    """Sends one message under this fault; what its receiver saw, and what came of it."""

    def go(wire, *, timeout=10.0, body=BODY, **how):
        async def sending():
            transport = WebhookTransport(reach=Reach(), timeout=timeout)
            async with bare_receiver(**how) as receiver:
                outcome = await transport.send(webhook_message(receiver.url, body=body)._replace(wire=wire))
                await receiver.until(lambda: receiver.seen[0].end != "open" if receiver.seen else False)
                await transport.aclose()
                (seen,) = receiver.seen
                return seen, outcome, receiver.url

        return run(sending())

    return go


@pytest.fixture
def by_turns(monkeypatch):
    """Lets a sender go on only when told, instead of when time has passed; `asked` are the pauses it wanted."""

    class Turns:
        def __init__(self):
            self.asked = []
            self.turn = asyncio.Semaphore(0)

        async def rest(self, exchange, seconds):
            self.asked.append(seconds)
            await self.turn.acquire()

        def next(self, _=None):
            self.turn.release()

    turns = Turns()
    monkeypatch.setattr(faulty_connection, "rest", turns.rest)
    return turns


@pytest.mark.parametrize("salt", SALTS)
def test_a_reset_comes_in_the_middle_of_the_request(salt, send):
    seen, outcome, url = send(fault("reset", salt=salt))
    part = len(seen.received)
    assert seen.end == "reset"
    assert seen.received.startswith(b"P")
    assert BODY not in seen.received
    assert (outcome.succeeded, outcome.status, outcome.body) == (False, None, "")
    said = re.fullmatch(
        r"The connection to (\S+) was reset after (\d+) of the request's (\d+) bytes \(injected\)", outcome.error
    )
    assert said
    assert said[1] in url
    assert int(said[2]) == part < int(said[3])


@pytest.mark.parametrize("salt", SALTS)
def test_a_connection_that_is_closed_early_ends_in_the_middle_of_the_request(salt, send):
    seen, outcome, _ = send(fault("close_early", salt=salt))
    assert seen.end == "closed"
    assert 0 < len(seen.received) < seen.received.find(BODY) % 10_000
    assert seen.requests == []
    assert outcome.status is None
    assert f"was closed after {len(seen.received)} of" in outcome.error
    assert outcome.error.endswith("(injected)")


def test_a_limit_lets_so_many_bytes_through_and_no_more(send):
    seen, outcome, _ = send(fault("limit", bytes=100))
    assert (seen.end, len(seen.received), seen.requests) == ("closed", 100, [])
    assert seen.received.startswith(b"POST /hook HTTP/1.1\r\nHost: ")
    assert "was closed after 100 of the request's" in outcome.error


def test_a_limit_of_nothing_lets_nothing_through(send):
    seen, outcome, _ = send(fault("limit", bytes=0))
    assert (seen.end, seen.received) == ("closed", b"")
    assert not outcome.succeeded


def test_a_request_within_the_limit_goes_as_ever(send):
    seen, outcome, _ = send(fault("limit", bytes=100_000))
    assert seen.received == seen.requests[0]
    assert (outcome.succeeded, outcome.status, outcome.body, outcome.error) == (True, 200, "ok", None)


@pytest.mark.parametrize("wire", [fault("timeout"), fault("timeout", delay=50_000)])
def test_a_timeout_connects_and_sends_nothing(wire, send):
    seen, outcome, url = send(wire, timeout=0.05)
    assert (seen.end, seen.received) == ("closed", b"")
    origin = url.split("/")[2]
    assert outcome.error == f"Nothing was sent to {origin} after connecting, until it was too late (injected)"
    assert 0.04 < outcome.processing_time < 10


def test_a_receiver_that_closes_while_nothing_comes_is_not_blamed(run, raw_receiver, webhook_message):
    async def script(visit):
        """Closes at once."""

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url)._replace(wire=fault("timeout")))
            await transport.aclose()
            return outcome

    assert run(go()).error.endswith("closed the connection before answering; nothing was sent (injected)")


def test_slow_headers_come_a_line_at_a_time(by_turns, send):
    seen, outcome, _ = send(fault("slow_headers", delay=2_000_000), hear=by_turns.next)
    assert seen.received == seen.requests[0]
    head = seen.received.partition(b"\r\n\r\n")[0] + b"\r\n"
    assert seen.reads == [*head.splitlines(keepends=True), b"\r\n" + BODY]
    assert by_turns.asked == [2.0] * (len(seen.reads) - 1)
    assert (outcome.succeeded, outcome.body) == (True, "ok")


def test_a_dribbled_body_comes_in_pieces(by_turns, send):
    seen, outcome, _ = send(fault("dribble", chunk=20, delay=100_000), hear=by_turns.next)
    assert seen.reads[0].endswith(b"\r\n\r\n")
    assert seen.reads[1:] == [BODY[:20], BODY[20:40], BODY[40:]]
    assert by_turns.asked == [0.1] * 3
    assert (outcome.succeeded, outcome.status, outcome.body) == (True, 200, "ok")


def test_a_bandwidth_is_kept(by_turns, send):
    """A tenth of a second's bytes each tenth of a second; what is paused for is what is written."""
    by_turns.next()
    seen, outcome, _ = send(fault("bandwidth", rate=1000), hear=by_turns.next)
    assert seen.received == seen.requests[0]
    assert {len(read) for read in seen.reads[:-1]} == {100}
    assert sum(by_turns.asked) == pytest.approx(len(seen.received) / 1000)
    assert outcome.succeeded


def test_a_very_low_bandwidth_is_a_byte_at_a_time(by_turns, send):
    by_turns.next()
    seen, _, _ = send(fault("bandwidth", rate=5), hear=by_turns.next)
    assert {len(read) for read in seen.reads} == {1}
    assert set(by_turns.asked) == {0.2}


@pytest.mark.parametrize(
    ("wire", "at_least"),
    [
        (fault("slow_headers", delay=10_000), 0.06),
        (fault("dribble", chunk=10, delay=10_000), 0.05),
        (fault("bandwidth", rate=4000), 0.05),
    ],
)
def test_what_is_slow_takes_its_time_and_arrives(wire, at_least, run, bare_receiver, webhook_message):
    async def go():
        loop = asyncio.get_running_loop()
        transport = WebhookTransport(reach=Reach())
        async with bare_receiver() as receiver:
            began = loop.time()
            outcome = await transport.send(webhook_message(receiver.url, body=BODY)._replace(wire=wire))
            seconds = loop.time() - began
            await transport.aclose()
            return receiver.requests, outcome, seconds

    requests, outcome, seconds = run(go())
    assert [request.endswith(BODY) for request in requests] == [True]
    assert outcome.succeeded
    assert seconds > at_least


def test_an_answer_before_the_end_is_the_answer(by_turns, send):
    """It is not waited for that all is written, and the connection is not used again."""

    def impatient(seen):
        by_turns.next()
        return b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch" if len(seen.reads) == 2 else None

    seen, outcome, _ = send(fault("dribble", chunk=1, delay=1000), hear=impatient)
    assert (outcome.status, outcome.body) == (413, "much")
    assert len(seen.received) < len(seen.reads[0]) + len(BODY)


def test_a_receiver_that_tires_of_a_slow_request_fails_it_for_what_was_injected(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.reader.readuntil(b"\r\n\r\n")

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            wire = fault("dribble", chunk=1, delay=60_000_000)
            outcome = await transport.send(webhook_message(receiver.url)._replace(wire=wire))
            await transport.aclose()
            return outcome

    outcome = run(go())
    assert (outcome.succeeded, outcome.status) == (False, None)
    assert outcome.error.endswith("closed the connection before answering; the body came in small pieces (injected)")


def test_a_fault_on_one_request_leaves_the_kept_connection_alone(run, bare_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with bare_receiver() as receiver:
            message = webhook_message(receiver.url, body=BODY)
            faults = [None, fault("reset"), fault("dribble", chunk=50, delay=0), None, fault("close_early"), None]
            outcomes = [await transport.send(message._replace(wire=wire)) for wire in faults]
            await transport.aclose()
            return receiver.seen, outcomes

    seen, outcomes = run(go())
    assert [outcome.succeeded for outcome in outcomes] == [True, False, True, True, False, True]
    assert sorted(len(each.requests) for each in seen) == [0, 0, 1, 3]


@pytest.mark.parametrize("ending", ["cancelled", "stopped"])
def test_a_request_that_is_being_dribbled_ends_at_once(ending, run, bare_receiver, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        async with bare_receiver() as receiver:
            wire = fault("dribble", chunk=1, delay=60_000_000)
            sending = asyncio.create_task(transport.send(webhook_message(receiver.url)._replace(wire=wire)))
            await receiver.until(lambda: bool(receiver.seen and receiver.seen[0].reads))
            if ending == "cancelled":
                sending.cancel()
            else:
                await transport.aclose()
            (result,) = await asyncio.gather(sending, return_exceptions=True)
            await receiver.until(lambda: receiver.seen[0].end != "open")
            await transport.aclose()
            return result

    result = run(go())
    if ending == "cancelled":
        assert isinstance(result, asyncio.CancelledError)
    else:
        assert result.error == STOPPED


def test_a_receiver_that_is_not_there_is_the_reason(run, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        outcome = await transport.send(webhook_message("http://127.0.0.1:1/")._replace(wire=fault("reset")))
        await transport.aclose()
        return outcome

    assert run(go()).error == "127.0.0.1:1 refused the connection; nothing listens there"


def test_others_of_a_barrier_do_not_wait_for_one_that_is_cut_short(run, bare_receiver, webhook_message):
    async def go():
        everybody = asyncio.Barrier(3)

        class Gathering:
            async def written(self):
                await everybody.wait()

        transport = WebhookTransport(reach=Reach())
        async with bare_receiver() as receiver:
            message = webhook_message(receiver.url, barrier=Gathering())
            wires = [None, fault("reset"), None]
            outcomes = await asyncio.gather(*(transport.send(message._replace(wire=wire)) for wire in wires))
            await transport.aclose()
            return [outcome.succeeded for outcome in outcomes]

    assert run(go()) == [True, False, True]


@pytest.mark.parametrize(("mode", "arrives"), [("reset", False), ("close_early", False), ("dribble", True)])
def test_the_wire_of_a_receiver_that_speaks_tls(mode, arrives, run, raw_receiver, webhook_message, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await visit.until_closed()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script, tls=context) as receiver:
            message = webhook_message(receiver.url, ca_file=str(tmp_path / "ca.pem"))
            outcome = await transport.send(message._replace(wire=fault(mode, chunk=3, delay=0, salt=1 << 31)))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert outcome.succeeded is arrives
    assert len(receiver.requests) == arrives
    assert arrives or "(injected)" in outcome.error
