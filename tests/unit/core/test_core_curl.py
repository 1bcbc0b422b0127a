"""A request as a command that a shell runs: what arrives is what the emulator would have sent."""

import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.curl import curl
from emulator.domain.errors import InvalidInput

HEADERS = {
    "Host": "127.0.0.1",
    "User-Agent": "epcc-integrations-emulator",
    "Accept": "*/*",
    "Content-Type": "application/json",
    "X-Moltin-Secret-Key": "sq****",
    "X-Moltin-Integration-Trigger": "order.paid",
    "Content-Length": "7",
}


def _request(body: Any, url: str = "http://127.0.0.1:1/hook", **headers: str) -> dict[str, Any]:
    return {"method": "POST", "url": url, "headers": HEADERS | headers, "body": body}


class _Heard:
    """What came, as bytes and headers."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[_Heard, str]]:
    found = _Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            found.paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


BODIES = {
    "json": {"id": "1", "name": 'O\'Brien said "no!"', "path": "C:\\temp", "price": "$100 `now` & then; | < > * ?"},
    "every language": {"a": "Zoë 🦊 שלום 日本", "newline": "one\ntwo\r\n\tthree"},
    "no JSON": "{\"cut off at '",
    "lines": "one\n\ntwo\n'three'\n\n",
    "history": "!! !$ !n '!'",
    "file": "@/etc/passwd",
    "empty": "",
    "zero": "--a\0b%s\\n'\n🦊",
    "long": {"text": "it's " * 60_000},
    "option": "--version",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_shell_sends_the_same_bytes(name: str, heard: Any, require: Callable[[str], str]) -> None:
    require("curl")
    found, url = heard
    body = BODIES[name]
    command = curl(_request(body, f"{url}/hook?a=[1]&b='x'&c=%20"))
    done = subprocess.run(["sh"], input=f"{command} -sS\n".encode(), capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b""), command[:300]
    assert found.bodies[-1] == (body.encode() if isinstance(body, str) else orjson.dumps(body))
    assert found.paths[-1] == "/hook?a=[1]&b='x'&c=%20"
    sent = found.headers[-1]
    for header, value in HEADERS.items():
        if header not in ("Host", "Content-Length"):
            assert sent[header.lower()] == value
    assert set(sent) == {header.lower() for header in HEADERS}


def test_headers_that_are_empty_or_missing_are_so(heard: Any, require: Callable[[str], str]) -> None:
    require("curl")
    found, url = heard
    request = _request("x", url)
    request["headers"] = {"X-Moltin-Secret-Key": "", "X-Odd": 'it\'s; "odd": $HOME'}
    done = subprocess.run(["sh", "-c", f"{curl(request)} -sS"], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    sent = found.headers[-1]
    assert sent["x-moltin-secret-key"] == ""
    assert sent["x-odd"] == 'it\'s; "odd": $HOME'
    assert not {"content-type", "accept", "user-agent", "expect"} & set(sent)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
def test_every_body_is_one_word(body: str) -> None:
    words = shlex.split(curl(_request(body)))
    assert words[words.index("--data-raw") + 1] == body
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:1/hook"]


def test_the_secret_stays_masked() -> None:
    assert "X-Moltin-Secret-Key: sq****" in curl(_request({}))


def test_a_message_to_a_queue_is_none_for_curl() -> None:
    with pytest.raises(InvalidInput, match=r"a message to a queue \(SendMessage\) is not sent over HTTP"):
        curl({"method": "SendMessage", "url": "http://127.0.0.1:1/q", "headers": {}, "body": {}})
