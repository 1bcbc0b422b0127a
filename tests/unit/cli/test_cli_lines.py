"""The line for an attempt, the feed it is made from, and who holds a port."""

import io
import os
import socket
import threading
from typing import Any

import click
import pytest

from emulator.cli.attempt_line import Narrator
from emulator.cli.console import print_table
from emulator.cli.params import ADDRESS
from emulator.cli.progress import watched
from emulator.domain.errors import EnvironmentFault
from emulator.domain.moment import parse_instant
from emulator.domain.record import Record, RecordKind
from emulator.harness.reachability import reachability
from emulator.runtime.port import bind, free_port, holder

NOON = parse_instant("2026-01-01T12:00:00.25Z")
DELIVERY = {
    "event": "order:1/order.paid:1",
    "event_key": "order.paid",
    "resource": "order:1",
    "job_id": "job-1",
    "integration": "shop",
}


def planned(number: int = 1, **data: Any) -> Record:
    return Record(seq=1, at=NOON, kind=RecordKind.PLANNED, delivery=number, data={**DELIVERY, "sends": [], **data})


def attempted(number: int = 1, *, attempt: int = 1, copy: int = 0, due: int | None = None, **data: Any) -> Record:
    outcome = {
        "succeeded": True,
        "status": 200,
        "error": None,
        "processing_time": 0.0124,
        "started_at": NOON,
        "faults": [],
    }
    return Record(
        seq=2,
        at=NOON,
        kind=RecordKind.ATTEMPTED,
        delivery=number,
        integration="shop",
        attempt=attempt,
        copy=copy,
        due=due,
        data={**outcome, **data},
    )


def never(number: int) -> Any:
    raise AssertionError(f"asked for {number}, which was planned before our eyes")


def words(line: str | None) -> list[str]:
    assert line is not None
    return click.unstyle(line).split()


def test_a_success_is_time_event_resource_attempt_status_and_latency() -> None:
    narrator = Narrator(never)
    assert narrator.tell(planned()) is None
    assert words(narrator.tell(attempted())) == ["12:00:00.250", "order.paid", "order:1", "#1", "200", "12ms"]


def test_a_failure_says_why_and_when_it_is_tried_again() -> None:
    narrator = Narrator(never)
    narrator.tell(planned())
    line = click.unstyle(
        narrator.tell(attempted(succeeded=False, status=None, error="refused", due=NOON + 5_000_000, attempt=2)) or ""
    )
    assert "#2" in line
    assert " - " in line
    assert line.endswith("refused; again in 5s")


def test_faults_of_the_plan_are_told_on_the_first_attempt_only() -> None:
    late = {"rule": "late", "fault": "delay", "detail": "4s late"}
    lost = {"rule": "lost", "fault": "ack_loss", "detail": "ignored"}
    narrator = Narrator(never)
    narrator.tell(planned(sends=[{"attempt": 1, "copy": 0, "due": NOON, "faults": [late]}], faults=[late]))
    first = click.unstyle(
        narrator.tell(attempted(faults=[lost], lost=True, error="acknowledgement lost (injected)")) or ""
    )
    assert first.endswith("ack_loss: ignored; delay: 4s late")
    assert "delay" not in (narrator.tell(attempted(attempt=2)) or "")


def test_copies_are_told_apart() -> None:
    narrator = Narrator(never)
    narrator.tell(planned())
    assert "#1+2" in words(narrator.tell(attempted(copy=2)))


def test_a_delivery_from_before_is_asked_for_once() -> None:
    asked: list[int] = []

    def look_up(number: int) -> dict[str, Any]:
        asked.append(number)
        return {**DELIVERY, "faults": []}

    narrator = Narrator(look_up)
    assert "order.paid" in words(narrator.tell(attempted(7)))
    assert narrator.document(attempted(7))["job_id"] == "job-1"
    assert asked == [7]


def test_only_attempts_have_lines() -> None:
    narrator = Narrator(never)
    silent = [kind for kind in RecordKind if kind not in (RecordKind.ATTEMPTED, RecordKind.PLANNED)]
    assert [narrator.tell(Record(seq=1, at=NOON, kind=kind)) for kind in silent] == [None] * len(silent)


