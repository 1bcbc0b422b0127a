"""The sender against real servers of different make: uvicorn, Node's http, nginx."""

import asyncio
import json
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from emulator.transports.connection import NOT_2XX
from emulator.transports.reach import Reach
from emulator.transports.webhook import WebhookTransport

UVICORN = """
import asyncio, json, sys
import uvicorn

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            break
    status = int(scope["path"].rpartition("/")[2])
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    text = json.dumps({"body": body.decode(), "headers": headers}).encode()
    await send({"type": "http.response.start", "status": status, "headers": []})
    if status not in (204, 304):
        await send({"type": "http.response.body", "body": text[:10], "more_body": True})
        await send({"type": "http.response.body", "body": text[10:]})
    else:
        await send({"type": "http.response.body", "body": b""})

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", http=sys.argv[2])
"""

NODE = """
require("http").createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    response.statusCode = parseInt(request.url.split("/").pop(), 10);
    response.end(JSON.stringify({ body, headers: request.headers }));
  });
}).listen(parseInt(process.argv[2], 10), "127.0.0.1");
"""

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    default_type application/json;
    location = /200 {{ return 200 '{{"headers":{{"x-moltin-secret-key":"$http_x_moltin_secret_key"}}}}'; }}
    location = /204 {{ return 204; }}
    location = /302 {{ return 302 /200; }}
    location = /404 {{ return 404; }}
    location = /500 {{ return 500; }}
  }}
}}
"""


@contextmanager
def running(command: list[str], port: int) -> Iterator[str]:
    """The server's URL, as soon as it listens; ended and waited for."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 15
        while True:
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < end, f"{command[0]} did not listen within 15 s"
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module", params=["uvicorn with httptools", "uvicorn with h11", "node", "nginx"])
def server(request, require, tmp_path_factory):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    if request.param.startswith("uvicorn"):
        (folder / "app.py").write_text(UVICORN)
        command = [sys.executable, str(folder / "app.py"), str(port), request.param.rpartition(" ")[2]]
    elif request.param == "node":
        (folder / "server.js").write_text(NODE)
        command = [require("node"), str(folder / "server.js"), str(port)]
    else:
        (folder / "nginx.conf").write_text(textwrap.dedent(NGINX.format(folder=folder, port=port)))
        command = [require("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with running(command, port) as url:
        yield request.param, url


def test_statuses(server, run, webhook_message):
    _, url = server
    statuses = [200, 204, 302, 404, 500]

    async def go():
        transport = WebhookTransport(reach=Reach())
        outcomes = [await transport.send(webhook_message(f"{url}/{status}")) for status in statuses]
        await transport.aclose()
        return outcomes

    outcomes = run(go())
    assert [outcome.status for outcome in outcomes] == statuses
    assert [outcome.succeeded for outcome in outcomes] == [True, True, False, False, False]
    assert [outcome.error for outcome in outcomes] == [None, None, NOT_2XX, NOT_2XX, NOT_2XX]


def test_what_arrives(server, run, webhook_message):
    name, url = server
    body = json.dumps({"id": "1", "text": "Zürich"}).encode()

    async def go():
        transport = WebhookTransport(reach=Reach())
        outcome = await transport.send(webhook_message(f"{url}/200", body=body, secret_key="geheim"))
        await transport.aclose()
        return outcome

    seen = json.loads(run(go()).body)
    assert seen["headers"]["x-moltin-secret-key"] == "geheim"
    if name != "nginx":
        assert seen["body"].encode() == body
        assert seen["headers"]["x-moltin-integration-trigger"] == "order.paid"
        assert seen["headers"]["content-type"] == "application/json"


def test_a_thousand_at_once(server, run, webhook_message):
    _, url = server

    async def go():
        transport = WebhookTransport(reach=Reach())
        outcomes = await asyncio.gather(
            *(transport.send(webhook_message(f"{url}/200", body=b"x" * 3000)) for _ in range(1000))
        )
        await transport.aclose()
        return outcomes

    assert {outcome.error for outcome in run(go())} == {None}
