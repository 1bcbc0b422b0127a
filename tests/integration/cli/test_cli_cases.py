"""Cases as their user has them: a run that fails is kept, run again, and made smaller."""

import json
import os
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.domain.errors import EnvironmentFault

pytest_plugins = ["pytester"]

Command = Callable[..., Any]
STORY = """\
name: twice paid
seed: 5
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: ["order.*", "customer.*"]}]
receiver: {reset: "RESET"}
steps:
  - {trigger: order.created, as: o1}
  - {trigger: customer.created, as: c1}
  - {trigger: order.paid, of: o1}
  - {trigger: order.fulfilled, of: o1}
  - {trigger: customer.updated, of: c1}
chaos:
  - {id: late, match: {event: "customer.*"}, delay: 3s}
  - {id: twice, match: {event: "order.*"}, duplicate: {copies: 2, spacing: 5s}}
  - {id: unheard, match: {event: order.fulfilled}, ack_loss: {times: 2}}
expect:
  - eventually: {event: order.paid, delivered: true}
  - converges: {probe: "STATE", stable_for: 5ms}
"""


@dataclass(slots=True)
class Till:
    """Counts payments; a right one counts each once."""

    right: bool = False
    paid: Counter[str] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)
    base: str = ""
    heard: int = 0
    interrupts: tuple[int, ...] = ()
    """At which messages somebody presses Ctrl+C."""

    @property
    def url(self) -> str:
        return f"{self.base}/hook"

    @property
    def story(self) -> str:
        port = self.base.rpartition(":")[2]
        ask = f"import socket; c = socket.create_connection(('127.0.0.1', {port})); "
        ask += r"c.sendall(b'POST /reset HTTP/1.0\r\n\r\n'); c.recv(9)"
        reset = f'{sys.executable} -S -c "{ask}"'.replace("\\", "\\\\").replace('"', '\\"')
        return STORY.replace("RESET", reset).replace("STATE", f"{self.base}/state")

    def take(self, body: bytes) -> None:
        self.heard += 1
        if self.heard in self.interrupts:
            os.kill(os.getpid(), signal.SIGINT)
        message = json.loads(body)
        if message["triggered_by"] == "order.paid" and not (self.right and message["id"] in self.known):
            self.paid[message["payload"]["data"]["id"]] += 1
        self.known.add(message["id"])


@pytest.fixture
def till() -> Iterator[Till]:
    made = Till()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.path == "/reset":
                made.paid.clear()
                made.known.clear()
            else:
                made.take(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer({})

        def do_GET(self) -> None:
            self._answer(made.paid)

        def _answer(self, document: Any) -> None:
            raw = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def name(command: Command, till: Till) -> str:
    """A case that a run has saved."""
    Path("paid.yaml").write_text(till.story, encoding="utf-8")
    failed = command("run", "paid.yaml", "--forward-to", till.url)
    assert failed.code == 4, failed.err
    [path] = Path(".epcc-emulator/cases").glob("*.json")
    assert f"Saved as {path}. Make it smaller with: epcc-emulator shrink {path.stem}\n" in failed.err
    return path.stem


def test_a_failed_run_is_kept_and_run_again_until_it_is_fixed(command: Command, till: Till, name: str) -> None:
    assert name.startswith("twice-paid-5-")
    again = command("replay", name)
    assert again.code == 4
    assert again.out.endswith(f"{name}: still failing\n")
    assert "FAIL  converges" in again.out

    till.right = True
    fixed = command("replay", f".epcc-emulator/cases/{name}.json", "--repeat", "2")
    assert fixed.code == 0, fixed.out
    assert fixed.out.endswith(f"{name}: fixed: it passed 2 of 2 times\n")
    assert command("replay", name, "--json").json["verdict"] == "pass"
    nothing = command("shrink", name, "--repeat", "2")
    assert (nothing.code, nothing.out) == (0, f"{name}: fixed: it passed 2 of 2 times\n")
    assert not Path(".epcc-emulator/cases", f"{name}-shrunk.json").exists()


def test_it_is_made_smaller(command: Command, till: Till, pytester: pytest.Pytester, name: str) -> None:
    done = command("shrink", name, "--repeat", "2", "-o", "small.yaml")
    assert done.code == 4, done.err
    text = Path("small.yaml").read_text(encoding="utf-8")
    assert done.out == text
    left = yaml.safe_load(text)
    assert [each["trigger"] for each in left["steps"]] == ["order.created", "order.paid"]
    assert left["integrations"] == [{"name": "shop", "url": "${RECEIVER_URL}", "observes": ["order.paid"]}]
    assert left["chaos"] == [{"id": "twice-order-paid", "match": {"event": "order.paid"}, "duplicate": {"copies": 1}}]
    assert [list(each) for each in left["expect"]] == [["converges"]]
    for line in (
        f"# Shrunk from case {name}: 1 of 7 events and 1 of ",
        "# It fails 2 of 2 times.\n",
        f"# Play it with: epcc-emulator run small.yaml --forward-to {till.url}\n",
        "  # delivered: order.paid; nobody observes ",
        "  # order.paid is sent 2 times\n",
        "  # fails: $ of ",
    ):
        assert line in text
    assert "1 of 7 events and 1 of" in done.err
    assert f"Reproduce with: epcc-emulator replay {name}-shrunk\n" in done.err
    assert command("run", "small.yaml", "--forward-to", till.url).code == 4
    assert command("replay", f"{name}-shrunk").code == 4

    wrong = pytester.runpytest_inprocess("-p", "no:cacheprovider", "test_small.py")
    wrong.assert_outcomes(failed=1)
    wrong.stdout.fnmatch_lines(
        ["*AssertionError: twice paid-shrunk: fail", "*fail: converges: *", "*without faults 1*"]
    )
    till.right = True
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "test_small.py").assert_outcomes(passed=1)
    assert command("replay", f"{name}-shrunk").code == 0


