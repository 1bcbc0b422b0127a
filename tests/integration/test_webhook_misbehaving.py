"""The sender against receivers that do everything wrong: always an outcome, always one clear sentence."""

import asyncio
import re
import socket
from contextlib import suppress
from dataclasses import dataclass

import pytest

from emulator.transports import pool as pool_module
from emulator.transports.connection import NOT_2XX
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is answered before the receiver closes (or, with `hangs`, waits), and what must come of it."""

    answer: bytes
    succeeds: bool = False
    status: int | None = None
    body: str = ""
    error: str | None = None
    hangs: bool = False


CASES = {
    "a plain answer": Case(answer=OK, succeeds=True, status=200, body="ok"),
    "no content": Case(answer=b"HTTP/1.1 204 No Content\r\n\r\n", succeeds=True, status=204, hangs=True),
    "chunks": Case(
        answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n",
        succeeds=True,
        status=200,
        body="abcde",
        hangs=True,
    ),
    "until closed": Case(answer=b"HTTP/1.1 200 OK\r\n\r\nall of it", succeeds=True, status=200, body="all of it"),
    "until closed, its body like a header": Case(
        answer=b"HTTP/1.1 200 OK\r\n\r\nx\r\nContent-Length: 90\r\n",
        succeeds=True,
        status=200,
        body="x\r\nContent-Length: 90\r\n",
    ),
    "HTTP/1.0": Case(answer=b"HTTP/1.0 200 OK\r\n\r\nold", succeeds=True, status=200, body="old"),
    "HTTP/1.0 with a length": Case(
        answer=b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold",
        succeeds=True,
        status=200,
        body="old",
        hangs=True,
    ),
    "lines that end in LF": Case(
        answer=b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", succeeds=True, status=200, body="ok"
    ),
    "a 1xx before": Case(
        answer=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK,
        succeeds=True,
        status=200,
        body="ok",
        hangs=True,
    ),
    "1xx only": Case(
        answer=b"HTTP/1.1 100 Continue\r\n\r\n", error="closed the connection in the middle of its answer"
    ),
    "1xx without end": Case(
        answer=b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, error="more than 64 KiB of headers", hangs=True
    ),
    "an upgrade": Case(
        answer=b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        status=101,
        error=re.escape(NOT_2XX),
        hangs=True,
    ),
    "not UTF-8": Case(
        answer=b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\xffb",
        succeeds=True,
        status=200,
        body="a\ufffdb",
    ),
    "a redirect": Case(
        answer=b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        status=302,
        error=re.escape(NOT_2XX),
        hangs=True,
    ),
    "not modified": Case(answer=b"HTTP/1.1 304 Not Modified\r\n\r\n", status=304, error=re.escape(NOT_2XX), hangs=True),
    "a refusal": Case(
        answer=b"HTTP/1.1 422 Unprocessable\r\nContent-Length: 4\r\n\r\nnope",
        status=422,
        body="nope",
        error=re.escape(NOT_2XX),
    ),
    "a crash": Case(answer=b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", status=500, error=re.escape(NOT_2XX)),
    "closed before the first byte": Case(answer=b"", error="closed the connection before answering"),
    "closed in the status line": Case(answer=b"HTTP/1.", error="closed the connection in the middle of its answer"),
    "closed in the head": Case(answer=b"HTTP/1.1 200 OK\r\nA: b\r\n", error="closed the connection in the middle"),
    "closed in the body": Case(
        answer=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        status=200,
        body="abc",
        error="closed the connection in the middle",
    ),
    "closed in a chunk": Case(
        answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        status=200,
        body="abc",
        error="closed the connection in the middle",
    ),
    "silence": Case(answer=b"", error=r"did not answer within 0\.25 s", hangs=True),
    "silence in the head": Case(
        answer=b"HTTP/1.1 200 OK\r\nA: b\r\n", error=r"did not finish it within 0\.25 s", hangs=True
    ),
    "silence in the body": Case(
        answer=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        status=200,
        body="abc",
        error=r"did not finish it within 0\.25 s",
        hangs=True,
    ),
    "garbage": Case(answer=b"hello, who is there?\r\n\r\n", error="something that is not HTTP/1.1", hangs=True),
    "an HTTP/2 preface": Case(answer=b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", error="not HTTP/1.1", hangs=True),
    "a TLS alert": Case(answer=b"\x15\x03\x01\x00\x02\x02\x46", error="answered in TLS; .*https://", hangs=True),
    "a bad chunk size": Case(
        answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        status=200,
        error="not HTTP/1.1",
        hangs=True,
    ),
    "a huge chunk size": Case(
        answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n",
        status=200,
        error="not HTTP/1.1",
        hangs=True,
    ),
    "a bad length": Case(answer=b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", error="not HTTP/1.1", hangs=True),
    "two lengths": Case(
        answer=b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        error="not HTTP/1.1",
        hangs=True,
    ),
    "a length too short": Case(
        answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef",
        succeeds=True,
        status=200,
        body="ab",
        hangs=True,
    ),
    "two answers": Case(answer=OK + OK, succeeds=True, status=200, body="ok", hangs=True),
    "a head without end": Case(
        answer=b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000, error="more than 64 KiB of headers", hangs=True
    ),
    "a header without end": Case(
        answer=b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000, error="more than 64 KiB of headers", hangs=True
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_comes_of_an_answer(name, run, raw_receiver, webhook_message):
    case = CASES[name]

    async def script(visit):
        await visit.request()
        await visit.send(case.answer)
        if case.hangs:
            await visit.until_closed()

    async def go():
        transport = WebhookTransport(reach=Reach(), timeout=0.25 if "silence" in name else 10.0)
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert (outcome.succeeded, outcome.status, outcome.body) == (case.succeeds, case.status, case.body)
    if case.error is None:
        assert outcome.error is None
    else:
        assert re.search(case.error, outcome.error)
        if case.status is None:
            assert f"127.0.0.1:{receiver.port}" in outcome.error
    assert 0 <= outcome.processing_time < 10
    assert len(receiver.requests) == 1


UNFIT_TO_REUSE = [
    "a length too short",
    "two answers",
    "garbage",
    "a bad chunk size",
    "HTTP/1.0 with a length",
    "an upgrade",
    "a head without end",
]


@pytest.mark.parametrize("name", UNFIT_TO_REUSE)
def test_a_connection_unfit_to_reuse_is_closed(name, run, raw_receiver, webhook_message):
    """The first connection misbehaves; a second request must not meet what is left on it."""

    async def script(visit):
        await visit.request()
        await visit.send(CASES[name].answer if visit.number == 1 else OK)
        await visit.until_closed()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            await transport.send(webhook_message(receiver.url))
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return receiver, outcome

    receiver, outcome = run(go())
    assert outcome.body == "ok"
    assert receiver.visits == 2


def test_bytes_that_nobody_asked_for_end_an_idle_connection(run, raw_receiver, webhook_message, monkeypatch):
    monkeypatch.setattr(pool_module, "IDLE_SECONDS", 60)  # so that it is not age that ends it

    async def go():
        surplus_is_due, first_is_closed = asyncio.Event(), asyncio.Event()

        async def script(visit):
            await visit.request()
            await visit.send(OK)
            if visit.number == 1:
                await surplus_is_due.wait()
                await visit.send(b"HTTP/1.1 500 Not yours\r\nContent-Length: 0\r\n\r\n")
                await visit.until_closed()
                first_is_closed.set()

        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            await transport.send(webhook_message(receiver.url))
            surplus_is_due.set()
            await first_is_closed.wait()
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return outcome

    assert run(go()).status == 200


def test_a_body_without_end_is_cut_off_and_judged_by_its_status(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            await visit.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    async def go():
        transport = WebhookTransport(reach=Reach(), timeout=15)
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return outcome

    outcome = run(go())
    assert outcome.succeeded
    assert outcome.body == "x" * 64 * 1024


def test_an_answer_that_dribbles_ends_at_the_deadline(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await visit.send(b".")
            with suppress(TimeoutError):
                await asyncio.wait_for(visit.until_closed(), 0.01)
                return

    async def go():
        transport = WebhookTransport(reach=Reach(), timeout=0.2)
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return outcome

    outcome = run(go())
    assert not outcome.succeeded
    assert "did not finish it within 0.2 s" in outcome.error
    assert 0.15 < outcome.processing_time < 5


def test_an_answer_that_comes_byte_by_byte_is_read(run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()
        for index in range(len(OK)):
            await visit.send(OK[index : index + 1])
            await asyncio.sleep(0)
        await visit.until_closed()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return outcome

    assert run(go()).body == "ok"


@pytest.mark.parametrize(
    ("sent", "sentence"), [(b"", "reset the connection before"), (b"HTTP/1.1 200", "in the middle")]
)
def test_a_reset(sent, sentence, run, raw_receiver, webhook_message):
    async def script(visit):
        await visit.request()
        await visit.send(sent)
        visit.reset()

    async def go():
        transport = WebhookTransport(reach=Reach())
        async with raw_receiver(script) as receiver:
            outcome = await transport.send(webhook_message(receiver.url))
            await transport.aclose()
            return outcome

    outcome = run(go())
    assert not outcome.succeeded
    # A reset may overtake bytes that were sent before it.
    assert sentence in outcome.error or "reset the connection" in outcome.error


def test_nobody_listens(run, webhook_message):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    async def go():
        transport = WebhookTransport(reach=Reach())
        outcomes = await asyncio.gather(
            *(transport.send(webhook_message(f"http://127.0.0.1:{port}/")) for _ in range(200))
        )
        await transport.aclose()
        return outcomes

    assert {outcome.error for outcome in run(go())} == {
        f"127.0.0.1:{port} refused the connection; nothing listens there"
    }


def test_nobody_accepts(run, webhook_message):
    """A full backlog: the kernel drops what knocks, as a firewall would."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)

        async def go():
            transport = WebhookTransport(reach=Reach(), connect_timeout=0.3)
            outcome = await transport.send(webhook_message(f"http://127.0.0.1:{address[1]}/"))
            await transport.aclose()
            return outcome

        outcome = run(go())
        for filler in fillers:
            filler.close()
    assert outcome.error == f"127.0.0.1:{address[1]} did not accept a connection within 0.3 s"


