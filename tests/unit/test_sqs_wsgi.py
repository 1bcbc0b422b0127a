"""The WSGI server on raw sockets: connections kept open, and clients that do what they should not."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from emulator.runtime.sqs.wsgi import ClientGone, Presence, WsgiServer

Connect = Callable[..., socket.socket]


class Echo:
    """Answers with what it was asked; does odd things at odd paths."""

    def __init__(self, presence: Presence) -> None:
        self.presence = presence
        self.entered, self.left = threading.Event(), threading.Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/fail":
            raise LookupError("no such thing")
        if path == "/wait":
            self.wait()
        start(
            "200 OK", [("Content-Type", "text/plain"), ("Connection", "close"), ("X-Asked", environ["REQUEST_METHOD"])]
        )
        body = environ["wsgi.input"].read()
        header = environ.get("HTTP_X_TWICE", "")
        return [f"{path}?{environ['QUERY_STRING']} {header} {len(body)}:".encode(), body]

    def wait(self) -> None:
        """Until the client has gone."""
        self.entered.set()
        try:
            while True:
                self.presence.require()
        except ClientGone:
            self.left.set()
            raise


@pytest.fixture
def echo() -> Echo:
    return Echo(Presence())


@pytest.fixture
def connect(echo: Echo) -> Iterator[Connect]:
    """`connect()`: a client of a server that echoes."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = WsgiServer(listening, echo, echo.presence)

    def serve() -> None:
        try:
            server.serve_forever()
        except OSError:
            return  # the listening socket was shut down

    thread = threading.Thread(target=serve)
    thread.start()
    clients: list[socket.socket] = []

    def make() -> socket.socket:
        clients.append(socket.create_connection(listening.getsockname(), timeout=5))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def answer(client: socket.socket) -> tuple[str, dict[str, str], bytes]:
    """The next whole answer on this connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(1)
    lines = data.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
    body = b""
    while len(body) < int(headers["content-length"]):
        body += client.recv(int(headers["content-length"]) - len(body))
    return lines[0], headers, body


def closed(client: socket.socket) -> bool:
    return client.recv(1) == b""


def test_a_connection_serves_one_request_after_another(connect: Connect) -> None:
    client = connect()
    for number in range(3):
        client.sendall(f"POST /a%20b%C3%BC?n={number} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi".encode())
        status, headers, body = answer(client)
        assert status == "HTTP/1.1 200 OK"
        assert headers["connection"] == "keep-alive"
        assert body.decode() == f"/a b{'ü'.encode().decode('latin-1')}?n={number}  2:hi"


def test_requests_may_come_together_and_in_pieces(connect: Connect) -> None:
    client = connect()
    request = b"GET /one HTTP/1.1\r\nHost: x\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n"
    client.sendall(request * 2 + request[:20])
    client.sendall(request[20:])
    assert [answer(client)[2] for _ in range(3)] == [b"/one? 1,2 0:"] * 3


def test_a_body_may_come_in_chunks_and_on_request(connect: Connect) -> None:
    client = connect()
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert answer(client)[2] == b"/?  5:abcde"


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.0\r\n", b"GET / HTTP/1.1\r\nConnection: close\r\n", b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n"]
)
def test_a_connection_is_closed_for_those_who_want_it_so(connect: Connect, head: bytes) -> None:
    client = connect()
    extra = b"Connection: Upgrade, HTTP2-Settings\r\n" if b"Upgrade" in head else b""
    client.sendall(head + extra + b"Host: x\r\n\r\n")
    assert answer(client)[0] == "HTTP/1.1 200 OK"
    assert closed(client)


def test_only_the_head_is_sent_to_who_asks_for_it(connect: Connect) -> None:
    client = connect()
    client.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    data = b""
    while part := client.recv(1000):
        data += part
    assert b"X-Asked: HEAD\r\n" in data
    assert data.endswith(b"\r\n\r\n")


def test_what_is_not_http_is_refused(connect: Connect) -> None:
    client = connect()
    client.sendall(b"\x16\x03\x01\x02\x00 what is this\r\n\r\n")
    assert answer(client)[0] == "HTTP/1.1 400 Bad Request"
    assert closed(client)


@pytest.mark.parametrize("where", ["body", "headers"])
def test_what_never_ends_is_cut_off(connect: Connect, where: str) -> None:
    client = connect()
    head = "Content-Length: 99999999\r\n\r\n" if where == "body" else ""
    client.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{head}".encode())

    def pour() -> None:
        while True:
            client.sendall((b"x: " + b"y" * 8000 + b"\r\n") * 16)

    with pytest.raises(ConnectionError):
        pour()


def test_a_failure_is_answered_with_what_failed(connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    client = connect()
    for _ in range(2):
        client.sendall(b"GET /fail HTTP/1.1\r\nHost: x\r\n\r\n")
        status, _, body = answer(client)
        assert status == "HTTP/1.1 500 Internal Server Error"
        assert body == b"The embedded SQS server failed: LookupError: no such thing\n"
    assert "LookupError: no such thing" in capsys.readouterr().err


def test_work_for_a_client_that_has_gone_is_given_up(connect: Connect, echo: Echo) -> None:
    client = connect()
    client.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    assert echo.entered.wait(5)
    assert not echo.left.is_set()
    client.close()
    assert echo.left.wait(5)


def test_clients_do_not_wait_for_each_other(connect: Connect, echo: Echo) -> None:
    waiting, other = connect(), connect()
    waiting.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    assert echo.entered.wait(5)
    other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer(other)[0] == "HTTP/1.1 200 OK"


def test_a_thread_that_serves_nobody_has_no_client_to_lose() -> None:
    presence = Presence()
    presence.require()
    ours, theirs = socket.socketpair()
    presence.enter(ours)
    presence.require()
    theirs.close()
    with pytest.raises(ClientGone):
        presence.require()
    ours.close()
    with pytest.raises(ClientGone):
        presence.require()
