"""The how-tos, done as they say; and the two differences between a queue and a webhook that they rest on."""

import json
import re
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from newcomer import PATIENCE, files_of, free_port, shell, wait_for

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

PAGES = Path(__file__).parents[2] / "docs" / "how-to"


def test_a_lambda_handler_is_called_with_what_a_queue_receives(tmp_path: Path) -> None:
    listen, export, poll, trigger = files_of(PAGES / "lambda-from-a-queue.md", tmp_path)
    assert export == 'eval "$(epcc-emulator env --format export)"'
    with shell(tmp_path) as terminal:
        terminal.start(listen).until("^Next, in another terminal")
        terminal.export()
        polling = terminal.start(poll.removesuffix(" &"))
        terminal.run(trigger)
        events = ("order.created", "order.paid", "order.fulfilled")
        polling.until(*(rf"^{re.escape(event)} of order \S+ as job \S+" for event in events))


def test_a_queue_is_deployed_registered_and_filled(tmp_path: Path) -> None:
    serve, _, deploy, trigger, peek = files_of(PAGES / "queue-by-cloudformation.md", tmp_path)
    with shell(tmp_path) as terminal:
        terminal.start(serve).until("^Next: ")
        terminal.export()
        assert re.search(r"'aws_secret_access_key': '\*+[\w/+]{4}'", terminal.run(deploy))
        terminal.run(trigger)
        terminal.run("epcc-emulator wait settled")
        messages = json.loads(terminal.run(f"{peek} --json"))
    assert sorted(json.loads(message["body"])["type"] for message in messages) == ["order.created", "order.paid"]


