"""Frozen: a scenario out of deliveries that a running emulator has made."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.core.fixture import Fixtures
from emulator.domain.errors import UserError
from emulator.domain.moment import exact_duration, parse_instant
from emulator.harness.client import ControlClient
from emulator.harness.pins import Rule, pins
from emulator.harness.story import Happened, Raised, Told, tell
from emulator.loading.scenario_text import scenario_yaml
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.rehearsal import Rehearsal

_PAGE = 100
_JITTER = 100_000  # microseconds; what is sent as soon as this has not been made late
_QUEUES = ("aws_sqs", "stomp")


def freeze(client: ControlClient, wanted: Sequence[str], fixtures: Fixtures) -> dict[str, Any]:
    """The scenario as plain values, to be written as YAML: what happened to the resources of these deliveries (by
    number or job id), who got the messages, and what went wrong on the way.

    Raises UserError for one that was replayed, or an event that a new shop cannot raise.
    """
    deliveries = [client.delivery(each) for each in dict.fromkeys(wanted)]
    for one in deliveries:
        if ":replay-" in one["event"]:
            raise UserError(
                f"delivery {one['number']} is a recorded message, which no step raises; keep such ones with:"
                " epcc-emulator import FILE --save"
            )
        if "event_at" not in one:
            raise UserError(f"the history of delivery {one['number']} is pruned; raise --history of the server")
    deliveries.sort(key=lambda one: one["number"])
    seed = int(client.status()["seed"])
    told = tell(_happened(client, deliveries), seed=seed, fixtures=fixtures)
    calm = {
        "seed": seed,
        "integrations": list(_integrations(client, deliveries)),
        "steps": [_step(step) for step in told.steps],
    }
    times = _times(calm, fixtures)
    due = {one["number"]: times[told.identities[one["event"]]] for one in deliveries}
    late = _lateness(deliveries, _leaving(client, deliveries), due)
    return {**calm, "chaos": [*_rules(deliveries, told, late), *_left_out(deliveries, told)]}


def _happened(client: ControlClient, deliveries: Sequence[Mapping[str, Any]]) -> list[Happened]:
    """All that happened to these resources, until the last of the deliveries' events."""
    last = max(parse_instant(one["event_at"]) for one in deliveries)
    found = [
        Happened(
            key=event["key"],
            resource=event["resource"],
            resource_type=event["resource_type"],
            identity=event["identity"],
            at=parse_instant(event["at"]),
        )
        for resource in dict.fromkeys(one["resource"] for one in deliveries)
        for event in _events(client, resource)
    ]
    return [event for event in found if event.at <= last and ":replay-" not in event.identity]


def _events(client: ControlClient, resource: str) -> Iterator[Mapping[str, Any]]:
    offset = 0
    while True:
        page = client.events(resource=resource, limit=_PAGE, offset=offset)["data"]
        yield from page
        if len(page) < _PAGE:
            return
        offset += _PAGE


