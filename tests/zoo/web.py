"""Web: a desk behind the standard library's HTTP server, each request in a thread of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from zoo.desk import Desk
from zoo.message import posted


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextmanager
def served(desk: Desk, port: int = 0, secret: str | None = None) -> Iterator[str]:
    """Where it is: `POST /hook` and `/reset`, `GET /state` and `/idle` (503 while it works). With a `secret`, it takes
    no message that does not carry that."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/reset":
                desk.reset()
                self._answer(200, {"reset": True})
                return
            if secret is not None and self.headers.get("X-MOLTIN-SECRET-KEY") != secret:
                self._answer(401, {"error": "somebody else's secret"})
                return
            self._answered = False
            try:
                desk.take(posted(body), self._acknowledge)
            except Exception as error:  # what a web framework does with what its handler let through
                if not self._answered:
                    self._answer(500, {"error": f"{type(error).__name__}: {error}"})

        def do_GET(self) -> None:
            if self.path == "/state":
                self._answer(200, desk.state())
            elif self.path == "/idle":
                self._answer(200 if desk.idle() else 503, {"idle": desk.idle()})
            else:
                self._answer(404, {"error": "GET /state or /idle, POST /hook or /reset"})

        def _acknowledge(self) -> None:
            self._answered = True
            self._answer(200, {"received": True})

        def _answer(self, status: int, document: Any) -> None:
            body = json.dumps(document, sort_keys=True).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
            except ConnectionError:
                self.close_connection = True  # the sender has not waited for it

        def log_message(self, format: str, *args: Any) -> None:
            """Whoever sends knows more than this log would say."""

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
