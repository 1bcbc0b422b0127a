"""Receivers that make comparing hard: none of them is a failure of ours, and none fails for what it need not bear."""

import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from emulator.cli.main import run
from emulator.core.scenario import Receiver, Scenario
from emulator.core.verdict import Judgement, Verdict
from emulator.harness.client import ControlClient
from emulator.harness.trials import trials

MORTAL = """\
import http.server, os, sys
LIVES = [int(sys.argv[2])]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.say(b"{}")
    def do_GET(self):
        LIVES[0] -= 1
        self.say(b'{"shipments": []}')
        if LIVES[0] == 0:
            os._exit(3)
    def say(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def judged(scenario: Scenario, **how: Any) -> Judgement:
    with trials(scenario, **how) as made:
        return made.run(scenario).judgement


def mortal(folder: Path, told: Callable[..., Scenario], there: Any, *, reads: int) -> Scenario:
    """The story told to a receiver that ends after so many reads of its state."""
    (folder / "mortal.py").write_text(MORTAL, encoding="utf-8")
    ask = 'import sys, urllib.request as u; u.urlopen(sys.argv[1], b"")'
    converges = "converges: {probe: 'http://127.0.0.1:{port}/', path: $.shipments, stable_for: 10ms}"
    scenario = told(there, converges)
    receiver = Receiver(
        command=f"{sys.executable} -S {folder / 'mortal.py'} {{port}} {reads}",
        url="http://127.0.0.1:{port}/hook",
        reset=f"{sys.executable} -c {shlex.quote(ask)} http://127.0.0.1:{{port}}/reset",
    )
    observer = replace(scenario.integrations[0], configuration={})
    return replace(scenario, receiver=receiver, integrations=(observer,))


def test_one_that_dies_between_the_runs_is_not_compared_and_is_started_for_the_next(
    tmp_path: Path, department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    """It is read before the run, and twice after it."""
    scenario = mortal(tmp_path, told, department(), reads=3)
    with trials(scenario) as made:
        first, second = made.run(scenario), made.run(scenario)
    for trial in (first, second):
        assert trial.played.settled
        assert trial.baseline is None
        assert trial.judgement.verdict is Verdict.INCONCLUSIVE
        assert "the receiver" in trial.judgement.findings[0].sentence


def test_one_that_dies_while_it_is_read_has_failed(
    tmp_path: Path, department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    judgement = judged(mortal(tmp_path, told, department(), reads=2))
    assert judgement.verdict is Verdict.FAIL
    assert judgement.findings[0].sentence.endswith("the receiver ended with 3 before its state was read")


def test_a_reset_that_fails_between_the_runs_is_inconclusive(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    there, answers = department(), iter((204, 500))
    there.forget = lambda: next(answers)
    (found,) = judged(told(there)).findings
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.sentence.startswith("after the run, the receiver's reset 'curl -fsX POST ")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (lambda tick: json.dumps({"shipments": tick}), "goes on changing: no two reads 10ms apart are equal"),
        (lambda _: "<html>", "answered what is not JSON: <html>"),
        (lambda _: "[" * 100_000, "answered what is not JSON"),
        (lambda _: "[" * 500 + "]" * 500, "nests deeper than 100 levels"),
    ],
    ids=["never stable", "not JSON", "endlessly deep", "too deep"],
)
def test_a_state_that_cannot_be_read_is_inconclusive(
    department: Callable[..., Any],
    told: Callable[..., Scenario],
    monkeypatch: pytest.MonkeyPatch,
    says: Callable[[int], str],
    words: str,
) -> None:
    monkeypatch.setattr("emulator.harness.readings._PATIENCE", 0.1)
    ticks = count()
    there = department()
    there.answers = lambda: (200, says(next(ticks)))
    (found,) = judged(told(there)).findings
    assert found.verdict is Verdict.INCONCLUSIVE
    assert words in found.sentence


def test_a_large_state_is_compared_and_told_in_short(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    there = department(careless=True)
    filling = ["x" * 5_000] * 1_000
    there.answers = lambda: (200, json.dumps({"shipments": [*filling, {"all": filling, "of": there.shipments()}]}))
    (found,) = judged(told(there)).findings
    assert found.verdict is Verdict.FAIL
    assert [line.partition(":")[0] for line in found.seen] == ["$.shipments[1000].of[1]", "$.shipments[1000].of[2]"]
    assert len(str(found)) < 2_000


def call_back(department: Any, method: str, path: str, document: Any) -> Callable[[str], object]:
    """Has it call the provider's API when it hears that an order is paid."""

    def ready(url: str) -> None:
        def on_message(key: str) -> None:
            if key == "order.paid":
                with httpx.Client(base_url=url, trust_env=False, headers={"Authorization": "Bearer any"}) as client:
                    client.request(method, path, json={"data": document}).raise_for_status()

        department.on_message = on_message

    return ready