def _integrations(client: ControlClient, deliveries: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Without addresses and secrets: webhooks go where `--forward-to` says, and queues are the scenario's own."""
    known = {one["key"]: one for one in client.integrations()}
    for key in dict.fromkeys(one["integration"] for one in deliveries):
        kind = known[key]["integration_type"] if key in known else "webhook"
        where = {"type": kind} if kind in _QUEUES else {"url": "${RECEIVER_URL}"}
        observes = sorted({one["event_key"] for one in deliveries if one["integration"] == key})
        yield {"name": key, **where, "observes": observes}


def _step(step: Raised) -> dict[str, Any]:
    named = {"as": step.alias} if step.alias is not None else {}
    of = {"of": step.of} if step.of is not None else {}
    return {"trigger": step.key, **named, **of, "at": exact_duration(step.after)}


def _rules(deliveries: Sequence[Mapping[str, Any]], told: Told, lateness: Mapping[int, int]) -> Iterator[Rule]:
    for one in deliveries:
        if one["job"] > 1:
            continue
        late = lateness.get(one["number"], 0)
        yield from pins(one, _match(one, told), f"delivery-{one['number']}", late=late)
        others = [each for each in deliveries if _same(one, each) and each["job"] > 1 and each["attempts_made"]]
        for each in others:
            spacing = _sent_at(each) - _sent_at(one)
            yield {
                "id": f"delivery-{each['number']}-new-job",
                "match": {**_match(one, told), "attempt": 1},
                "duplicate": {"copies": 1, "spacing": exact_duration(max(0, spacing)), "identity": "new_job"},
            }


def _left_out(deliveries: Sequence[Mapping[str, Any]], told: Told) -> Iterator[Rule]:
    """What the integrations would get as well, by the steps, and was not asked for."""
    asked = {(told.identities[one["event"]], one["integration"]) for one in deliveries}
    observed = {(one["event_key"], one["integration"]) for one in deliveries}
    for event in told.raised:
        for key, integration in sorted(observed):
            if event.key == key and (event.identity, integration) not in asked:
                match = _single(event.identity, event.key, event.resource, integration, told)
                yield {"id": f"left-out-{event.identity}-{integration}", "match": match, "drop": None}


def _match(delivery: Mapping[str, Any], told: Told) -> dict[str, Any]:
    name = told.names[delivery["resource"]]
    return _single(told.identities[delivery["event"]], delivery["event_key"], name, delivery["integration"], told)


def _single(identity: str, key: str, resource: str, integration: str, told: Told) -> dict[str, Any]:
    """What is true of this delivery alone."""
    match: dict[str, Any] = {"event": key, "resource": resource, "integration": integration}
    times = Counter((event.key, event.resource) for event in told.raised)
    if times[key, resource] > 1:
        match["nth"] = int(identity.rpartition(":")[2])
    return match


def _times(calm: Mapping[str, Any], fixtures: Fixtures) -> dict[str, int]:
    """When each event happens, to the microsecond, in a scenario in which nothing goes wrong."""
    scenario = parse_scenario(scenario_yaml(calm), "frozen.yaml", {"RECEIVER_URL": "http://127.0.0.1:1/"})
    return {event.identity: event.at for event in Rehearsal(scenario, fixtures).schedule().events}


def _leaving(client: ControlClient, deliveries: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """When each of them left for the first time, in that order, and no two at the same time."""
    numbers = {one["number"] for one in deliveries if one["attempts_made"]}
    found: list[tuple[int, int]] = []
    offset = 0
    while len(found) < len(numbers):
        page = client.attempts(limit=_PAGE, offset=offset)["data"]
        if not page:
            break
        offset += len(page)
        found += [
            (parse_instant(one["started_at"]), one["delivery"])
            for one in page
            if one["delivery"] in numbers and one["attempt"] == 1 and one["copy"] == 0
        ]
    found.reverse()  # the newest came first
    last, leaving = 0, {}
    for at, number in sorted(found, key=lambda one: one[0]):
        last = leaving[number] = max(at, last + 1)
    return leaving


def _lateness(
    deliveries: Sequence[Mapping[str, Any]], leaving: Mapping[int, int], due: Mapping[int, int]
) -> dict[int, int]:
    """How long after it is `due` each is to leave, by number, so that they leave in the same order and at the same
    distances again, and none sooner after its event. Where none left much later than its event, and in their order,
    that is of itself so."""
    happened = {one["number"]: parse_instant(one["event_at"]) for one in deliveries}
    ordered = list(leaving) == sorted(leaving, key=lambda number: happened[number])
    if ordered and all(at - happened[number] < _JITTER for number, at in leaving.items()):
        return {}
    first = max((due[number] - happened[number] for number in leaving), default=0)
    return {number: at + first - due[number] for number, at in leaving.items()}


def _sent_at(delivery: Mapping[str, Any]) -> int:
    return min(parse_instant(one["started_at"]) for one in delivery["attempts_made"])


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["event"] == other["event"] and one["integration"] == other["integration"])
