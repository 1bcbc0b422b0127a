"""Every shipped scenario: a receiver that heeds its lesson ends up right, and one that does not is caught."""

import json
import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.harness.player import Player
from emulator.harness.scenario_run import Played, play, settings_of
from emulator.harness.served_app import ServedApp
from emulator.loading.scenario_schema import scenario_schema
from emulator.loading.scenarios import load_scenario, scenario_names, scenario_text
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

SECRET = "s3cret"
COMPANY = 0.5  # seconds for which one that has read waits for another
DAWDLING = 0.6  # seconds; longer than the scenario's receivers may take
NOWHERE = {"RECEIVER_URL": "http://127.0.0.1:1/"}


class Careful:
    """Believes what is newer, ships each order once, refuses strangers and rubbish, and asks again when it is told to
    come later."""

    def __init__(self, *, secret: str | None = None, calls_back: bool = False, dawdles: bool = False) -> None:
        self.believed: dict[str, str] = {}
        self.shipped: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self.read: set[str] = set()
        self.api = ""
        self._secret = secret
        self._calls_back = calls_back
        self._dawdles = dawdles
        self._lock = threading.Lock()
        self._gone: set[str] = set()

    async def __call__(self, request: Request) -> Response:
        try:
            body = await request.body()
            status = await run_in_threadpool(self.take, request.headers, body)
        except ClientDisconnect:
            return Response(status_code=400)
        self.answers[status] += 1
        return Response(status_code=status)

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        if self._secret is not None and headers.get("x-moltin-secret-key") != self._secret:
            return self.stranger(body)
        try:
            message = json.loads(body)
            resources = message["resources"]
            resource = json.loads(resources)["data"] if isinstance(resources, str) else resources
        except (ValueError, KeyError, TypeError):
            return self.rubbish()
        return self.believe(message["triggered_by"], resource)

    def stranger(self, body: bytes) -> int:
        return 401

    def rubbish(self) -> int:
        return 400

    def believe(self, key: str, resource: Mapping[str, Any]) -> int:
        id = str(resource["id"])
        if self._calls_back and not self.ask(id):
            return 503
        with self._lock:
            if key.endswith(".deleted"):
                self._gone.add(id)
                self.believed.pop(id, None)
            elif id not in self._gone:
                self.believed[id] = max(self.believed.get(id, ""), resource["meta"]["timestamps"]["updated_at"])
            if key == "order.fulfilled":
                self.shipped[id] = 1
        return 204

    def ask(self, id: str) -> bool:
        """What the API says of it; a refusal is no answer."""
        answer = httpx.get(f"{self.api}/v2/orders/{id}", headers={"Authorization": "Bearer any"})
        if answer.is_success:
            self.read.add(id)
        return answer.is_success


class Careless(Careful):
    """Believes whatever comes last, ships whenever it is told to, lets anybody in, fails over rubbish, and takes no for
    an answer."""

    def stranger(self, body: bytes) -> int:
        self._secret = None
        return self.take({}, body)

    def rubbish(self) -> int:
        return 500

    def believe(self, key: str, resource: Mapping[str, Any]) -> int:
        id = str(resource["id"])
        if self._calls_back:
            self.ask(id)
        with self._lock:
            if key.endswith(".deleted"):
                self.believed.pop(id, None)
            else:
                self.believed[id] = resource["meta"]["timestamps"]["updated_at"]
            if key == "order.fulfilled":
                self.shipped[id] += 1
        if self._dawdles and self.shipped[id] == 1:
            time.sleep(DAWDLING)  # what it does before it answers takes too long, until it has done it once
        return 204