def test_what_its_own_calls_raise_is_told_and_not_compared(
    department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    """It does not hear of it, and it is about nothing that the steps are about; so the rest is compared."""
    there = department()
    scenario = told(there, chaos="{id: twice, match: order.paid, duplicate: {copies: 1, identity: same}}")
    customer = {"type": "customer", "name": "Ada", "email": "ada@example.com"}
    ready = call_back(there, "POST", "/v2/customers", customer)
    judgement = judged(scenario, on_ready=ready)
    assert judgement.verdict is Verdict.PASS
    assert judgement.remarks[-1] == (
        "Not compared: events that the receiver's own calls raised: customer:1/customer.created:1, "
        "customer:2/customer.created:1; without faults customer:1/customer.created:1."
    )


@pytest.mark.parametrize(
    ("also", "verdict"),
    [("", Verdict.FAIL), (", {id: late, match: order.paid, delay: {value: 3s}}", Verdict.INCONCLUSIVE)],
    ids=["as without faults", "at other moments"],
)
def test_what_may_come_of_its_own_calls_is_no_failure(
    department: Callable[..., Any], told: Callable[..., Scenario], also: str, verdict: Verdict
) -> None:
    """The receiver hears of what it does; where it does that as it does without faults, it is no excuse."""
    there = department(careless=True)
    scenario = told(there, chaos="{id: lost, match: order.fulfilled, ack_loss: {times: 2}}" + also)
    observer = replace(scenario.integrations[0], observes=("order.*", "customer.*"))
    customer = {"type": "customer", "name": "Ada", "email": "ada@example.com"}
    ready = call_back(there, "POST", "/v2/customers", customer)
    (found,) = judged(replace(scenario, integrations=(observer,)), on_ready=ready).findings
    assert found.verdict is verdict
    excused = "but the receiver's own calls raised customer:1/customer.created:1, at other" in found.sentence
    assert excused is (verdict is Verdict.INCONCLUSIVE)
    assert len(found.differences) == 2


def test_a_run_says_what_differs(
    department: Callable[..., Any], told: Callable[..., Scenario], capsys: pytest.CaptureFixture[str]
) -> None:
    there = department(careless=True)
    told(there)
    assert run(["run", "story.yaml"]) == 4
    out = capsys.readouterr().out
    assert "is not what it is without faults: it differs in 2 places" in out
    assert f'$.shipments[1]: "{there.shipments()[0]}", without faults not there' in out
    assert "order.fulfilled:1 to shop  succeeded: attempt 1 at" in out


def test_every_report_shows_what_differs_and_the_run_that_it_differs_from(
    tmp_path: Path, department: Callable[..., Any], told: Callable[..., Scenario], capsys: pytest.CaptureFixture[str]
) -> None:
    there = department(careless=True)
    told(there)
    written = "junit=r.xml,html=r.html,ndjson=r.ndjson,har=r.har"
    assert run(["run", "story.yaml", "--json", "--report", written]) == 4
    order = there.shipments()[0]
    difference = {"path": "$.shipments[1]", "value": order}
    (found,) = json.loads(capsys.readouterr().out)["judgement"]["findings"]
    assert found["differences"][0] == difference
    line = f'$.shipments[1]: "{order}", without faults not there'
    assert line in ElementTree.parse(tmp_path / "r.xml").findtext(".//failure", "")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<td><code>$.shipments[1]</code></td>" in page
    assert "not there</span></td>" in page
    assert "The same without faults" in page
    lines = [json.loads(one) for one in (tmp_path / "r.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [one["faults"] for one in lines if one["type"] == "baseline_attempt"] == [[]] * 5
    assert [one["differences"][0] for one in lines if one["type"] == "finding"] == [difference]
    comment = json.loads((tmp_path / "r.har").read_text(encoding="utf-8"))["log"]["comment"]
    assert "is not what it is without faults: it differs in 2 places" in comment
    assert run(["run", "story.yaml", "--report", "github"]) == 4
    assert f"%0A{line.replace('%', '%25')}%0A" in capsys.readouterr().out


def test_the_journal_that_a_run_keeps_is_of_the_run_under_faults(
    tmp_path: Path, department: Callable[..., Any], told: Callable[..., Scenario]
) -> None:
    told(department())
    assert run(["run", "story.yaml", "--data-dir", "kept"]) == 0
    from emulator.harness.local import SavedEmulator

    with SavedEmulator(tmp_path / "kept") as saved, ControlClient(saved.url) as client:
        faults = {fault["fault"] for attempt in client.attempts()["data"] for fault in attempt["faults"]}
    assert faults == {"ack_loss"}
