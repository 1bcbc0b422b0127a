"""What the SQS transport makes of answers: sentences with the service's own words, and nobody's keys."""

import asyncio
import json
import logging
import socket
import ssl
from typing import Any

import pytest
import trustme

from emulator.transports.reach import Reach

REFUSALS = {
    "throttled": (
        ("400 Bad Request", "RequestThrottled", "Rate exceeded for SendMessageBatch."),
        "answered 400, RequestThrottled: Rate exceeded for SendMessageBatch; send less at a time",
    ),
    "wrong key": (
        ("403 Forbidden", "InvalidClientTokenId", "The security token included in the request is invalid."),
        "is invalid; check the integration's aws_access_key_id, aws_secret_access_key and region",
    ),
    "wrong secret": (
        ("403 Forbidden", "SignatureDoesNotMatch", "The request signature we calculated does not match."),
        "SignatureDoesNotMatch: The request signature we calculated does not match; check the integration's aws_",
    ),
    "not allowed": (
        ("403 Forbidden", "AccessDeniedException", "User is not authorized to perform: sqs:SendMessage"),
        "not authorized to perform: sqs:SendMessage; allow the key's user sqs:SendMessage on this queue",
    ),
    "a standard queue at a FIFO URL": (
        ("400 Bad Request", "InvalidParameterValue", "The request include parameter that is not valid for this queue"),
        "answered 400, InvalidParameterValue: The request include parameter that is not valid for this queue",
    ),
    "a FIFO queue at a standard URL": (
        ("400 Bad Request", "MissingParameter", "The request must contain the parameter MessageGroupId."),
        "answered 400, MissingParameter: The request must contain the parameter MessageGroupId",
    ),
    "an error of theirs": (
        ("500 Internal Server Error", "InternalError", "We encountered an internal error. Please try again."),
        "answered 500, InternalError: We encountered an internal error. Please try again",
    ),
}

# Status line, body, content type; and what the attempt's sentence says.
GARBAGE = {
    "a web page": ("200 OK", b"<html>Hello</html>", "text/html", "did not say what became of this message"),
    "a web page that is not there": (
        *("404 Not Found", b"<html>\n<h1>Not   here</h1></html>", "text/html"),
        "answered 404 in a form that is not SQS's: <html> <h1>Not here</h1></html>; check what listens there",
    ),
    "a gateway's error": (
        *("502 Bad Gateway", b"<html>down</html>", "text/html"),
        "answered 502 in a form that is not SQS's: Bad Gateway; check what listens there",
    ),
    "a redirect": ("301 Moved Permanently", b"", "text/html", "answered 301 in a form that is not SQS's; check"),
    "a very long complaint": ("400 Bad Request", b"x" * 100_000, "text/plain", "xxx…; check what listens there"),
    "nothing": ("200 OK", b"", "application/json", "did not say what became of this message"),
    "an empty object": ("200 OK", b"{}", "application/json", "is it SQS that answers there?"),
    "a list": ("200 OK", b"[]", "application/json", "gave an answer that cannot be read"),
    "numbers for lists": ("200 OK", b'{"Successful": 5}', "application/json", "gave an answer that cannot be read"),
    "text for results": ("200 OK", b'{"Failed": ["x"]}', "application/json", "gave an answer that cannot be read"),
    "results without ids": ("200 OK", b'{"Successful": [{}], "Failed": [{}]}', "application/json", "did not say what"),
    "half of JSON": ("200 OK", b'{"Successful": [{"Id', "application/json", "did not say what became of this message"),
    "bytes": ("200 OK", bytes(range(256)), "application/octet-stream", "gave an answer that cannot be read"),
}


def _url(receiver: Any) -> str:
    return f"http://127.0.0.1:{receiver.port}/123456789012/epcc-orders"


@pytest.fixture
def exchange(run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any) -> Any:
    """`exchange(script, messages)`: the outcomes of that many messages, sent at once to a scripted server."""

    def go(script: Any, messages: int = 1, **options: Any) -> Any:
        async def sending() -> Any:
            async with raw_receiver(script) as receiver, sqs_transport(**options) as transport:
                url = _url(receiver)
                return receiver, await asyncio.gather(
                    *(transport.send(sqs_message(url, number)) for number in range(messages))
                )

        return run(sending())

    return go


@pytest.fixture
def answering() -> Any:
    """A script that answers every call by what `answer` makes of it."""

    def make(answer: Any) -> Any:
        async def script(visit: Any) -> None:
            while True:
                await visit.send(answer(await visit.request()))

        return script

    return make


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_call_fails_each_of_its_messages_in_the_services_words(
    case: str, exchange: Any, answering: Any, speech: Any
) -> None:
    answer, expected = REFUSALS[case]
    receiver, outcomes = exchange(answering(lambda request: speech.error(*answer)), 3)
    for outcome in outcomes:
        assert not outcome.succeeded
        assert outcome.status == int(answer[0].split()[0])
        assert outcome.error.startswith(f"SQS at 127.0.0.1:{receiver.port} ")
        assert expected in outcome.error
    assert len(receiver.requests) == 1, "retries are planned, and not boto3's"


