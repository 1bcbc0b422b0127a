"""Every schedule fault on real queues: a plain client of SQS or STOMP finds exactly it, and nothing with probability 0.
(Webhooks are in test_every_schedule_fault.py, the faults of one message in test_emulator_queue_faults.py.)"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from emulator.core.fault import MessageFault
from emulator.core.faults import FAULTS
from emulator.domain.moment import to_micros
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.harness.player import Player
from emulator.harness.scenario_run import play, settings_of
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

STORY = """\
seed: 8
stagger: 300ms
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.paid, of: o1}
  - {trigger: order.created, as: o2}
  - {trigger: order.fulfilled, of: o1}
"""
CALM = ["o1 created", "o1 paid", "o2 created", "o1 fulfilled"]
"""A message of a queue does not say which attempt it is."""
Document = Mapping[str, Any]


QUEUES = {"aws_sqs": "shop", "stomp": "/queue/shop"}
Found = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture
def found(drained: Callable[[Document], list[bytes]]) -> Found:
    return partial(_found, drained)


def _found(
    drained: Callable[[Document], list[bytes]], transport: str, *rules: Document, extra: str = ""
) -> tuple[list[str], list[str]]:
    """What a client finds after the story, as `o1 paid` (order, event), and the job of each."""
    scenario = parse_scenario(f"{STORY}{extra}chaos: {json.dumps(rules)}\n", "story.yaml", {})
    with LocalEmulator(settings_of(scenario)) as local, ControlClient(local.url) as client:
        made = client.make_queue(QUEUES[transport])
        client.ensure_integration(
            "shop",
            integration_type=transport,
            observes=["order.created", "order.paid", "order.fulfilled"],
            enabled=True,
            configuration=made["configuration"],
        )
        assert Player(client, scenario, ()).play()
        messages = [json.loads(body) for body in drained(made)]
    [first] = {_order(message) for message in messages if message["type"] == "order.fulfilled"}
    return [_said(message, first) for message in messages], [message["id"] for message in messages]


def _order(message: Document) -> str:
    return str(message["data"]["id"])


def _said(message: Document, first: str) -> str:
    order = "o1" if _order(message) == first else "o2"
    return f"{order} {message['type'].removeprefix('order.')}"


PAID = {"event": "order.paid"}
SEEN: Mapping[str, tuple[Document, list[str]]] = {
    "delay": ({"match": PAID, "delay": {"value": "10s"}}, [CALM[0], *CALM[2:], CALM[1]]),
    "reorder": ({"reorder": {"mode": "reverse", "window": 4}}, CALM[::-1]),
    "overlap": ({"match": {"event": "order.created"}, "overlap": {"count": 2}}, [CALM[1], CALM[0], CALM[2], CALM[3]]),
    "duplicate": ({"match": PAID, "duplicate": {"spacing": "1ms"}}, [*CALM[:2], *CALM[1:]]),
    "drop": ({"match": PAID, "drop": None}, [CALM[0], *CALM[2:]]),
    "hold": ({"match": PAID, "hold": None}, [CALM[0], *CALM[2:], CALM[1]]),
    "ack_loss": ({"match": PAID, "ack_loss": {"times": 2}}, [*CALM, "o1 paid", "o1 paid"]),
    "outage": ({"match": PAID, "outage": {"for": "3s"}}, [CALM[0], *CALM[2:], "o1 paid"]),
}
"""What a client finds under one rule, in this order. (Of a gathered pair, the one that was planned first is first.)"""


@pytest.mark.parametrize("transport", QUEUES)
@pytest.mark.parametrize("kind", SEEN)
def test_a_client_finds_exactly_what_was_asked_for(kind: str, transport: str, found: Found) -> None:
    rule, expected = SEEN[kind]
    release = "  - release\n" if kind == "hold" else ""
    said, jobs = found(transport, {"id": "x", **rule}, extra=release)
    assert said == expected
    assert len(set(jobs)) == len(set(said))  # copies and attempts are of the same job


@pytest.mark.parametrize("transport", QUEUES)
def test_with_probability_0_it_finds_nothing_of_them(transport: str, found: Found) -> None:
    said, jobs = found(transport, *({"id": kind, "probability": 0, **rule} for kind, (rule, _) in SEEN.items()))
    assert said == CALM
    assert len(set(jobs)) == len(CALM)


def test_every_fault_that_is_not_about_one_message_is_shown_here() -> None:
    """But for the one that is about calls of the API."""
    assert set(SEEN) == {kind for kind, fault in FAULTS.items() if not isinstance(fault, MessageFault)} - {"api"}


def test_a_fifo_queue_that_is_made_is_planned_as_one() -> None:
    """A failed message holds back the later ones of its resource, in the plan as in the run."""
    name = "{name: line.fifo, type: aws_sqs, observes: [order.created, order.paid]}"
    rule = {"match": "order.created", "outage": {"for": "10s"}}
    scenario = parse_scenario(f"{STORY}integrations: [{name}]\nchaos: {json.dumps([rule])}\n", "story.yaml", {})
    planned = Rehearsal(scenario, load_fixtures()).schedule().sends
    played = play(scenario)
    assert played.settled
    events = {one["number"]: one["event"] for one in played.deliveries}
    sent = [(events[one["delivery"]], one["attempt"], one["started_at"]) for one in played.attempts]
    assert sorted(sent) == sorted((one.event, one.attempt, to_micros(one.at)) for one in planned)
    assert planned[-1].event == "o1/order.paid:1"
