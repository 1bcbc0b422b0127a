"""A scenario frozen from what happened: played again, the same messages leave at the same distances."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.schedule import Schedule
from emulator.domain.errors import UserError
from emulator.domain.moment import SECOND, parse_instant
from emulator.harness.client import ControlClient
from emulator.harness.frozen import freeze
from emulator.harness.local import LocalEmulator
from emulator.harness.served_app import ServedApp
from emulator.loading.scenario_text import scenario_yaml
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

CHAOS: Mapping[str, list[dict[str, Any]]] = {
    "nothing": [],
    "late": [{"id": "a", "delay": {"distribution": "lognormal", "median": "8s", "sigma": 1}}],
    "shuffled": [{"id": "a", "reorder": {"window": 4}}],
    "backwards": [{"id": "a", "reorder": {"mode": "reverse", "window": 3}}],
    "latest-first": [{"id": "a", "reorder": {"mode": "latest_first", "within": "20s"}}],
    "twice": [{"id": "a", "duplicate": {"copies": 2, "spacing": "3s"}, "probability": 0.6}],
    "twice-as-another": [{"id": "a", "duplicate": {"copies": 1, "identity": "new_job"}, "probability": 0.6}],
    "never": [{"id": "a", "drop": {}, "probability": 0.4}],
    "unheard": [{"id": "a", "ack_loss": {"times": 2}, "probability": 0.5}],
    "away": [{"id": "a", "outage": {"after": "5s", "for": "6s"}}],
    "odd": [
        {"id": "a", "payload": "stale", "probability": 0.5},
        {"id": "b", "payload": {"mode": "omit_field", "path": "data.status"}, "probability": 0.5},
        {"id": "c", "secret": {"value": "wrong", "in": "header"}, "probability": 0.5},
        {"id": "d", "corrupt": "truncate", "probability": 0.5},
        {"id": "e", "connection": {"mode": "dribble", "chunk": 2048, "delay": "1ms"}, "probability": 0.5},
    ],
}
Sent = list[tuple[Any, ...]]


@pytest.fixture
def client() -> Iterator[ControlClient]:
    settings = Settings(seed=3, clock=ClockSettings(mode=ClockMode.VIRTUAL), enabled_by_default=True)
    with LocalEmulator(settings) as local, ControlClient(local.url) as opened:
        yield opened


@pytest.fixture
def url() -> Iterator[str]:
    async def take(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    with ServedApp(Starlette(routes=[Route("/", take, methods=["POST"])])) as served:
        yield f"{served.url}/"


def _play(client: ControlClient, url: str, rules: list[dict[str, Any]]) -> None:
    """A morning in which two orders are in the shop among others."""
    client.trigger("order.paid", count=3)
    client.ensure_integration(
        "shop",
        integration_type="webhook",
        observes=["order.*"],
        enabled=True,
        configuration={"url": url, "secret_key": "hush-hush"},
    )
    for rule in rules:
        client.add_rule(rule)
    client.trigger("order.created", alias="mine")
    client.advance("4s")
    client.trigger("order.created", alias="other")
    client.trigger("order.paid", of="mine")
    client.advance("3s")
    client.trigger("order.fulfilled", of="mine")
    client.trigger("order.paid", of="other")
    assert client.settle(60)


def _frozen(client: ControlClient, numbers: list[int]) -> tuple[str, Schedule]:
    document = freeze(client, [str(number) for number in numbers], load_fixtures())
    text = scenario_yaml({"description": "Frozen", **document}, ("A comment",))
    scenario = parse_scenario(text, "frozen.yaml", {"RECEIVER_URL": "http://127.0.0.1:1/"})
    return text, Rehearsal(scenario, load_fixtures()).schedule()


def _happened(client: ControlClient, numbers: list[int]) -> Sent:
    """First attempts, in the order in which they left, and how far each was from the first."""
    attempts = [
        one
        for one in reversed(client.attempts(limit=100)["data"])
        if one["delivery"] in numbers and one["attempt"] == 1
    ]
    attempts.sort(key=lambda one: parse_instant(one["started_at"]))
    begun = parse_instant(attempts[0]["started_at"])
    return [
        (one["event_key"], one["resource"], one["copy"], parse_instant(one["started_at"]) - begun) for one in attempts
    ]


def _planned(schedule: Schedule) -> Sent:
    firsts = [send for send in schedule.sends if send.attempt == 1]
    events = schedule.by_identity
    return [(events[send.event].key, events[send.event].resource, send.copy, send.at - firsts[0].at) for send in firsts]


@pytest.mark.parametrize("name", CHAOS)
def test_what_is_frozen_happens_again(client: ControlClient, url: str, name: str) -> None:
    _play(client, url, CHAOS[name])
    rows = [one for one in client.deliveries(limit=100)["data"] if one["resource"] in ("mine", "other")]
    numbers = sorted(one["number"] for one in rows)
    assert len(numbers) >= 7
    text, schedule = _frozen(client, numbers)
    assert "hush" not in text
    assert "127.0.0.1" not in text
    assert {event.resource for event in schedule.events} >= {"mine", "other"}
    happened, planned = _happened(client, numbers), _planned(schedule)
    assert [one[:2] for one in planned if one[2] == 0] == [one[:2] for one in happened if one[2] == 0]
    for one, other in zip(sorted(happened), sorted(planned), strict=True):
        assert one[:2] == other[:2]
        assert abs(one[3] - other[3]) < 1_000
    attempts = [one for one in client.attempts(limit=100)["data"] if one["delivery"] in numbers]
    assert len(schedule.sends) == len(attempts)
    dropped = sum(one["state"] == "dropped" for one in rows)
    assert len(schedule.dropped) == dropped
    assert (dropped > 0) is (name == "never")
    pinned = {rule["id"].rsplit("-", 1)[-1] for rule in yaml.safe_load(text).get("chaos", ())}
    assert bool(pinned) is (name != "nothing")


def test_what_was_not_named_is_not_sent(client: ControlClient, url: str) -> None:
    _play(client, url, CHAOS["twice"])
    rows = client.deliveries(limit=100)["data"]
    [paid] = [one for one in rows if one["event"] == "mine/order.paid:1"]
    _, schedule = _frozen(client, [paid["number"]])
    assert {send.event for send in schedule.sends} == {"mine/order.paid:1"}
    updates = sorted(one["number"] for one in rows if one["event_key"] == "order.updated" and one["resource"] == "mine")
    assert len(updates) > 1
    _, schedule = _frozen(client, updates[1:2])
    assert [send.event for send in schedule.sends if send.copy == 0] == ["mine/order.updated:2"]


def test_transactions_and_what_was_there_before_come_from_the_same_steps(client: ControlClient, url: str) -> None:
    client.ensure_integration(
        "all", integration_type="webhook", observes=["*"], enabled=True, configuration={"url": url}
    )
    client.trigger("order.paid")
    client.advance("10s")
    assert client.shop("GET", "/v2/products")["data"], "products were there from the beginning"
    client.trigger("product.updated", of="product:house-2")
    assert client.settle(60)
    wanted = [
        one["number"]
        for one in client.deliveries(limit=100)["data"]
        if one["event_key"] in ("order.paid", "transaction.created", "product.updated")
    ]
    text, schedule = _frozen(client, wanted)
    steps = [step["trigger"] for step in yaml.safe_load(text)["steps"]]
    assert steps.count("transaction.created") + steps.count("order.paid") <= 2
    assert sorted(schedule.by_identity[send.event].key for send in schedule.sends) == [
        "order.paid",
        "product.updated",
        "transaction.created",
    ]


def test_what_cannot_be_frozen_is_said(client: ControlClient, url: str) -> None:
    with pytest.raises(UserError, match="There is no delivery '77'"):
        freeze(client, ["77"], load_fixtures())
    client.ensure_integration("erp", integration_type="webhook", observes=[], enabled=True, configuration={"url": url})
    body = {
        "id": "prod-1",
        "triggered_by": "order.paid",
        "attempt": 1,
        "resources": '{"data":{"type":"order","id":"o-1"}}',
        "payload": {"data": {"type": "order", "id": "o-1"}},
    }
    done = client.replay([{"body": body}], "erp")
    with pytest.raises(UserError, match="is a recorded message, which no step raises"):
        freeze(client, [str(done["data"][0]["number"])], load_fixtures())


def test_the_frozen_file_keeps_its_distances(client: ControlClient, url: str) -> None:
    _play(client, url, CHAOS["late"])
    numbers = [one["number"] for one in client.deliveries(limit=100)["data"] if one["resource"] == "mine"]
    text, schedule = _frozen(client, numbers)
    times = {event.key: event.at for event in schedule.events if event.resource == "mine"}
    assert abs(times["order.paid"] - times["order.created"] - 4 * SECOND) < 1_000
    assert text.startswith("# A comment\ndescription: Frozen\nseed: 3\n")


def test_a_single_delivery_is_as_late_as_it_was(client: ControlClient, url: str) -> None:
    _play(client, url, [{"id": "a", "delay": "10m"}])
    numbers = [one["number"] for one in client.deliveries(limit=100)["data"] if one["resource"] == "mine"]
    _, schedule = _frozen(client, numbers[:1])
    [send] = schedule.sends
    assert 600 * SECOND <= send.at - schedule.by_identity[send.event].at < 600 * SECOND + 1_000
