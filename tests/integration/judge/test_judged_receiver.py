"""Each probe, with a receiver that ships once and one that ships as often as it is told; and what cannot be judged."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.main import run
from emulator.harness import readings
from emulator.runtime import stillness

COUNT = """\
import sqlite3, sys
print(len(sqlite3.connect("shop.db").execute("select id from shipments").fetchall()))
"""
CHECKS = """\
import sqlite3
def shipped(order):
    return sqlite3.connect("shop.db").execute("select count(*) from shipments where id = ?", (order,)).fetchone()[0]
def broken():
    raise LookupError("no such thing")
"""
PYTHON = sys.executable

PROBES = [
    "exactly: {probe: 'URL/?order={{o1.id}}', count: '$.shipments[*]', equals: 1}",
    "exactly: {probe: {url: 'URL/', headers: {X-Token: s3cret}}, path: $.shipments, equals: ['{{o1.id}}']}",
    "exactly: {probe: 'URL/', count: \"$.shipments[?@ == '{{o1.id}}']\", equals: 1}",
    "exactly: {probe: {sql: 'sqlite:///shop.db', query: select id from shipments}, count: '$[*]', equals: 1}",
    "exactly: {probe: {sql: 'sqlite:///shop.db', query: select count(*) n from shipments}, path: '$[0].n', equals: 1}",
    f"exactly: {{probe: {{command: {PYTHON} count.py}}, equals: 1}}",
    f"exactly: {{probe: {{command: {PYTHON} count.py, output: text}}, equals: '1'}}",
    f"exactly: {{probe: {{command: '{PYTHON} -c \"exit(len(open(chr(110)).read()))\"', output: code}}, equals: 1}}",
    "exactly: {probe: {python: 'department_checks:shipped', with: {order: '{{o1.id}}'}}, equals: 1}",
    "never: {probe: {python: 'department_checks:shipped', with: {order: '{{o1.id}}'}}, equals: 3}",
]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "_PATIENCE", 0.5)
    monkeypatch.setattr(stillness, "_PATIENCE", 0.3)


@pytest.fixture(autouse=True)
def _checks(tmp_path: Path) -> Any:
    (tmp_path / "count.py").write_text(COUNT)
    (tmp_path / "department_checks.py").write_text(CHECKS)
    yield
    sys.modules.pop("department_checks", None)


def _noting(folder: Path, department: Any) -> Callable[[str], object]:
    """Leaves as many letters in a file as there are shipments, before the message that is being heard."""

    def note(_: str) -> None:
        (folder / "n").write_text("x" * len(department.shipments()))

    return note


@pytest.mark.parametrize("expectation", PROBES)
def test_a_receiver_that_ships_once_and_one_that_does_not(
    tmp_path: Path,
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    expectation: str,
) -> None:
    there = department()
    there.on_message = _noting(tmp_path, there)
    expected = expectation.replace("URL", there.url)
    well = command("run", story(there, expected), "--json")
    assert (well.code, well.judgement["verdict"]) == (0, "pass"), well
    with there.database() as database:
        database.execute("delete from shipments")
    there.careless = True
    badly = command("run", story(there, expected))
    assert badly.code == 4, badly
    assert "Verdict: fail" in badly.out
    assert "s3cret" not in badly.out
    assert "Reproduce with: epcc-emulator run story.yaml --seed 7" in badly.err


def test_at_least(department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]) -> None:
    there = department()
    expected = f"at_least: {{probe: '{there.url}/', count: '$.shipments[*]', value: 1}}"
    assert command("run", story(there, expected)).code == 0
    with there.database() as database:
        database.execute("delete from shipments")
    there.refuses["order.fulfilled"] = 99
    deaf = command("run", story(there, expected))
    assert deaf.code == 4
    assert "is 0, expected at least 1" in deaf.out
    assert 'says {"shipments": []}' in deaf.out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, "it burns"), "answered 500: it burns"),
        ((401, ""), "answered 401: nothing"),
        ((200, "<html>"), "answered what is not JSON: <html>"),
    ],
)
def test_a_state_that_cannot_be_read_is_inconclusive(
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    answer: tuple[int, str],
    words: str,
) -> None:
    there = department(answers=lambda: answer)
    result = command("run", story(there, f"exactly: {{probe: '{there.url}/', equals: 1}}"))
    assert result.code == 5
    assert words in result.out


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_null(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any], status: int
) -> None:
    there = department(answers=lambda: (status, "not here"))
    none = f"exactly: {{probe: '{there.url}/', equals: null}}"
    empty = f"exactly: {{probe: '{there.url}/', count: '$[*]', equals: 0}}"
    missing = f"exactly: {{probe: '{there.url}/', path: $.status, equals: paid}}"
    result = command("run", story(there, none, empty, missing), "--json")
    assert [one["verdict"] for one in result.judgement["findings"]] == ["pass", "pass", "fail"]
    assert f"is not there (it answered {status})" in result.judgement["findings"][2]["sentence"]


def test_a_state_that_goes_on_changing_is_inconclusive(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    numbers = itertools.count()
    there = department(answers=lambda: (200, json.dumps(next(numbers))))
    result = command("run", story(there, f"exactly: {{probe: '{there.url}/', equals: 1, stable_for: 20ms}}"))
    assert result.code == 5
    assert "goes on changing: no two reads 20ms apart are equal" in result.out


def test_a_state_that_comes_to_rest_is_waited_for(
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readings, "_PATIENCE", 60.0)
    numbers = itertools.count()
    there = department(answers=lambda: (200, json.dumps(min(next(numbers), 4))))
    result = command("run", story(there, f"exactly: {{probe: '{there.url}/', equals: 4, stable_for: 10ms}}"))
    assert result.code == 0


def test_a_receiver_that_is_busy_is_not_judged(
    tmp_path: Path, department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department(on_message=lambda _: (tmp_path / "busy").touch())
    name = story(there, f"exactly: {{probe: '{there.url}/', equals: 1}}", head="receiver: {idle: 'test ! -e busy'}\n")
    result = command("run", name)
    assert result.code == 5
    assert "the receiver is not idle by its own command, so its state is not final" in result.out


def test_a_queue_that_nobody_empties_is_not_judged(
    tmp_path: Path, department: Callable[..., Any], command: Callable[..., Any]
) -> None:
    there = department()
    (tmp_path / "queue.yaml").write_text(
        "integrations: [{name: line, type: stomp}]\nsteps: [{trigger: order.created}]\n"
        f"expect: [exactly: {{probe: '{there.url}/', equals: 1}}]\n"
    )
    result = command("run", "queue.yaml")
    assert result.code == 5
    assert "the queue /queue/line still holds messages that nobody has taken" in result.out


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ("'http://127.0.0.1:1/'", "http://127.0.0.1:1/ cannot be reached"),
        ("{sql: 'sqlite:///none.db', query: select 1}", "sqlite:///none.db cannot be opened: there is no file none.db"),
        ("{command: no-such-command-at-all}", "'no-such-command-at-all' cannot be started"),
        ("{python: 'no_such_module_at_all:f'}", "no_such_module_at_all:f cannot be had: ModuleNotFoundError"),
        ("{python: 'department_checks:shiped'}", "department_checks:shiped cannot be had: AttributeError"),
    ],
)
def test_a_probe_that_cannot_be_reached_is_the_harness_failing(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any], probe: str, words: str
) -> None:
    result = command("run", story(department(), f"exactly: {{probe: {probe}, equals: 1}}"))
    assert result.code == 3
    assert f"the receiver's state cannot be read: {words}" in result.err


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ("{sql: 'sqlite:///shop.db', query: select x from nowhere}", "refuses the query: no such table"),
        ("{sql: 'sqlite:///shop.db', query: delete from shipments}", "refuses the query: attempt to write a readonly"),
        ("{command: 'sh -c \"echo oh no >&2; exit 3\"'}", "failed with 3: oh no"),
        ("{command: echo hello}", "said what is not JSON: hello"),
        ("{python: 'department_checks:broken'}", "department_checks:broken raised LookupError: no such thing"),
    ],
)
def test_a_probe_that_fails_says_nothing_of_the_receiver(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any], probe: str, words: str
) -> None:
    result = command("run", story(department(), f"exactly: {{probe: {probe}, equals: 1}}"))
    assert result.code == 5, result
    assert words in result.out


@pytest.mark.parametrize(
    ("chaos", "words"),
    [
        ("{match: {event: order.fulfilled}, drop: }", "dropped after 0 attempts, so that the receiver could not know"),
        ("{match: {event: order.fulfilled}, connection: reset}", "exhausted after 6 attempts, the last: "),
    ],
)
def test_a_receiver_that_was_not_told_is_not_to_blame(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any], chaos: str, words: str
) -> None:
    there = department()
    expected = f"exactly: {{probe: '{there.url}/', count: '$.shipments[*]', equals: 1}}"
    result = command("run", story(there, expected, chaos=chaos))
    assert result.code == 5
    assert "is 0, expected 1; but delivery" in result.out
    assert words in result.out


def test_a_receiver_that_refuses_what_is_right_is_to_blame(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department(refuses={"order.fulfilled": 99})
    expected = f"exactly: {{probe: '{there.url}/', count: '$.shipments[*]', equals: 1}}"
    for chaos in ("{match: {event: order.fulfilled}, payload: unknown_field}", ""):
        assert command("run", story(there, expected, chaos=chaos)).code == 4


def test_a_receiver_that_dies_has_failed(tmp_path: Path, command: Callable[..., Any]) -> None:
    """It is started by the scenario, and ends when it hears of an order that is paid."""
    (tmp_path / "mortal.py").write_text(
        """\
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"order.paid" in body:
            os._exit(7)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
    )
    (tmp_path / "mortal.yaml").write_text(
        f"receiver: {{command: '{PYTHON} mortal.py {{port}}', url: 'http://127.0.0.1:{{port}}/'}}\n"
        "steps: [{trigger: order.paid}]\nexpect: [exactly: {probe: 'http://127.0.0.1:{port}/', equals: 1}]\n"
    )
    result = command("run", "mortal.yaml")
    assert result.code == 4
    assert "the receiver ended with 7 before its state was read" in result.out


def test_what_a_receiver_prints_is_no_part_of_our_output(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "told.yaml").write_text(
        f"receiver: {{command: '{PYTHON} -m emulator.examples.receiver --port {{port}}', "
        "url: 'http://127.0.0.1:{port}/'}\nsteps: [{trigger: order.paid}]\n"
        "expect: [at_least: {probe: 'http://127.0.0.1:{port}/seen', count: '$[*]', value: 1}]\n"
    )
    code = run(("run", "told.yaml", "--json"))
    printed = capfd.readouterr()
    assert (code, json.loads(printed.out)["judgement"]["verdict"]) == (0, "pass")
    assert "Receiving on" in printed.err
