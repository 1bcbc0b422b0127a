"""Virtual time waits for those who work: consumers of our queues, and a receiver that says when it is idle."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import stomp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.domain.errors import EnvironmentFault
from emulator.domain.moment import MINUTE, parse_instant
from emulator.domain.record import RecordKind
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.harness.scenario_run import play
from emulator.harness.served_app import ServedApp
from emulator.loading.scenarios import parse_scenario
from emulator.runtime import stillness
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

PATIENCE = 30.0
Work = Callable[[], None]


@pytest.fixture
def local() -> Iterator[LocalEmulator]:
    with LocalEmulator(Settings(seed=1, clock=ClockSettings(mode=ClockMode.VIRTUAL))) as running:
        yield running


@contextmanager
def sqs_consumer(made: dict[str, Any], work: Work, *, deletes: bool = True) -> Iterator[None]:
    """Takes one message, works on it, and deletes it then."""
    configuration, environment = made["configuration"], made["environment"]
    client = boto3.client(
        "sqs",
        endpoint_url=environment["AWS_ENDPOINT_URL_SQS"],
        region_name=configuration["region"],
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )

    def consume() -> None:
        received: list[Any] = []
        while not received:
            answer = client.receive_message(QueueUrl=configuration["url"], WaitTimeSeconds=1)
            received = answer.get("Messages", [])
        work()
        if deletes:
            client.delete_message(QueueUrl=configuration["url"], ReceiptHandle=received[0]["ReceiptHandle"])

    thread = threading.Thread(target=consume)
    thread.start()
    yield
    thread.join(PATIENCE)
    client.close()


@contextmanager
def stomp_consumer(made: dict[str, Any], work: Work, *, deletes: bool = True) -> Iterator[None]:
    """Takes one message, works on it, and acknowledges it then."""
    configuration = made["configuration"]
    host, port = configuration["addresses"][0].removeprefix("stomp://").split(":")
    connection = stomp.Connection12([(host, int(port))])

    class Listener(stomp.ConnectionListener):  # type: ignore[misc]
        def on_message(self, frame: Any) -> None:
            work()
            if deletes:
                connection.ack(frame.headers["ack"])

    connection.set_listener("", Listener())
    connection.connect(configuration["username"], configuration["password"], wait=True)
    connection.subscribe(configuration["destination"], id="1", ack="client-individual")
    yield
    connection.disconnect()


CONSUMERS = {"aws_sqs": ("epcc-orders", sqs_consumer), "stomp": ("/queue/orders", stomp_consumer)}


def _made(client: ControlClient, kind: str) -> dict[str, Any]:
    made = client.make_queue(CONSUMERS[kind][0])
    client.ensure_integration(
        "queue",
        integration_type=kind,
        observes=["order.created"],
        enabled=True,
        configuration=made["configuration"],
    )
    return made


@pytest.mark.parametrize("kind", sorted(CONSUMERS))
def test_time_does_not_move_while_somebody_works_on_a_message(local: LocalEmulator, kind: str) -> None:
    """What a consumer does to the shop happens at the time of the message, not an hour later."""
    taken, go_on = threading.Event(), threading.Event()
    with ControlClient(local.url) as client, ControlClient(local.url) as other:
        made = _made(client, kind)

        def work() -> None:
            taken.set()
            assert go_on.wait(PATIENCE)

        with CONSUMERS[kind][1](made, work):
            client.trigger("order.created", only=True)
            begun = parse_instant(client.clock()["now"])
            moving = threading.Thread(target=other.advance, args=("1h",))
            moving.start()
            assert taken.wait(PATIENCE)
            client.trigger("order.created", only=True)
            assert parse_instant(client.clock()["now"]) - begun < MINUTE
            assert moving.is_alive()
            go_on.set()
            moving.join(PATIENCE)
            assert not moving.is_alive()
            assert parse_instant(client.clock()["now"]) - begun >= 60 * MINUTE


@pytest.mark.parametrize("kind", sorted(CONSUMERS))
def test_a_queue_from_which_nobody_takes_is_not_waited_for(local: LocalEmulator, kind: str) -> None:
    with ControlClient(local.url) as client:
        _made(client, kind)
        client.trigger("order.created", only=True)
        client.advance("1h")
        assert client.settle(PATIENCE)
        assert not _notices(local)


@pytest.mark.parametrize("kind", sorted(CONSUMERS))
def test_who_never_finishes_is_given_up_and_told_of(
    local: LocalEmulator, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stillness, "_PATIENCE", 0.3)
    taken = threading.Event()
    with ControlClient(local.url) as client:
        made = _made(client, kind)
        with CONSUMERS[kind][1](made, taken.set, deletes=False):
            client.trigger("order.created", only=True)
            client.advance("1s")
            assert taken.wait(PATIENCE)
            client.advance("1h")
            [notice] = _notices(local)
            assert f"The queue {CONSUMERS[kind][0]} still has work for those who take from it (1 left)" in notice
            client.trigger("order.created", only=True)
            client.advance("1h")


def _notices(local: LocalEmulator) -> list[str]:
    async def look() -> list[str]:
        journal = local.emulator.journal
        await journal.flush()
        records = journal.records(after=0, limit=10_000)
        return [record.data["text"] for record in records if record.kind is RecordKind.NOTICE]

    return [text for text in local.call(look()) if "virtual time goes on" in text]


STORY = """\
seed: 2
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created]}]
receiver: {reset: "%(python)s -c 'open(\\"%(directory)s/reset\\", \\"w\\")'", idle: "test ! -e %(directory)s/busy"}
steps: [{trigger: order.created, count: 3}]
"""


class LateWorker:
    """Answers at once and works afterwards; while it does, there is a file."""

    def __init__(self, directory: Path) -> None:
        self._busy = directory / "busy"
        self._reset = directory / "reset"
        self.most_at_once = 0
        self.done = 0
        self._open = 0
        self._lock = threading.Lock()

    async def take(self, request: Request) -> Response:
        await request.body()
        assert self._reset.exists()
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            self._busy.touch()
        threading.Timer(0.1, self._work).start()
        return Response(status_code=204)

    def _work(self) -> None:
        with self._lock:
            self._open -= 1
            self.done += 1
            if not self._open:
                self._busy.unlink()


def test_a_receiver_that_works_after_its_answer_is_waited_for(tmp_path: Path) -> None:
    worker = LateWorker(tmp_path)
    with ServedApp(Starlette(routes=[Route("/", worker.take, methods=["POST"])])) as served:
        text = STORY % {"python": sys.executable, "directory": tmp_path}
        scenario = parse_scenario(text, "story.yaml", {"RECEIVER_URL": f"{served.url}/"})
        assert play(scenario).settled
    assert (worker.done, worker.most_at_once) == (3, 1)


RECEIVER = """\
import http.server, os

