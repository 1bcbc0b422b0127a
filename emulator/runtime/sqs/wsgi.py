"""WsgiServer: a WSGI application on a listening socket, a thread a connection, with connections kept open.

The server that moto comes with closes every connection after one answer, and first waits 10 ms for more to be sent.
"""

import socket
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from sys import stderr
from typing import Any
from urllib.parse import unquote_to_bytes

import httptools

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_CHUNK = 1 << 16
_LARGEST = 1 << 24  # bytes of one request; SQS itself allows a sixteenth of it
_MOST_CONNECTIONS = 400


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class Presence:
    """Whether the client whose request this thread serves is still there."""

    def __init__(self) -> None:
        self._here = threading.local()

    def enter(self, client: socket.socket) -> None:
        """This thread serves this client from now on."""
        self._here.client = client

    def require(self) -> None:
        """Raises ClientGone when the client of this thread has hung up."""
        client: socket.socket | None = getattr(self._here, "client", None)
        if client is None:
            return
        try:
            gone = client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            raise ClientGone


class WsgiServer:
    def __init__(self, listening: socket.socket, application: Application, presence: Presence) -> None:
        self._listening = listening
        self._application = application
        self._presence = presence
        self._room = threading.BoundedSemaphore(_MOST_CONNECTIONS)

    def serve_forever(self) -> None:
        while True:
            self._room.acquire()
            client, _ = self._listening.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._presence.enter(client)
        try:
            with client, suppress(OSError, ClientGone):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Connection(client, self._application).run()
        finally:
            self._room.release()


@dataclass(slots=True)
class _Request:
    method: str = ""
    url: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    keep_alive: bool = False


class _Connection:
    """One client's requests, in order. The `on_…` methods are what httptools calls."""

    def __init__(self, client: socket.socket, application: Application) -> None:
        self._client = client
        self._application = application
        self._parser = httptools.HttpRequestParser(self)
        self._request = _Request()
        self._whole: deque[_Request] = deque()
        self._size = 0

    def run(self) -> None:
        """Until either side is done. Raises OSError when the client leaves in the middle."""
        open_ = True
        while open_:
            data = self._client.recv(_CHUNK)
            if not data:
                return
            self._size += len(data)
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                open_ = False  # the request itself is whole, and is answered as what it also is
            except httptools.HttpParserError:
                self._write("400 Bad Request", [], [b"This is not HTTP.\n"], keep_alive=False)
                return
            while self._whole:
                self._size = 0
                open_ = self._answer(self._whole.popleft()) and open_
            if self._size > _LARGEST:
                self._write("413 Content Too Large", [], [b"The request is too large.\n"], keep_alive=False)
                return

    def on_message_begin(self) -> None:
        self._request = _Request()

    def on_url(self, url: bytes) -> None:
        self._request.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if ("expect", "100-continue") in self._request.headers:
            self._client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._request.body += body

    def on_message_complete(self) -> None:
        self._request.method = self._parser.get_method().decode("latin-1")
        self._request.keep_alive = self._parser.should_keep_alive()
        self._whole.append(self._request)

    def _answer(self, request: _Request) -> bool:
        """Whether the connection stays open."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _failure: object = None) -> None:
            started.append((status, headers))

        try:
            answered = self._application(self._environ(request), start)
            try:
                parts = list(answered)
            finally:
                if hasattr(answered, "close"):
                    answered.close()
            status, headers = started[-1]
        except ClientGone:
            raise
        except Exception as failure:
            traceback.print_exc()
            status, headers = "500 Internal Server Error", [("Content-Type", "text/plain")]
            parts = [f"The embedded SQS server failed: {type(failure).__name__}: {failure}\n".encode()]
        self._write(status, headers, parts, keep_alive=request.keep_alive, head=request.method == "HEAD")
        return request.keep_alive

    def _write(
        self, status: str, headers: list[tuple[str, str]], parts: list[bytes], *, keep_alive: bool, head: bool = False
    ) -> None:
        body = b"".join(parts)
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in ("content-length", "connection")]
        lines += [f"Content-Length: {len(body)}", f"Connection: {'keep-alive' if keep_alive else 'close'}", "", ""]
        self._client.sendall("\r\n".join(lines).encode("latin-1") + (b"" if head else body))

    def _environ(self, request: _Request) -> Environ:
        host, port = self._client.getsockname()[:2]
        path, _, query = request.url.partition(b"?")
        environ: Environ = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "RAW_URI": request.url.decode("latin-1"),
            "REQUEST_URI": request.url.decode("latin-1"),
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(request.body),
            "wsgi.errors": stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers:
            key = name.upper().replace("-", "_")
            key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        environ["CONTENT_LENGTH"] = str(len(request.body))
        return environ