class Counting(Careful):
    """Counts what it hears of each order: read, changed and written back, under a lock."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.heard: dict[str, int] = {}
        self.reading = 0
        self.both = threading.Condition()

    def believe(self, key: str, resource: Mapping[str, Any]) -> int:
        with self._lock:
            self.heard[resource["id"]] = self.heard.get(resource["id"], 0) + 1
        return 204


class Racing(Counting):
    """The same without a lock; it has read when somebody else reads, if anybody comes."""

    def believe(self, key: str, resource: Mapping[str, Any]) -> int:
        heard = self.heard.get(resource["id"], 0)
        with self.both:
            self.reading += 1
            turn = self.reading
            self.both.notify_all()
            self.both.wait_for(lambda: self.reading > turn, timeout=COMPANY)
        self.heard[resource["id"]] = heard + 1
        return 204


class OneRead(socketserver.StreamRequestHandler):
    """Takes what it reads first for the whole request, as servers do that are written in an afternoon."""

    def handle(self) -> None:
        head, _, body = self.request.recv(1_000_000).partition(b"\r\n\r\n")
        said = re.search(rb"(?i)content-length: (\d+)", head)
        status = b"204 No Content" if said and len(body) == int(said[1]) else b"400 Bad Request"
        self.wfile.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _truth(schedule: Schedule) -> dict[str, str]:
    """When each resource of which anybody was told last changed; what is deleted is not there."""
    heard = {send.event for send in schedule.sends}
    truth: dict[str, str] = {}
    for event in schedule.events:
        if event.identity in heard:
            payload = json.loads(event.payload)
            if event.key.endswith(".deleted"):
                truth.pop(payload["id"], None)
            else:
                truth[payload["data"]["id"]] = payload["data"]["meta"]["timestamps"]["updated_at"]
    return truth


def _converges(receiver: Careful, schedule: Schedule) -> bool:
    return receiver.believed == _truth(schedule)


def _ships_once(receiver: Careful, schedule: Schedule) -> bool:
    orders = {event.resource for event in schedule.events if event.key == "order.fulfilled"}
    return len(receiver.shipped) == len(orders) and set(receiver.shipped.values()) == {1}


def _is_right_in_the_end(receiver: Careful, schedule: Schedule) -> bool:
    return _converges(receiver, schedule) and _ships_once(receiver, schedule)


def _turns_strangers_away(receiver: Careful, schedule: Schedule) -> bool:
    return receiver.answers[401] > 0 and _converges(receiver, schedule)


def _refuses_rubbish(receiver: Careful, schedule: Schedule) -> bool:
    return receiver.answers[400] > 0 and receiver.answers[500] == 0 and _converges(receiver, schedule)


def _reads_every_order(receiver: Careful, schedule: Schedule) -> bool:
    return receiver.read == set(_truth(schedule))


def _hears_all(receiver: Careful, schedule: Schedule) -> bool:
    assert isinstance(receiver, Counting)
    ids = {event.identity: json.loads(event.payload)["data"]["id"] for event in schedule.events}
    return receiver.heard == Counter(ids[send.event] for send in schedule.sends)


Lesson = Callable[[Careful, Schedule], bool]
LESSONS: Mapping[str, Lesson] = {
    "out-of-order": _converges,
    "late-by-half-an-hour": _converges,
    "duplicate": _ships_once,
    "lost-acknowledgement": _ships_once,
    "slow-receiver": _ships_once,
    "wrong-secret": _turns_strangers_away,
    "poisoned-payload": _refuses_rubbish,
    "api-throttling": _reads_every_order,
    "outage": _converges,
    "burst-at-sale-time": _converges,
    "a-week-in-the-life": _is_right_in_the_end,
    "simultaneous": _hears_all,
}
"""What can be told of a receiver afterwards, where one that is wrong shows."""

SLOW_LINE = "slow-line"
QUEUES: Mapping[str, Lesson] = {"queue-of-sqs": _ships_once, "destination-of-stomp": _converges}
KINDS: Mapping[str, tuple[type[Careful], type[Careful]]] = {"simultaneous": (Counting, Racing)}
"""Who heeds the lesson and who does not, where it is not the usual two."""


def _played(name: str, kind: type[Careful]) -> tuple[Careful, Schedule, Played]:
    receiver = kind(
        secret=SECRET if name == "wrong-secret" else None,
        calls_back=name == "api-throttling",
        dawdles=name == "slow-receiver",
    )
    app = Starlette(routes=[Route("/", _Endpoint(receiver), methods=["POST"])])
    with ServedApp(app) as served:
        scenario = load_scenario(name, {"RECEIVER_URL": f"{served.url}/"})
        played = play(scenario, settings=settings_of(scenario), on_ready=lambda url: setattr(receiver, "api", url))
    return receiver, _schedule(scenario), played


class _Endpoint:
    """Starlette takes an object that is called with a request for an ASGI application."""

    def __init__(self, receiver: Careful) -> None:
        self._receiver = receiver

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        response = await self._receiver(Request(scope, receive))
        await response(scope, receive, send)


def _schedule(scenario: Scenario) -> Schedule:
    return Rehearsal(scenario, load_fixtures()).schedule()


def test_every_scenario_is_proved() -> None:
    """Each with a receiver that is right, and with one that is wrong."""
    assert set(scenario_names()) == {*LESSONS, SLOW_LINE, *QUEUES}


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_is_short_commented_and_as_its_schema_says(name: str) -> None:
    text, _ = scenario_text(name)
    assert len(text.splitlines()) <= 30
    assert load_scenario(name, NOWHERE).description
    jsonschema.validate(yaml.safe_load(text), scenario_schema())


@pytest.mark.parametrize("name", scenario_names())
def test_a_plan_is_the_same_every_time_and_something_goes_wrong(name: str) -> None:
    scenario = load_scenario(name, NOWHERE)
    schedule = _schedule(scenario)
    assert schedule == _schedule(scenario)
    about_sends = any(rule.fault.kind not in ("api", "outage", "ack_loss") for rule in scenario.rules)
    if about_sends or scenario.profile != "off":
        assert any(send.faults for send in schedule.sends)


@pytest.mark.parametrize("name", sorted(LESSONS))
def test_a_receiver_that_heeds_the_lesson_is_right(name: str) -> None:
    receiver, schedule, played = _played(name, _kinds(name)[0])
    assert played.settled
    assert {delivery["state"] for delivery in played.deliveries} == {"succeeded"}
    assert LESSONS[name](receiver, schedule)
    assert 500 not in receiver.answers


@pytest.mark.parametrize("name", sorted(LESSONS))
def test_a_receiver_that_does_not_is_caught(name: str) -> None:
    receiver, schedule, _ = _played(name, _kinds(name)[1])
    assert not LESSONS[name](receiver, schedule)


def _kinds(name: str) -> tuple[type[Careful], type[Careful]]:
    return KINDS.get(name, (Careful, Careless))


def test_a_server_that_reads_to_the_end_survives_a_slow_line() -> None:
    receiver, schedule, played = _played(SLOW_LINE, Careful)
    assert {delivery["state"] for delivery in played.deliveries} == {"succeeded"}
    assert len(played.attempts) == len(schedule.sends)
    assert _converges(receiver, schedule)


def test_a_server_that_reads_once_does_not() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OneRead) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        scenario = load_scenario(SLOW_LINE, {"RECEIVER_URL": url})
        played = play(scenario)
        server.shutdown()
    assert len(played.attempts) > len(_schedule(scenario).sends)
    assert {attempt["status"] for attempt in played.attempts if not attempt["faults"]} == {204}
    assert 400 in {attempt["status"] for attempt in played.attempts if attempt["faults"]}


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_gets_what_is_planned(name: str) -> None:
    scenario = load_scenario(name, {})
    played = play(scenario)
    assert played.settled
    assert {delivery["state"] for delivery in played.deliveries} == {"succeeded"}
    assert len(played.attempts) == len(_schedule(scenario).sends)


@pytest.mark.parametrize("name", QUEUES)
@pytest.mark.parametrize("kind", [Careful, Careless])
def test_who_takes_from_a_queue_has_to_heed_its_lesson(
    name: str, kind: type[Careful], drained: Callable[[Mapping[str, Any]], list[bytes]]
) -> None:
    scenario, taker = load_scenario(name, {}), kind()
    (observer,) = scenario.integrations
    with LocalEmulator(settings_of(scenario)) as local, ControlClient(local.url) as client:
        made = client.make_queue(observer.configuration.get("destination", observer.name))
        client.ensure_integration(
            observer.name,
            integration_type=observer.integration_type.value,
            observes=list(observer.observes),
            enabled=True,
            configuration=made["configuration"],
        )
        assert Player(client, scenario, ()).play()
        messages = [json.loads(body) for body in drained(made)]
    schedule = _schedule(scenario)
    assert len(messages) == len(schedule.sends)
    for message in messages:
        taker.believe(message["type"], message["data"])
    assert QUEUES[name](taker, schedule) is (kind is Careful)