@pytest.mark.parametrize("case", GARBAGE)
def test_garbage_is_a_failure_and_says_where_it_came_from(
    case: str, exchange: Any, answering: Any, speech: Any
) -> None:
    status, body, content_type, expected = GARBAGE[case]
    receiver, outcomes = exchange(answering(lambda request: speech.http(status, body, content_type)), 2)
    for outcome in outcomes:
        assert not outcome.succeeded
        assert outcome.error.startswith(f"SQS at 127.0.0.1:{receiver.port} ")
        assert expected in outcome.error
        assert len(outcome.error) < 800
    assert len(receiver.requests) == 1


def test_each_entry_has_an_outcome_of_its_own(exchange: Any, answering: Any, speech: Any) -> None:
    refused = {1: ("InternalError", "Try again."), 3: ("InvalidMessageContents", "Not a character: \x00")}
    receiver, outcomes = exchange(
        answering(lambda request: speech.taken(request, refused=refused, without=[4])),
        6,
    )
    assert [outcome.succeeded for outcome in outcomes] == [True, False, True, False, False, True]
    at = f"SQS at 127.0.0.1:{receiver.port}"
    assert outcomes[1].error == f"{at} refused this message, InternalError: Try again"
    assert outcomes[3].error.startswith(f"{at} refused this message, InvalidMessageContents: Not a character")
    assert outcomes[4].error.startswith(f"{at} did not say what became of this message, so it counts as not delivered")
    assert [json.loads(outcome.body)["MessageId"] for outcome in outcomes if outcome.succeeded] == [
        "id-0",
        "id-2",
        "id-5",
    ]


def test_an_acknowledgement_of_something_else_is_none(exchange: Any, answering: Any, speech: Any) -> None:
    def altered(request: bytes) -> bytes:
        return speech.taken(request.replace(b"number", b"lumber"))

    _, (outcome,) = exchange(answering(altered))
    assert not outcome.succeeded
    assert "its MD5 differs" in outcome.error


def test_an_acknowledgement_without_a_digest_is_believed(exchange: Any, answering: Any, speech: Any) -> None:
    answer = speech.http("200 OK", b'{"Successful": [{"Id": "0", "MessageId": "m"}]}')
    _, (outcome,) = exchange(answering(lambda request: answer))
    assert outcome.succeeded


def test_a_server_that_hangs_times_out(exchange: Any) -> None:
    async def hang(visit: Any) -> None:
        await visit.request()
        await visit.until_closed()

    _, outcomes = exchange(hang, 2, timeout=0.2)
    for outcome in outcomes:
        assert outcome.error.endswith(" did not answer within 0.2 s, so whether it has the message is not known")
        assert outcome.status is None
        assert 0.2 <= outcome.processing_time < 5


@pytest.mark.parametrize("how", ["at once", "after the request", "in mid-answer", "reset", "no HTTP"])
def test_a_server_that_closes_early_is_a_failure(how: str, exchange: Any) -> None:
    async def script(visit: Any) -> None:
        if how != "at once":
            await visit.request()
        if how == "in mid-answer":
            await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
        if how == "reset":
            visit.reset()
        if how == "no HTTP":
            await visit.send(b"\x00\x01 what is this\r\n\r\n")

    receiver, (outcome,) = exchange(script)
    assert not outcome.succeeded
    assert f"127.0.0.1:{receiver.port}" in outcome.error
    assert receiver.visits == 1