def test_without_a_name_it_lies_beside_the_case(command: Command, name: str) -> None:
    found = command("shrink", name, "--repeat", "1", "--json")
    assert found.code == 4, found.err
    document = json.loads(found.out)
    assert (document["case"], document["verdict"]) == (f"{name}-shrunk", "fail")
    assert (document["events"], document["faults"]["left"], document["steps"]) == ({"before": 7, "left": 1}, 1, 2)
    assert (document["failed"], document["of"], document["certain"]) == (1, 1, True)
    for path in document["files"].values():
        assert Path(path).parent == Path(".epcc-emulator/cases")
        assert Path(path).is_file()
    again = command("shrink", f"{name}-shrunk", "--repeat", "1", "--json")
    assert again.code == 4, again.err
    assert json.loads(again.out)["files"] == document["files"], "what is as small as it gets is written again"


def test_what_is_there_already_is_not_written_over(command: Command, name: str) -> None:
    Path("test_mine.py").write_text("mine", encoding="utf-8")
    refused = command("shrink", name, "-o", "mine.yaml")
    assert refused.code == 1
    assert "test_mine.py is there already; move it away, or choose another name with -o FILE" in refused.err
    assert "call it small.yaml" in command("shrink", name, "-o", "small").err


def test_that_nothing_can_be_written_is_told_before_the_work(command: Command, till: Till, name: str) -> None:
    Path("case.json").write_bytes(Path(f".epcc-emulator/cases/{name}.json").read_bytes())
    shutil.rmtree(".epcc-emulator")
    Path(".epcc-emulator").write_text("in the way", encoding="utf-8")
    till.heard = 0
    refused = command("shrink", "case.json")
    assert (refused.code, till.heard) == (3, 0)
    assert "cannot make .epcc-emulator/cases for cases: " in refused.err


def test_what_was_found_is_shown_where_it_cannot_be_written_any_more(
    command: Command, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str, *, mode: int = 0) -> None:
        raise EnvironmentFault(f"cannot write {path}: No space left on device")

    monkeypatch.setattr("emulator.loading.case_file.write_whole", full)
    found = command("shrink", name, "--repeat", "1")
    assert found.code == 3
    assert "No space left on device" in found.err
    Path("found.yaml").write_text(found.out, encoding="utf-8")
    assert command("scenario", "check", "found.yaml").code == 0


def test_when_the_time_is_up_it_is_left_as_it_is(command: Command, name: str) -> None:
    late = command("shrink", name, "--repeat", "1", "--time-limit", "0s")
    assert late.code == 4
    assert "or it was broken off before that was tried; it stays as it is" in late.out


def messages_a_run(command: Command, till: Till, name: str) -> int:
    """How many the case has, with the run beside it without faults."""
    till.heard = 0
    assert command("replay", name).code == 4
    heard, till.heard = till.heard, 0
    return heard


