"""The fixture `epcc`, as a contract test uses it."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytest_plugins = ["pytester"]


class Receiver:
    """Stores what it is sent, in the order of arrival."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    thread = threading.Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.server.shutdown()
    running.server.server_close()
    thread.join()


def test_an_order_is_delivered_once_and_in_order_without_chaos(epcc: Any, receiver: Receiver) -> None:
    epcc.integration(receiver.url, observes=["order.*"])
    epcc.trigger("order.paid")
    assert receiver.bodies == [], "nothing is sent before settle"
    epcc.settle()
    assert [body["triggered_by"] for body in receiver.bodies] == ["order.created", "order.paid", "order.updated"]
    assert {delivery["state"] for delivery in epcc.deliveries()} == {"succeeded"}


def test_a_rule_makes_the_receiver_see_an_event_twice(epcc: Any, receiver: Receiver) -> None:
    epcc.integration(receiver.url, observes=["order.created"])
    epcc.chaos(match="order.created", duplicate={"copies": 1})
    epcc.trigger("order.created")
    epcc.settle()
    first, second = receiver.bodies
    assert first["id"] == second["id"]
    assert first["attempt"] == second["attempt"] == 1


@pytest.mark.epcc(seed=3, profile="documented")
def test_the_marker_chooses_seed_and_profile(epcc: Any, receiver: Receiver) -> None:
    status = epcc.client.status()
    assert (status["seed"], status["profile"]) == (3, "documented")


def test_the_environment_leads_to_it(epcc: Any) -> None:
    assert os.environ["EPCC_API_BASE_URL"] == epcc.url


def test_a_wrong_marker_says_what_there_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.epcc(sed=3)
        def test_it(epcc):
            pass
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*does not know 'sed'; did you mean 'seed'?*"])


def test_the_plugin_imports_nothing_until_it_is_asked(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        def test_it():
            heavy = {"starlette", "uvicorn", "httpx", "faker", "emulator.harness"}
            assert heavy.isdisjoint(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess("-p", "emulator.pytest_plugin")
    result.assert_outcomes(passed=1)