def test_where_nobody_listens(run: Any, sqs_message: Any, sqs_transport: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    async def go() -> Any:
        async with sqs_transport() as transport:
            return await transport.send(sqs_message(f"http://127.0.0.1:{port}/1/epcc-orders"))

    expected = f"SQS at 127.0.0.1:{port} cannot be reached (Connection refused); is the server running?"
    assert run(go()).error == expected


def test_tls_is_checked(run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any) -> None:
    """By the authorities that boto3 knows; and a server without TLS is told from one with a wrong certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async def script(visit: Any) -> None:
        await visit.until_closed()

    async def no_tls(visit: Any) -> None:
        await visit.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    async def go() -> Any:
        outcomes = []
        for tls, behaviour in ((context, script), (None, no_tls)):
            async with raw_receiver(behaviour, tls=tls) as receiver, sqs_transport() as transport:
                outcomes.append(await transport.send(sqs_message(_url(receiver).replace("http:", "https:"))))
        return outcomes

    unknown, plain = run(go())
    assert "TLS handshake" in unknown.error
    assert "certificate verify failed" in unknown.error
    assert "TLS handshake" in plain.error


@pytest.mark.parametrize(
    ("url", "region", "expected"),
    [
        ("epcc-orders", "eu-west-1", "'epcc-orders' is not a queue's URL, such as https://sqs."),
        ("ftp://127.0.0.1/1/q", "eu-west-1", "'ftp://127.0.0.1/1/q' is not a queue's URL"),
        ("http://127.0.0.1:9324", "eu-west-1", "'http://127.0.0.1:9324' is not a queue's URL"),
        ("http://127.0.0.1:0/1/q", "eu-west-1", "has port 0, to which nobody can connect"),
        ("http://127.0.0.1:99999/1/q", "eu-west-1", "is not a URL: Port out of range"),
        ("http://no host/1/q", "eu-west-1", "'no host' is not a host name"),
        ("http://me:secret@127.0.0.1:0/1/q", "eu-west-1", "'http://127.0.0.1:0/1/q' has port 0"),
        ("http://127.0.0.1:1/1/q", "eu west", "can be made: Provided region_name 'eu west' doesn't match"),
    ],
)
def test_a_configuration_that_leads_nowhere(
    url: str, region: str, expected: str, run: Any, sqs_message: Any, sqs_transport: Any
) -> None:
    async def go() -> Any:
        async with sqs_transport() as transport:
            return await transport.send(sqs_message(url, region=region))

    assert expected in run(go()).error


def test_a_message_that_is_too_large_says_how_large(
    run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any, answering: Any, speech: Any
) -> None:
    async def go() -> Any:
        async with raw_receiver(answering(speech.taken)) as receiver, sqs_transport() as transport:
            sizes = (262_144, 262_145)
            messages = [sqs_message(_url(receiver), body=b"x" * size) for size in sizes]
            return receiver, [await transport.send(message) for message in messages]

    receiver, (fitting, too_large) = run(go())
    assert fitting.succeeded
    assert too_large.error.startswith("The message has 262,145 bytes and SQS takes 262,144 at most")
    assert len(receiver.requests) == 1


def test_production_is_out_of_reach_until_it_is_named(run: Any, sqs_message: Any, sqs_transport: Any) -> None:
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/epcc-orders"
    asked = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1", "192.0.2.10"]

    async def go() -> Any:
        async with sqs_transport(lookup=lookup) as transport:
            return [await transport.send(sqs_message(url)) for _ in range(2)]

    for outcome in run(go()):
        assert outcome.error == Reach().refusal("sqs.eu-west-1.amazonaws.com", ["192.0.2.10"])
        assert "--allow-remote 'sqs.eu-west-1.amazonaws.com'" in outcome.error
    assert asked == [("sqs.eu-west-1.amazonaws.com", 443)] * 2, "what is refused is looked up again"


def test_what_is_named_is_sent_to(
    run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any, speech: Any
) -> None:
    """And a name is not looked up for each message."""
    asked = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.10"]

    async def script(visit: Any) -> None:
        while True:
            await visit.send(speech.taken(await visit.request()))

    async def go() -> Any:
        async with (
            raw_receiver(script) as receiver,
            sqs_transport(reach=Reach(["LocalHost"]), lookup=lookup) as transport,
        ):
            url = _url(receiver).replace("127.0.0.1", "localhost")
            return [await transport.send(sqs_message(url, number)) for number in range(3)]

    assert [outcome.error for outcome in run(go())] == [None] * 3
    assert asked == ["localhost"]


def test_a_name_that_nobody_knows(run: Any, sqs_message: Any, sqs_transport: Any) -> None:
    def lookup(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def go() -> Any:
        async with sqs_transport(lookup=lookup) as transport:
            return await transport.send(sqs_message("http://queues.test/1/q"))

    expected = "The host name 'queues.test' could not be found (Name or service not known); check the queue's URL"
    assert run(go()).error == expected


def test_nobodys_keys_are_told(
    run: Any, raw_receiver: Any, sqs_message: Any, sqs_transport: Any, speech: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the server quotes, and however much is logged."""
    caplog.set_level(logging.DEBUG)
    key_id, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

    async def script(visit: Any) -> None:
        await visit.request()
        await visit.send(speech.error("403 Forbidden", "SignatureDoesNotMatch", f"With {key_id} and {secret}"))
        refused = {0: ("AccessDenied", f"{key_id} may not")}
        await visit.send(speech.taken(await visit.request(), refused=refused))

    async def go() -> Any:
        async with raw_receiver(script) as receiver, sqs_transport() as transport:
            message = sqs_message(_url(receiver), aws_access_key_id=key_id, aws_secret_access_key=secret)
            return receiver, [await transport.send(message) for _ in range(2)]

    receiver, (call, entry) = run(go())
    assert "With ****************MPLE and ************************************EKEY" in call.error
    assert "****************MPLE may not" in entry.error
    assert f"Credential={key_id}/".encode() in receiver.requests[0], "the key is used"
    told = caplog.text + "".join(f"{record.args} {record.exc_info}" for record in caplog.records)
    assert "urllib3" in told, "something was logged"
    assert key_id not in told
    assert secret not in told
