"""The sender over https: which certificates it takes, and what it says of the others."""

import ssl

import pytest
import trustme

from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport


async def answer_ok(visit):
    while True:
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_context(authority, *names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def attempt(run, raw_receiver, webhook_message):
    """Sends some messages to a TLS receiver with this certificate; what the last came to."""

    def go(context, *, times=1, script=answer_ok, scheme="https", **configuration):
        async def sending():
            transport = WebhookTransport(reach=Reach())
            async with raw_receiver(script, tls=context) as receiver:
                url = scheme + receiver.url[receiver.url.index(":") :]
                for _ in range(times):
                    outcome = await transport.send(webhook_message(url, **configuration))
                await transport.aclose()
                return receiver, outcome

        return run(sending())

    return go


def test_a_ca_file_is_trusted_and_the_connection_kept(attempt, authority, ca_file):
    receiver, outcome = attempt(server_context(authority, "127.0.0.1"), times=5, ca_file=ca_file)
    assert (outcome.succeeded, outcome.body) == (True, "ok")
    assert receiver.visits == 1
    assert len(receiver.requests) == 5


def test_insecure_takes_any_certificate(attempt, authority):
    assert attempt(server_context(authority, "elsewhere.test"), insecure=True)[1].succeeded


def test_an_unknown_authority_is_not_taken(attempt, authority):
    receiver, outcome = attempt(server_context(authority, "127.0.0.1"))
    assert outcome.error.startswith(f"The certificate of 127.0.0.1:{receiver.port} was not accepted: ")
    assert outcome.error.endswith("Name its authority as `ca_file` of the integration, or set `insecure`")
    assert receiver.requests == []


def test_a_certificate_of_another_name_is_not_taken(attempt, authority, ca_file):
    receiver, outcome = attempt(server_context(authority, "elsewhere.test"), ca_file=ca_file)
    assert "was not accepted: IP address mismatch" in outcome.error
    assert receiver.requests == []


def test_an_old_certificate_is_not_taken(attempt, authority, ca_file):
    from datetime import UTC, datetime, timedelta

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    authority.issue_cert("127.0.0.1", not_after=yesterday).configure_cert(context)
    _, outcome = attempt(context, ca_file=ca_file)
    assert "certificate has expired" in outcome.error


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_ca_file_that_cannot_be_used(content, attempt, authority, tmp_path):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    _, outcome = attempt(server_context(authority, "127.0.0.1"), ca_file=str(path))
    assert outcome.error.startswith(f"The ca_file '{path}' of this integration cannot be used (")


def test_https_to_a_plain_receiver(attempt):
    async def script(visit):
        await visit.reader.read(100)
        await visit.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    receiver, outcome = attempt(None, script=script, scheme="https")
    assert outcome.error == f"127.0.0.1:{receiver.port} does not speak TLS; its URL should begin with http://"


def test_https_to_one_that_hangs_up(attempt):
    async def script(visit):
        await visit.reader.read(1)

    _, outcome = attempt(None, script=script, scheme="https")
    assert not outcome.succeeded
    assert "during the TLS handshake; does it speak https?" in outcome.error


def test_plain_http_to_a_tls_receiver(attempt, authority):
    _, outcome = attempt(server_context(authority, "127.0.0.1"), scheme="http")
    assert not outcome.succeeded
    # OpenSSL sends an alert or just hangs up, which differs between versions and loops.
    assert "https://" in outcome.error or "closed the connection" in outcome.error


def test_an_answer_until_the_tls_connection_is_closed(attempt, authority, ca_file):
    async def script(visit):
        await visit.request()
        await visit.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    _, outcome = attempt(server_context(authority, "127.0.0.1"), script=script, ca_file=ca_file)
    assert (outcome.succeeded, outcome.body) == (True, "all of it")