class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        with open(os.environ["HEARD"], "a") as heard:
            heard.write(os.environ["EPCC_EMULATOR_URL"] + chr(10))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words):
        return None

http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hook).serve_forever()
"""


def test_a_receiver_is_started_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARD", str(tmp_path / "heard"))
    (tmp_path / "receiver.py").write_text(RECEIVER)
    text = f"""\
receiver: {{command: "{sys.executable} {tmp_path}/receiver.py", url: "http://127.0.0.1:{{port}}/"}}
integrations: [{{name: shop, observes: [order.created]}}]
steps: [{{trigger: order.created, count: 2}}]
"""
    assert play(parse_scenario(text, "story.yaml", {})).settled
    assert len((tmp_path / "heard").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("receiver", "sentence"),
    [
        (
            'command: "no-such-program", url: "http://127.0.0.1:{port}/"',
            "the receiver 'no-such-program' cannot be star",
        ),
        ('command: "false", url: "http://127.0.0.1:{port}/"', "the receiver ended with 1 before it listened"),
        ('reset: "no-such-program"', "the receiver's reset 'no-such-program' cannot be started"),
        ("reset: \"sh -c 'echo no database >&2; exit 7'\"", "the receiver's reset '.*' failed with 7: no database"),
        ('idle: "no-such-program"', "the receiver's idle 'no-such-program' cannot be started"),
    ],
)
def test_a_receiver_that_is_not_there_is_told_of(receiver: str, sentence: str) -> None:
    text = f"receiver: {{{receiver}}}\nsteps: [{{trigger: order.created}}]\n"
    with pytest.raises(EnvironmentFault, match=sentence):
        play(parse_scenario(text, "story.yaml", {}), forward_to="http://127.0.0.1:1/")
