"""An example receiver: a webhook endpoint that believes whatever it hears last, as many first versions do.

It uses the standard library alone and keeps everything in memory. `GET /seen` lists the messages in the order in which
they arrived, `GET /state` what it believes of each order and cart.
"""

import argparse
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TextIO

SECRET_HEADER = "X-MOLTIN-SECRET-KEY"  # noqa: S105  (the header's name)


class Memory:
    """What was received. Every request is handled in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[dict[str, Any]] = []
        self._believed: dict[str, str] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Believe it, without asking whether it is news."""
        resource = resource_of(message)
        with self._lock:
            self._seen.append(
                {
                    "job": message["id"],
                    "attempt": message.get("attempt"),
                    "event": message["triggered_by"],
                    "resource": resource,
                }
            )
            self._believed[resource] = message["triggered_by"]

    def seen(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._seen)

    def believed(self) -> dict[str, str]:
        with self._lock:
            return dict(self._believed)


def resource_of(message: dict[str, Any]) -> str:
    """The id of what the message is about. `resources` is a JSON string, but for deletions, where it is an object."""
    resources = message["resources"]
    found = json.loads(resources) if isinstance(resources, str) else resources
    return str(found.get("data", found)["id"])


class ReceiverServer(ThreadingHTTPServer):
    """A server with a memory."""

    daemon_threads = True
    memory: Memory


def make_server(host: str, port: int, secret: str | None) -> ReceiverServer:
    """The receiver on this port, ready to serve."""
    memory = Memory()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer leaves in one piece; in two, the second waits for an acknowledgement of the first

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if secret is not None and self.headers.get(SECRET_HEADER) != secret:
                self._answer(401, {"error": "wrong secret"})
                return
            try:
                memory.take(json.loads(body))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self._answer(400, {"error": f"not a message: {error!r}"})
                return
            self._answer(200, {"received": True})

        def do_GET(self) -> None:
            answers: dict[str, Any] = {"/seen": memory.seen, "/state": memory.believed}
            if self.path in answers:
                self._answer(200, answers[self.path]())
            else:
                self._answer(404, {"error": "GET /seen or /state, POST anywhere"})

        def _answer(self, status: int, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Whoever sends knows more than this log would say."""

    server = ReceiverServer((host, port), Handler)
    server.memory = memory
    return server


def main() -> None:
    """Serve until interrupted, or, with `--until-stdin-closes`, until whoever started us is gone."""
    parser = argparse.ArgumentParser(prog="python -m emulator.examples.receiver", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--secret", help="refuse messages that do not carry it")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    server = make_server(options.host, options.port, options.secret)
    print(f"Receiving on http://{options.host}:{server.server_address[1]}", flush=True)
    if options.until_stdin_closes:
        threading.Thread(target=_shut_down_with, args=(sys.stdin, server), daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _shut_down_with(stream: TextIO, server: ThreadingHTTPServer) -> None:
    stream.read()
    server.shutdown()


if __name__ == "__main__":
    main()