def test_an_unknown_name(run, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        outcome = await transport.send(webhook_message("http://no-such-host.invalid/"))
        await transport.aclose()
        return outcome

    outcome = run(go())
    assert outcome.error.startswith("The host name 'no-such-host.invalid' could not be found")


def test_a_remote_address_is_blocked_before_anything_is_sent(run, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        outcome = await transport.send(webhook_message("http://192.0.2.1/orders"))
        await transport.aclose()
        return outcome

    outcome = run(go())
    assert not outcome.succeeded
    assert "--allow-remote '192.0.2.1'" in outcome.error
    assert outcome.processing_time < 1


@pytest.mark.parametrize(
    ("url", "secret", "sentence"),
    [
        ("http://127.0.0.1/\r\nX: y", None, "control character"),
        ("http://127.0.0.1/", "a\r\nX: y", "secret_key contains a control character"),
        ("http://127.0.0.1/", "a\x00", "secret_key contains a control character"),
        ("http://127.0.0.1/", "\ud800", "lone surrogate"),
        ("ftp://127.0.0.1/", None, "must begin with http:// or https://"),
        ("127.0.0.1:8000/hook", None, "must begin with http:// or https://"),
        ("http:///hook", None, "names no host"),
        ("http://127.0.0.1:99999/", None, "is not a URL"),
        ("http://127.0.0.1:0/", None, "port 0"),
        ("http://[::1/", None, "is not a URL"),
        ("http://two words/", None, "is not a host name"),
        ("http://" + "a" * 70 + ".test/", None, "is not a host name"),
    ],
)
def test_a_configuration_no_request_can_be_made_of(url, secret, sentence, run, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        outcome = await transport.send(webhook_message(url, secret_key=secret))
        await transport.aclose()
        return outcome

    outcome = run(go())
    assert not outcome.succeeded
    assert sentence in outcome.error


def test_sending_after_the_end_fails_with_a_sentence(run, webhook_message):
    async def go():
        transport = WebhookTransport(reach=Reach())
        await transport.aclose()
        return await transport.send(webhook_message("http://127.0.0.1:1/"))

    assert run(go()).error == "The sender stopped before there was an answer"
