"""The fixtures, the marker and the report of the pytest plugin, as contract tests use them."""

import json
import os
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import SavedEmulator

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


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("sed=3", "*does not know 'sed'; did you mean 'seed'?*"),
        ("3", "*the marker takes names only: epcc(seed=0, *"),
        ("seed='x'", "*seed is a number from 0 on, not 'x'*"),
        ("profile='documentd'", "*unknown profile 'documentd'; did you mean 'documented'?*"),
        ("scenario='duplicat'", "*unknown scenario 'duplicat'; did you mean 'duplicate'?*"),
        ("scenario=3", "*scenario is a name or a file, not 3*"),
    ],
)
def test_a_wrong_marker_says_what_there_is(pytester: pytest.Pytester, marker: str, told: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.epcc({marker})
        def test_it(epcc):
            pass
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])


def test_tests_share_an_emulator_and_none_sees_what_another_did(epcc_server: Any) -> None:
    with epcc_server.fresh() as first:
        first.integration("http://127.0.0.1:9/", observes=["order.*"])
        first.chaos(match="order.*", delay="1h")
        first.trigger("order.paid")
        first.client.set_profile("hostile")
        first.client.pause()
    with epcc_server.fresh() as second:
        assert second.url == first.url
        assert second.client.integrations() == []
        assert second.client.chaos()["rules"] == []
        assert second.client.status()["paused"] == []
        assert second.client.clock()["now"] == "2026-01-01T00:00:00.000000Z"
        assert second.client.events()["data"] == []


def test_an_emulator_of_its_own_is_had_where_it_is_asked_for_or_the_shared_one_is_taken(epcc_server: Any) -> None:
    with epcc_server.fresh() as shared, epcc_server.fresh() as other, epcc_server.fresh(seed=5) as third:
        assert len({shared.url, other.url, third.url}) == 3
        shared.trigger("order.created")
        assert other.client.events()["data"] == []
        assert third.client.status()["seed"] == 5


@pytest.mark.parametrize("was", ["something", None])
def test_the_environment_is_put_back(epcc_server: Any, monkeypatch: pytest.MonkeyPatch, was: str | None) -> None:
    monkeypatch.delenv("EPCC_API_BASE_URL", raising=False)
    if was is not None:
        monkeypatch.setenv("EPCC_API_BASE_URL", was)
    with epcc_server.fresh() as epcc:
        assert os.environ["EPCC_API_BASE_URL"] == epcc.url
        assert os.environ["EPCC_CLIENT_ID"] == epcc.env["EPCC_CLIENT_ID"]
    assert os.environ.get("EPCC_API_BASE_URL") == was


FAILING = """
    def test_it(epcc):
        epcc.integration("http://127.0.0.1:9/", observes=["order.created"])
        epcc.create("order")
        epcc.settle()
        assert FAILS is False
"""


def test_a_failing_test_tells_what_was_delivered_and_keeps_its_journal(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING.replace("FAILS", "True"))
    failed = pytester.runpytest_inprocess()
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(
        [
            "*epcc: the last deliveries*",
            "  #1 order.created of order:1 to receiver: exhausted after attempt *: *127.0.0.1:9*",
            "Look into it with: epcc-emulator tui --journal *.sqlite3",
        ]
    )
    (line,) = [line for line in failed.outlines if line.startswith("Look into it")]
    journal = Path(line.rpartition(" ")[2])
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600, "it holds secrets"
    with SavedEmulator(journal) as saved, ControlClient(saved.url) as client:
        assert [one["state"] for one in client.deliveries()["data"]] == ["exhausted"]
    pytester.makepyfile(FAILING.replace("FAILS", "False"))
    passed = pytester.runpytest_inprocess()
    passed.assert_outcomes(passed=1)
    assert "epcc: the last deliveries" not in passed.stdout.str()
    assert not journal.exists(), "a journal is kept as long as its test fails"


def test_a_failing_property_tells_what_its_example_did(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, settings, strategies as st

        @settings(max_examples=5, deadline=None, database=None)
        @given(st.integers(1, 3))
        def test_it(epcc_server, count):
            with epcc_server.fresh() as epcc:
                epcc.integration("http://127.0.0.1:9/", observes=["customer.created"])
                epcc.trigger("customer.created", count=count)
                assert count < 2
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  #* customer.created of customer:1 to receiver: planned, not sent yet*"])
    result.stdout.fnmatch_lines(["Look into it with: epcc-emulator tui --journal *.sqlite3"])


def test_without_a_cache_no_journal_is_kept_and_it_is_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING.replace("FAILS", "True"))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*No journal is kept without pytest's cache*"])


def test_processes_of_xdist_do_not_meet(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os

        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(epcc, number):
            assert epcc.client.events()["data"] == []
            assert os.environ["EPCC_API_BASE_URL"] == epcc.url
            epcc.trigger("customer.created", count=number + 1)
            assert epcc.client.events()["results"]["total"] == number + 1
            assert number != 5
        """
    )
    result = pytester.runpytest_subprocess("-n", "2", "-p", "no:randomly")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["Look into it with: epcc-emulator tui --journal *"])


def test_the_plugin_imports_nothing_until_it_is_asked(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import sys

        def test_it():
            ours = {name for name in sys.modules if name.partition(".")[0] in ("emulator", "tui")}
            assert ours == {"emulator", "emulator.pytest_plugin"}
            heavy = {"starlette", "uvicorn", "httpx", "faker", "respx", "hypothesis", "asyncio", "sqlite3"}
            assert heavy.isdisjoint(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess("-p", "emulator.pytest_plugin", "-p", "no:asyncio")
    result.assert_outcomes(passed=1)
    assert "epcc" not in result.stdout.str().replace("epcc-", "")
