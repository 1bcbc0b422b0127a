"""From addresses to a connection: in order, checked, encrypted where asked, and with a sentence where it fails."""

import asyncio
import socket
import ssl

import pytest
import trustme

from emulator.domain.errors import EnvironmentFault


def error_of(run, stomp_transport, message, **limits):
    """The sentence that one attempt fails with."""

    async def test():
        async with stomp_transport(**limits) as transport:
            outcome = await transport.send(message)
        assert not outcome.succeeded
        return outcome.error

    return run(test())


def with_broker(run, fake_broker, stomp_transport, stomp_message, script, *, scheme="stomp", tls=None, **values):
    """The outcome of one attempt at a broker that behaves as scripted, and its port."""
    limits = {name: values.pop(name) for name in ("connect", "receipt") if name in values}

    async def test():
        async with fake_broker(script, tls=tls) as broker, stomp_transport(**limits) as transport:
            host = values.pop("host", "127.0.0.1")
            outcome = await transport.send(stomp_message(f"{scheme}://{host}:{broker.port}", **values))
        return outcome, f"{host}:{broker.port}"

    return run(test())


# Addresses


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1", "is not a broker's address; it must begin with stomp:// or stomp+ssl://"),
        ("stomp://127.0.0.1:0", "has port 0, to which nobody can connect"),
        ("stomp://127.0.0.1:99999", "is not a broker's address: Port out of range 0-65535"),
        ("stomp://:61613", "names no host"),
        ("stomp://127.0.0.1:61613/vhost", "is not a broker's address; nothing may follow its port"),
        ("stomp://[127.0.0.1", "is not a broker's address: Invalid IPv6 URL"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(run, stomp_transport, stomp_message, address, sentence):
    assert error_of(run, stomp_transport, stomp_message(address)) == f"'{address}' {sentence}"


def test_a_login_in_an_address_is_refused_without_repeating_it(run, stomp_transport, stomp_message):
    error = error_of(run, stomp_transport, stomp_message("stomp://ep:hunter2@127.0.0.1"))
    assert error == "'stomp://127.0.0.1' carries a login, which belongs in the configuration's username and password"


def test_no_address_at_all_is_said(run, stomp_transport, stomp_message):
    assert error_of(run, stomp_transport, stomp_message()).startswith("The integration names no broker")


@pytest.mark.parametrize("name", ["username", "password"])
def test_a_login_that_no_frame_can_carry_is_refused(run, stomp_transport, stomp_message, name):
    error = error_of(run, stomp_transport, stomp_message("stomp://127.0.0.1", **{name: "hunter2\nx:y"}))
    assert error == f"The {name} contains a line break or a NUL, which STOMP cannot carry in a login"


def test_a_destination_that_no_frame_can_carry_is_refused(run, stomp_transport, stomp_message):
    error = error_of(run, stomp_transport, stomp_message("stomp://127.0.0.1", destination="/queue/a\nb"))
    assert error == "The destination contains a line break or a NUL; nothing was sent"


@pytest.mark.parametrize(("scheme", "port"), [("stomp", 61613), ("stomp+ssl", 61614)])
def test_an_address_without_a_port_means_the_usual_one(run, stomp_transport, stomp_message, scheme, port):
    error = error_of(run, stomp_transport, stomp_message(f"{scheme}://127.9.9.9"))
    assert error == f"127.9.9.9:{port} refused the connection; nothing listens there"


def test_what_is_far_away_is_blocked_with_the_sentence_of_webhooks(run, stomp_transport, stomp_message):
    error = error_of(run, stomp_transport, stomp_message("stomp://203.0.113.9:61613"))
    assert error.startswith("Blocked: '203.0.113.9' is outside loopback and private ranges")


def test_a_name_is_looked_up_once_and_the_connection_made_to_what_was_checked(
    run, fake_broker, stomp_transport, stomp_message
):
    asked: list[str] = []

    async def lookup(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["203.0.113.9"]

    async def test():
        async with fake_broker() as broker, stomp_transport(lookup=lookup) as transport:
            assert (await transport.send(stomp_message(f"stomp://broker.test:{broker.port}"))).succeeded
        assert asked == ["broker.test"]

    run(test())


def test_a_name_that_is_not_found_is_named(run, stomp_transport, stomp_message):
    async def lookup(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    error = error_of(run, stomp_transport, stomp_message("stomp://broker.test"), lookup=lookup)
    assert error == "The host name 'broker.test' could not be found (Name or service not known); check the URL"


# Failover


def test_the_first_address_that_connects_serves(run, fake_broker, stomp_transport, stomp_message):
    async def refusing(visit):
        await visit.receive()
        await visit.send("ERROR", {"message": "standby"})

    async def test():
        async with (
            fake_broker(refusing) as standby,
            fake_broker() as active,
            fake_broker() as spare,
            stomp_transport() as transport,
        ):
            addresses = ["stomp://127.0.0.1:1", "stomp://203.0.113.9", standby.address, active.address, spare.address]
            assert (await transport.send(stomp_message(*addresses))).succeeded
        assert (standby.visits, active.visits, spare.visits) == (1, 1, 0)

    run(test())


def test_when_all_fail_the_sentence_names_each_and_why(run, fake_broker, stomp_transport, stomp_message):
    async def refusing(visit):
        await visit.receive()
        await visit.send("ERROR", {"message": "Bad CONNECT"}, b"Access refused for user 'ep'\n")

    async def test():
        async with fake_broker(refusing) as broker, stomp_transport() as transport:
            outcome = await transport.send(stomp_message("stomp://127.0.0.1:1", broker.address))
        assert outcome.error == (
            "None of the 2 addresses could be used: 127.0.0.1:1 refused the connection; nothing listens there; "
            f"127.0.0.1:{broker.port} refused to connect us: Bad CONNECT: Access refused for user 'ep'"
        )

    run(test())


def test_who_waits_for_a_connection_shares_its_failure_and_nobody_hammers(
    run, fake_broker, stomp_transport, stomp_message
):
    async def refusing(visit):
        await visit.receive()

    async def test():
        async with fake_broker(refusing) as broker, stomp_transport() as transport:
            message = stomp_message(broker.address)
            outcomes = await asyncio.gather(*(transport.send(message) for _ in range(100)))
            assert not any(outcome.succeeded for outcome in outcomes)
            assert broker.visits == 1
            began = asyncio.get_running_loop().time()
            await transport.send(message)
            await transport.send(message)
            assert asyncio.get_running_loop().time() - began >= 0.25
            assert broker.visits == 3

    run(test())


def test_it_connects_again_when_the_broker_is_back(run, fake_broker, stomp_transport, stomp_message):
    async def test():
        async with stomp_transport() as transport:
            async with fake_broker() as broker:
                assert (await transport.send(stomp_message(broker.address))).succeeded
            message = stomp_message(broker.address)
            while (outcome := await transport.send(message)).error != (
                f"127.0.0.1:{broker.port} refused the connection; nothing listens there"
            ):
                assert not outcome.succeeded
            async with fake_broker(port=broker.port):
                assert (await transport.send(message)).succeeded

    run(test())


def test_an_embedded_broker_is_asked_for_before_connecting(run, fake_broker, stomp_transport, stomp_message):
    class Host:
        asked = 0

        async def ready(self, configuration):
            self.asked += 1
            if self.asked == 1:
                raise EnvironmentFault("the embedded broker found no port")

    async def test():
        host = Host()
        async with fake_broker() as broker, stomp_transport(broker=host) as transport:
            first = await transport.send(stomp_message(broker.address))
            assert first.error == "the embedded broker found no port"
            assert (await transport.send(stomp_message(broker.address))).succeeded
            assert (await transport.send(stomp_message(broker.address))).succeeded
        assert host.asked == 2

    run(test())


def test_a_mistake_of_ours_fails_the_attempt_and_is_logged(run, stomp_transport, stomp_message, caplog):
    class Host:
        async def ready(self, configuration):
            raise ZeroDivisionError

    async def test():
        async with stomp_transport(broker=Host()) as transport:
            outcome = await transport.send(stomp_message("stomp://127.0.0.1:1"))
        assert outcome.error == "the emulator failed to connect; its log says why"

    run(test())
    assert "ZeroDivisionError" in caplog.text


# Peers that are no brokers


def test_a_broker_that_never_answers_connect(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.until_closed()

    outcome, where = with_broker(run, fake_broker, stomp_transport, stomp_message, script, connect=0.1)
    assert outcome.error == f"{where} did not answer CONNECT within 0.1 s"


def test_a_broker_that_closes_instead_of_answering(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.receive()

    outcome, where = with_broker(run, fake_broker, stomp_transport, stomp_message, script)
    assert outcome.error == f"{where} closed the connection without answering CONNECT"


def test_a_broker_that_agrees_on_a_version_nobody_offered(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.connected("2.0")
        await visit.until_closed()

    outcome, where = with_broker(run, fake_broker, stomp_transport, stomp_message, script)
    assert outcome.error == f"{where} wants to speak STOMP 2.0, and was offered 1.0,1.1,1.2"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (b"\xff\xfe\x00\x01", "\\xff\\xfe\\x00\\x01"),
        (b"CONNECTION refused\n\n\0", "CONNECTION refused\\n\\n\\x00"),
    ],
)
def test_a_peer_that_speaks_something_else_is_recognised_at_once(
    run, fake_broker, stomp_transport, stomp_message, answer, shown
):
    async def script(visit):
        await visit.receive()
        await visit.write(answer)
        await visit.until_closed()

    outcome, where = with_broker(run, fake_broker, stomp_transport, stomp_message, script)
    assert outcome.error is not None
    assert outcome.error.startswith(f"{where} does not speak STOMP; it answered '")
    assert shown.replace("\\\\", "\\") in outcome.error.replace("\\\\", "\\")


# TLS


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_context(authority, *names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def over_tls(run, fake_broker, stomp_transport, stomp_message):
    async def serve(visit):
        await visit.serve()

    def attempt(tls, script=serve, **values):
        values = {"scheme": "stomp+ssl", **values}
        return with_broker(run, fake_broker, stomp_transport, stomp_message, script, tls=tls, **values)

    return attempt


def test_over_tls_with_an_authority_of_ones_own(over_tls, authority, ca_file):
    outcome, _ = over_tls(server_context(authority, "127.0.0.1"), ca_file=ca_file, body=b"x" * 1_000_000)
    assert outcome.succeeded


def test_over_tls_by_name(over_tls, authority, ca_file):
    assert over_tls(server_context(authority, "localhost"), ca_file=ca_file, host="localhost")[0].succeeded


def test_over_tls_without_looking_at_the_certificate(over_tls, authority):
    assert over_tls(server_context(authority, "elsewhere.test"), insecure=True)[0].succeeded


def test_an_authority_that_nobody_knows_is_refused(over_tls, authority):
    outcome, where = over_tls(server_context(authority, "127.0.0.1"))
    assert outcome.error is not None
    assert outcome.error.startswith(f"The certificate of {where} was not accepted: unable to get local issuer")
    assert outcome.error.endswith("Name its authority as `ca_file` of the integration, or set `insecure`")


def test_a_certificate_for_somebody_else_is_refused(over_tls, authority, ca_file):
    outcome, _ = over_tls(server_context(authority, "elsewhere.test"), ca_file=ca_file)
    assert outcome.error is not None
    assert "not valid for '127.0.0.1'" in outcome.error


def test_a_ca_file_that_is_not_there_is_named(over_tls, authority, tmp_path):
    outcome, _ = over_tls(server_context(authority, "127.0.0.1"), ca_file=str(tmp_path / "none.pem"))
    assert outcome.error is not None
    assert outcome.error.startswith(f"The ca_file '{tmp_path}/none.pem' of this integration cannot be used")


def test_an_address_for_tls_at_a_broker_without_it(over_tls):
    async def script(visit):
        await visit.reader.read(1)
        await visit.write(b"ERROR\nmessage:what is this\n\n\0")
        await visit.until_closed()

    outcome, where = over_tls(None, script)
    assert outcome.error == f"{where} does not speak TLS; its address should begin with stomp://"


def test_an_address_without_tls_at_a_broker_that_wants_it(over_tls, authority):
    outcome, where = over_tls(server_context(authority, "127.0.0.1"), scheme="stomp")
    assert outcome.error in (
        f"{where} speaks TLS; its address should begin with stomp+ssl://",
        f"{where} closed the connection without answering CONNECT",
    )


def test_a_handshake_that_never_ends(over_tls):
    async def script(visit):
        await visit.until_closed()

    outcome, where = over_tls(None, script, insecure=True, connect=0.1)
    assert outcome.error == f"{where} did not accept a connection within 0.1 s"


def test_a_handshake_that_is_cut_off(over_tls):
    async def script(visit):
        await visit.reader.read(1)

    outcome, where = over_tls(None, script, insecure=True)
    assert outcome.error == f"{where} closed the connection during the TLS handshake; does it speak stomp+ssl?"


# Being let go


def test_whoever_gives_up_while_it_connects_is_let_go_at_once(run, fake_broker, stomp_transport, stomp_message):
    async def script(visit):
        await visit.until_closed()

    async def test():
        async with fake_broker(script) as broker:
            async with stomp_transport() as transport:
                send = asyncio.create_task(transport.send(stomp_message(broker.address)))
                await broker.until(lambda: broker.visits == 1)
                send.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await send
                other = asyncio.create_task(transport.send(stomp_message(broker.address)))
                await asyncio.sleep(0)
            assert (await other).error == "The sender stopped before the broker's receipt"

    run(test())