@contextmanager
def slow_webhook(answer: threading.Event) -> Iterator[str]:
    """A handler that answers when it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer.wait(PATIENCE)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever asked has given up."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        answer.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def both(webhook: str, **settings: object) -> Iterator[ControlClient]:
    """One event for a webhook and for a queue, tried until that is settled."""
    values: dict[str, object] = {"seed": 1, "clock": ClockSettings(mode=ClockMode.VIRTUAL), **settings}
    with LocalEmulator(Settings(**values)) as local, ControlClient(local.url) as client:  # type: ignore[arg-type]
        made = client.make_queue("epcc-orders")
        client.ensure_integration("webhook", observes=["order.created"], configuration={"url": webhook})
        client.ensure_integration(
            "queue",
            integration_type=made["integration_type"],
            observes=["order.created"],
            configuration=made["configuration"],
        )
        client.trigger("order.created", only=True)
        assert client.settle(PATIENCE)
        yield client


def state(client: ControlClient, integration: str) -> str:
    (delivery,) = client.deliveries(integration=integration)["data"]
    return str(delivery["state"])


def test_a_receiver_that_is_down_can_lose_an_event_on_a_webhook_and_none_on_a_queue() -> None:
    with both("http://127.0.0.1:9/nobody") as client:
        assert state(client, "webhook") == "exhausted"
        assert state(client, "queue") == "succeeded"
        (waiting,) = client.peek("epcc-orders")["data"]
        assert json.loads(waiting["body"])["type"] == "order.created"


@pytest.mark.parametrize("waits", [(), (1_000_000,)])
def test_a_handler_that_is_too_slow_fails_on_a_webhook_and_not_on_a_queue(waits: tuple[int, ...]) -> None:
    answer = threading.Event()
    begun = time.monotonic()
    with slow_webhook(answer) as url, both(url, webhook_timeout=0.2, retry_waits=waits) as client:
        assert time.monotonic() - begun < PATIENCE
        assert state(client, "webhook") == "exhausted"
        attempts = client.attempts(integration="webhook")["data"]
        assert len(attempts) == 1 + len(waits)
        assert all("0.2 s" in attempt["error"] for attempt in attempts)
        assert state(client, "queue") == "succeeded", "however long a consumer takes, the delivery was to the queue"
        answer.set()


RECEIVERS = ("email-on-fulfilment", "short-order-number", "catalogue-sync", "sms-on-payment", "reset-password")


def test_the_receivers_of_the_how_tos_are_right(tmp_path: Path) -> None:
    """Every page's receiver passes the page's own tests, all of them in one run."""
    commands = [command for page in RECEIVERS for command in files_of(PAGES / f"{page}.md", tmp_path)]
    tests = [command.removeprefix("pytest ") for command in commands if command.startswith("pytest ")]
    assert len(tests) == len(RECEIVERS)
    with shell(tmp_path) as terminal:
        told = terminal.run(f"pytest -q -W error {' '.join(tests)}")
    assert re.search(r"^\d+ passed", told, re.MULTILINE), told


def test_pytest_is_used_as_the_page_says(tmp_path: Path) -> None:
    (command,) = files_of(PAGES / "pytest.md", tmp_path)
    with shell(tmp_path) as terminal:
        told = terminal.run(f"{command} -q -W error")
    assert re.search(r"^8 passed", told, re.MULTILINE), told


@pytest.mark.slow
def test_a_receiver_that_believes_what_comes_last_is_found_out_and_the_page_says_how(tmp_path: Path) -> None:
    files_of(PAGES / "pytest.md", tmp_path)
    receiver = tmp_path / "orders.py"
    right = receiver.read_text(encoding="utf-8")
    wrong = right.replace("elif known is not None and version(order) >= version(known):", "else:")
    assert wrong != right
    receiver.write_text(wrong, encoding="utf-8")
    page = (PAGES / "pytest.md").read_text(encoding="utf-8")
    said = re.search(r"^Failing test case: .*?^\)$", page, re.DOTALL | re.MULTILINE)
    assert said
    *arguments, rules = (line.strip() for line in said[0].splitlines()[1:-1])
    one_rule = r"chaos=\[\{'id': 'rule-1', 'match': 'order\.\*', [^[]+\}\],$"  # more than one is a smallest one
    assert re.match(one_rule, rules)
    with shell(tmp_path) as terminal:
        # Schemathesis, which is here for other tests, keeps Hypothesis from showing values.
        testing = terminal.start("pytest test_property.py -p no:schemathesis --hypothesis-seed=1")
        kept = "^Look into it with: epcc-emulator tui --journal "
        testing.until(*map(re.escape, arguments), one_rule, kept, "1 failed in", patience=3 * PATIENCE)


@pytest.mark.slow
def test_a_duplicate_from_production_is_reproduced_made_small_and_fixed(tmp_path: Path) -> None:
    page, port = "reproduce-a-duplicate.md", free_port()
    text = (PAGES / page).read_text(encoding="utf-8")
    commands = [command.replace("8000", port) for command in files_of(PAGES / page, tmp_path)]
    receive, serve, replay, look, run, shrink, test, again = commands
    with shell(tmp_path) as terminal:
        terminal.start(serve).until("^Next: ")
        terminal.start(receive)
        wait_for(port)
        assert "2 were accepted" in terminal.run(replay)
        assert [len(mails) for mails in json.loads(terminal.run(look)).values()] == [2]
    with shell(tmp_path) as terminal:
        terminal.run(run, code=4)
        (case,) = (path.stem for path in (tmp_path / ".epcc-emulator" / "cases").glob("*.json"))
        terminal.run(shrink.replace("mails-7-3f2a", case), code=4)
        shown = re.search(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        assert shown
        left = (tmp_path / "duplicate.yaml").read_text(encoding="utf-8")
        for line in shown[1].splitlines():
            assert re.search("^" + re.escape(line).replace("…", ".*"), left, re.MULTILINE), f"{line}\n{left}"
        assert "1 failed" in terminal.run(f"{test} -p no:cacheprovider", code=1)
        receiver = tmp_path / "shop.py"
        wrong = receiver.read_text(encoding="utf-8")
        (_, right) = re.findall(r"^def handle.*?(?=^```|^class)", text, re.DOTALL | re.MULTILINE)
        fixed = re.sub(r"^def handle.*?(?=^class)", lambda _: f"{right}\n\n", wrong, flags=re.DOTALL | re.MULTILINE)
        receiver.write_text(fixed, encoding="utf-8")
        assert "1 passed" in terminal.run(f"{test} -p no:cacheprovider")
        assert terminal.run(again.replace("mails-7-3f2a", case)).endswith(f"{case}: fixed\n")


def test_fixtures_of_ones_own_are_used_as_the_page_says(tmp_path: Path) -> None:
    fixtures = tmp_path / "fixtures"
    fixtures.mkdir()
    check, listen = files_of(PAGES / "fixtures.md", fixtures)
    assert listen.endswith("--fixtures fixtures")
    with shell(tmp_path) as terminal:
        assert terminal.run(check).startswith("fine")
    settings = Settings(seed=1, fixtures=fixtures)
    with LocalEmulator(settings) as local, ControlClient(local.url) as client:
        created = client.trigger("order.created")["events"][-1]
        payload = client.event(created["identity"])["payload"]["data"]
        assert payload["shipping_address"]["country"] == "GB"
        assert "short_id" not in payload
        read = client.shop("GET", f"/v2/orders/{created['resource_id']}")["data"]
        assert read["short_id"] == "N1"
        assert read["phone_number"].startswith("(")
        wish = client.trigger("wishlist_ext.created")["events"][-1]
        assert client.event(wish["identity"])["payload"]["data"]["title"].startswith("Wishes of ")


def installed(place: Path) -> None:
    """What `pip install .` leaves behind, as far as entry points go; pip itself would look for a network."""
    project = tomllib.loads((place / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = place / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    points = (f"[{group}]\n" + "\n".join(f"{name} = {value}" for name, value in of.items()) for group, of in groups)
    (info / "entry_points.txt").write_text("\n".join(points))


@contextmanager
def receiving() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A receiver's address, and the messages that it has taken."""
    taken: list[dict[str, object]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", taken
        server.shutdown()


def amounts(message: dict[str, object]) -> set[type]:
    """Of what types the amounts in a message are."""
    found: set[type] = set()

    def look(value: object) -> None:
        if isinstance(value, dict):
            found.update(type(inner) for key, inner in value.items() if key == "amount")
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            look(inner)

    look(message["payload"])
    return found


def test_a_fault_of_ones_own_is_a_word_like_any_other(tmp_path: Path) -> None:
    install, check, plan, run = files_of(PAGES / "custom-faults.md", tmp_path)
    assert install == "pip install ."
    installed(tmp_path)
    with shell(tmp_path) as terminal, receiving() as (url, taken):
        terminal.import_from(tmp_path)
        assert "fine" in terminal.run(check)
        planned = json.loads(terminal.run(f"{plan} --json"))
        by_rule = {
            rule: [note["rule"] for send in planned["sends"] for note in send["faults"]].count(rule)
            for rule in ("lunch", "texts")
        }
        terminal.run(run.replace("http://localhost:8000/hook", url))
        assert len(taken) == len(planned["sends"]) == 6
        lunch = 62 * 60 * 1_000_000
        assert [send["at"] < lunch for send in planned["sends"]] == [True, True, False, False, False, False]
        assert by_rule["lunch"] == 4
        assert 0 < by_rule["texts"] < 6
        assert [amounts(message) == {str} for message in taken] == [
            any(note["rule"] == "texts" for note in send["faults"]) for send in planned["sends"]
        ]
        taken.clear()
        calm = (tmp_path / "our_day.yaml").read_text(encoding="utf-8")
        calm = calm.replace("probability: 0.5", "probability: 0").replace("{id: lunch,", "{id: lunch, probability: 0,")
        (tmp_path / "our_day.yaml").write_text(calm, encoding="utf-8")
        terminal.run(run.replace("http://localhost:8000/hook", url))
        assert [amounts(message) for message in taken] == [{int}] * 6
        assert not any(send["faults"] for send in json.loads(terminal.run(f"{plan} --json"))["sends"])


def test_a_fault_of_ones_own_is_added_to_a_running_server_and_missed_when_it_has_gone(tmp_path: Path) -> None:
    files_of(PAGES / "custom-faults.md", tmp_path)
    installed(tmp_path)
    with shell(tmp_path) as terminal, receiving() as (url, taken):
        terminal.import_from(tmp_path)
        serve = f"epcc-emulator listen --forward-to {url}"
        listening = terminal.start(serve)
        listening.until("^Next")
        terminal.run("epcc-emulator chaos add numbers_as_text amount")
        assert "numbers_as_text" in terminal.run("epcc-emulator chaos ls")
        terminal.run("epcc-emulator trigger order.paid --only")
        terminal.run("epcc-emulator wait settled")
        assert taken
        assert all(amounts(message) == {str} for message in taken)
        terminal.close()
        terminal.import_from()
        again = terminal.start(serve)
        again.until("^Next", "the rule 'numbers_as_text-1' is not in force any more: .*unknown fault 'numbers_as_text'")