def test_a_table_is_as_wide_as_its_cells(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("a", "b", "c"), [("xxx", click.style("y", fg="red"), ""), ("x", "yy", "z")])
    assert click.unstyle(capsys.readouterr().out).splitlines() == ["a    b   c", "xxx  y", "x    yy  z"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [(10, ["a    b   c", "xxx  yy  z"]), (9, ["a    b", "xxx  yy"]), (3, ["a    b", "xxx  yy"])],
)
def test_a_narrow_terminal_is_spared_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int, shown: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("emulator.cli.console._on_terminal", lambda: True)
    print_table(("a", "b", "c"), [("xxx", "yy", "z")], spare=1)
    assert click.unstyle(capsys.readouterr().out).splitlines() == shown


def test_work_that_nobody_watches_is_just_done() -> None:
    assert watched(lambda: 7, lambda: pytest.fail("nobody asked"), total=10, label="work") == 7


def test_work_that_is_watched_shows_a_bar_and_hands_on_what_it_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, asked, ended = Terminal(), iter([3, 8, 99]), threading.Event()

    def done() -> int:
        now = next(asked, 99)
        if now == 99:
            ended.set()
        return now

    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("emulator.cli.progress._UNNOTICED", 0.0)
    monkeypatch.setattr("emulator.cli.progress._BETWEEN", 0.001)
    assert watched(lambda: ended.wait(10), done, total=10, label="Settling") is True
    assert "Settling" in terminal.getvalue()
    assert "10/10" in terminal.getvalue()


def test_work_of_which_nobody_knows_how_much_it_is_shows_how_much_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, asked, ended = Terminal(), iter([3, 1_208]), threading.Event()

    def done() -> int:
        now = next(asked, None)
        if now is None:
            ended.set()
        return now or 99_999

    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("emulator.cli.progress._UNNOTICED", 0.0)
    monkeypatch.setattr("emulator.cli.progress._BETWEEN", 0.001)
    assert watched(lambda: ended.wait(10), done, total=None, label="Traffic") is True
    shown = terminal.getvalue()
    assert "Traffic  3" in shown
    assert "Traffic  1,208" in shown
    assert "%" not in shown


def test_work_that_gives_up_is_not_shown_as_done(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, asked = Terminal(), threading.Event()

    def done() -> int:
        asked.set()
        return 3

    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("emulator.cli.progress._UNNOTICED", 0.0)
    assert watched(lambda: not asked.wait(10), done, total=10, label="Settling") is False
    assert "3/10" in terminal.getvalue()
    assert "10/10" not in terminal.getvalue()


def test_work_that_fails_while_watched_fails_as_it_would_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def work() -> int:
        raise EnvironmentFault("gone")

    monkeypatch.setattr("sys.stderr", Terminal())
    with pytest.raises(EnvironmentFault, match="gone"):
        watched(work, lambda: 0, total=10, label="work")


@pytest.mark.parametrize("written", ["localhost:8000/hook", "http://localhost:8000/hook"])
def test_an_address_without_a_scheme_is_one_of_http(written: str) -> None:
    assert ADDRESS.convert(written, None, None) == "http://localhost:8000/hook"


def test_a_port_that_is_taken_says_by_whom_and_which_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"(process {os.getpid()})" in (holder(port) or "")
        with pytest.raises(EnvironmentFault, match=f"port {port} is taken by .* is free: --port"):
            bind("127.0.0.1", port)
        with pytest.raises(EnvironmentFault, match="is free: --sqs-port"):
            bind("127.0.0.1", port, option="--sqs-port")
        free = free_port("127.0.0.1", port)
        assert free is not None
        assert free > port
    assert holder(port) is None


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(EnvironmentFault, match=r"127\.0\.0\.1 is the usual one"):
        bind(host, 0)


def test_reachability_is_a_connection_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        assert reachability(url).reachable
    assert reachability(url).problem == "nothing listens there yet"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://192.0.2.1/hook", "Blocked: '192.0.2.1' is outside loopback and private ranges"),
        ("http://no.such.host.invalid/", "'no.such.host.invalid' cannot be resolved"),
        ("mailto:ann@example.com", "is no address of http, https, stomp, stomp+ssl"),
        ("http://127.0.0.1:port/", "is no address"),
    ],
)
def test_what_cannot_be_reached_says_why(url: str, problem: str) -> None:
    assert problem in (reachability(url).problem or "")