def test_when_it_is_interrupted_the_smallest_so_far_is_kept(command: Command, till: Till, name: str) -> None:
    till.interrupts = (3 * messages_a_run(command, till, name),)
    found = command("shrink", name, "--repeat", "1", "-o", "small.yaml")
    assert found.code == 4, found.err
    assert "Interrupted; the smallest so far is run once more. Ctrl+C again, and nothing is kept." in found.err
    assert "It was interrupted before it was certain that nothing more can be left out." in found.err
    text = Path("small.yaml").read_text(encoding="utf-8")
    assert "# It was broken off before it was certain that nothing more can be left out.\n" in text
    assert command("run", "small.yaml", "--forward-to", till.url).code == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("runs", [(0.5,), (3, 3.2)], ids=["before anything is known", "twice"])
def test_interrupted_otherwise_nothing_is_kept(
    command: Command, till: Till, name: str, runs: tuple[float, ...]
) -> None:
    each = messages_a_run(command, till, name)
    till.interrupts = tuple(round(each * run) for run in runs)
    assert command("shrink", name, "--repeat", "1", "-o", "small.yaml").code == 130
    assert not Path("small.yaml").exists()
    till.interrupts = ()
    assert command("replay", name).code == 4, "what was interrupted is in nobody's way"


def test_what_is_no_case_is_told(command: Command, name: str) -> None:
    unknown = command("shrink", f"{name}x")
    assert unknown.code == 2
    assert f"there is no case '{name}x'; did you mean '{name}'?" in unknown.err
    nowhere = command("replay", f"{name}x")
    assert nowhere.code == 1
    assert f"there is no file {name}x, and no case of this name; did you mean '{name}'?" in nowhere.err
    path = Path(".epcc-emulator/cases", f"{name}.json")
    path.write_text(path.read_text(encoding="utf-8")[:-100], encoding="utf-8")
    for word in ("shrink", "replay"):
        half = command(word, name)
        assert half.code == 2
        assert "this is no case, or half of one" in half.err
    path.write_text(json.dumps({"case": name, "format": 99}), encoding="utf-8")
    assert "the case has format 99, and this version reads 1" in command("replay", name).err


def test_a_plan_that_the_shop_does_not_agree_with_is_told_at_its_line(command: Command, name: str) -> None:
    path = Path(".epcc-emulator/cases", f"{name}.json")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines, start=1) if '"identity": "o1/order.paid:1"' in line)
    lines[number - 1] = lines[number - 1].replace("paid:1", "paid:2")
    path.write_text("".join(lines).replace('"event": "o1/order.paid:1"', '"event": "o1/order.paid:2"'), "utf-8")
    for words in (["replay", name], ["shrink", str(path)]):
        refused = command(*words)
        assert refused.code == 2
        assert f"{path}:{number - 1}:" in refused.err
        assert "the shop does not raise 'o1/order.paid:2' any more" in refused.err


def test_options_that_are_for_files_are_refused(command: Command, name: str) -> None:
    for option in (["--speed", "2"], ["--integration", "x"], ["--secret", "x"], ["--url", "http://x"]):
        refused = command("replay", name, *option)
        assert refused.code == 1
        assert f"{option[0]} is not for cases: a case is run on an emulator of its own" in refused.err
    Path("capture.jsonl").write_text("{}\n", encoding="utf-8")
    assert "--repeat is for cases" in command("replay", "capture.jsonl", "--repeat", "2").err


def test_a_secret_address_has_to_be_said_again(command: Command, till: Till, name: str) -> None:
    secret = f"{till.url}?token=s3cret"
    assert command("run", "paid.yaml", "--forward-to", secret).code == 4
    [kept] = [each for each in Path(".epcc-emulator/cases").glob("*.json") if each.stem == name]
    assert "s3cret" not in kept.read_text(encoding="utf-8")
    refused = command("replay", name)
    assert refused.code == 2
    assert f"was a secret ({till.url}?token=****); say it again: --forward-to URL" in refused.err
    assert command("replay", name, "--forward-to", secret).code == 4


def test_a_run_that_cannot_be_kept_fails_all_the_same(command: Command, till: Till) -> None:
    Path("paid.yaml").write_text(till.story, encoding="utf-8")
    Path(".epcc-emulator").write_text("in the way", encoding="utf-8")
    failed = command("run", "paid.yaml", "--forward-to", till.url)
    assert failed.code == 4
    assert "This run could not be saved as a case: cannot make" in failed.err


def test_only_what_fails_is_kept(command: Command, till: Till) -> None:
    Path("paid.yaml").write_text(till.story, encoding="utf-8")
    till.right = True
    assert command("run", "paid.yaml", "--forward-to", till.url).code == 0
    assert not Path(".epcc-emulator").exists()
