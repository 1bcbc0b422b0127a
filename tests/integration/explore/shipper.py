"""A shipping department as a program: `python shipper.py PORT [careless yes] [dies-on KEY] [refuses KEY]`.

It ships an order that is fulfilled: once, or (careless) as often as it is told. It leaves its process id in `PIDS`.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT, *WORDS = sys.argv[1:]
HOW = dict(zip(WORDS[::2], WORDS[1::2], strict=True))
SHIPPED: dict[str, int] = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/reset":
            SHIPPED.clear()
            self._answer(200)
            return
        message = json.loads(body)
        key = message["triggered_by"]
        if HOW.get("dies-on") == key:
            print(f"cannot bear {key}", file=sys.stderr, flush=True)
            os._exit(3)
        if HOW.get("refuses") == key:
            self._answer(500)
            return
        if key == "order.fulfilled":
            order = json.loads(message["resources"])["data"]["id"]
            SHIPPED[order] = SHIPPED.get(order, 0) + 1 if HOW.get("careless") == "yes" else 1
        self._answer(200)

    def do_GET(self) -> None:
        self._answer(200, json.dumps({"shipped": SHIPPED}))

    def _answer(self, status: int, text: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


if "PIDS" in os.environ:
    with Path(os.environ["PIDS"]).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
server = ThreadingHTTPServer(("127.0.0.1", int(PORT)), Handler)
server.daemon_threads = True
server.serve_forever()
