"""Every fault that is not about one message alone, at a real socket: the receiver sees exactly it, and nothing of it
with probability 0. (The faults of one message are in test_emulator_message_faults.py, those of queues beside it.)"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from itertools import product
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.core.fault import MessageFault, Scope
from emulator.core.faults import FAULTS
from emulator.core.faults.reorder import Reorder, ReorderMode
from emulator.core.rule import Rule as ChaosRule
from emulator.domain.moment import parse_instant
from emulator.harness.scenario_run import Played, play
from emulator.harness.served_app import ServedApp
from emulator.loading.scenarios import parse_scenario

STORY = """\
seed: 8
stagger: 300ms
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: [order.created, order.paid, order.fulfilled]}]
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.paid, of: o1}
  - {trigger: order.created, as: o2}
  - {trigger: order.fulfilled, of: o1}
"""
CALM = ["o1 created 1", "o1 paid 1", "o2 created 1", "o1 fulfilled 1"]
Rule = dict[str, Any]


@dataclass
class Receiver:
    """What came, in order; who was there at the same moment; and what the API answered when it was asked."""

    calls_back: bool = False
    patience: float = 0.0
    seen: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    most_at_once: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    told_to_wait: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    api: str = ""

    def __post_init__(self) -> None:
        self._here = 0
        self._company = threading.Condition()

    async def take(self, request: Request) -> Response:
        message = json.loads(await request.body())
        await run_in_threadpool(self._note, message)
        return Response(status_code=204)

    def _note(self, message: Mapping[str, Any]) -> None:
        with self._company:
            self._here += 1
            self.most_at_once = max(self.most_at_once, self._here)
            self.seen.append(_said(message))
            self.jobs.append(message["id"])
        if self.calls_back:
            url = f"{self.api}/v2/orders/{message['payload']['data']['id']}"
            begun = time.monotonic()
            answer = httpx.get(url, headers={"Authorization": "Bearer any"})
            self.waited.append(time.monotonic() - begun)
            self.answers[answer.status_code] += 1
            self.told_to_wait += answer.headers.get_list("Retry-After")
        with self._company:
            self._company.notify_all()
            if message["triggered_by"] == "order.paid":
                self._company.wait_for(lambda: self.most_at_once > 1, timeout=self.patience)
            self._here -= 1


_ORDERS: dict[str, str] = {}


def _said(message: Mapping[str, Any]) -> str:
    """`o1 paid 1`: the resource, what happened to it, and which attempt this is."""
    key, order = message["triggered_by"].removeprefix("order."), message["payload"]["data"]["id"]
    return f"{_ORDERS.setdefault(order, f'o{len(_ORDERS) + 1}')} {key} {message['attempt']}"


def _played(
    rules: list[Rule], *, extra: str = "", calls_back: bool = False, patience: float = 0.0
) -> tuple[Receiver, Played]:
    """`patience` is for how many seconds a payment waits for company before it is answered, while it has none."""
    receiver = Receiver(calls_back=calls_back, patience=patience)
    with ServedApp(Starlette(routes=[Route("/", receiver.take, methods=["POST"])])) as served:
        text = f"{STORY}{extra}chaos: {json.dumps(rules)}\n"
        scenario = parse_scenario(text, "story.yaml", {"RECEIVER_URL": f"{served.url}/"})
        played = play(scenario, on_ready=lambda url: setattr(receiver, "api", url))
    assert played.settled
    return receiver, played


@pytest.fixture(scope="module", autouse=True)
def _orders() -> None:
    """The same seed makes the same orders: named in the order in which they come when nothing is wrong."""
    receiver, _ = _played([])
    assert receiver.seen == CALM
    assert receiver.most_at_once == 1


CREATED = {"event": "order.created", "resource": "o1"}
PAID = {"event": "order.paid"}
DELAYS: Mapping[str, Rule] = {
    "fixed": {"value": "10s"},
    "uniform": {"distribution": "uniform", "lower": "10s", "upper": "20s"},
    "normal": {"distribution": "normal", "mean": "60s", "stddev": "1s"},
    "lognormal": {"distribution": "lognormal", "median": "60s", "sigma": 0.1},
    "exponential": {"distribution": "exponential", "mean": "1h"},
}
LATE = ["o1 paid 1", "o2 created 1", "o1 fulfilled 1", "o1 created 1"]
SEEN: Mapping[str, tuple[str, Rule, list[str]]] = {
    **{f"delay: {name}": ("delay", {"match": CREATED, "delay": how}, LATE) for name, how in DELAYS.items()},
    "reorder: reverse": ("reorder", {"reorder": {"mode": "reverse", "window": 4}}, CALM[::-1]),
    "reorder: reverse within": ("reorder", {"reorder": {"mode": "reverse", "within": "1h"}}, CALM[::-1]),
    "reorder: swap": ("reorder", {"reorder": {"mode": "swap", "window": 4}}, [CALM[3], CALM[1], CALM[2], CALM[0]]),
    "reorder: latest_first": ("reorder", {"reorder": {"mode": "latest_first", "window": 4}}, [CALM[3], *CALM[:3]]),
    **{
        f"reorder: {mode} {scope}": ("reorder", {"reorder": {"mode": mode, "window": window, "scope": scope}}, seen)
        for mode, scope, window, seen in (
            ("reverse", "same_resource", 3, [CALM[3], CALM[1], CALM[0], CALM[2]]),
            ("swap", "same_resource", 3, [CALM[3], CALM[1], CALM[0], CALM[2]]),
            ("latest_first", "same_resource", 3, [CALM[3], CALM[0], CALM[1], CALM[2]]),
            ("reverse", "across_resources", 4, [CALM[2], CALM[0], CALM[1], CALM[3]]),
            ("swap", "across_resources", 3, [CALM[2], CALM[0], CALM[1], CALM[3]]),
            ("latest_first", "across_resources", 3, [CALM[2], CALM[0], CALM[1], CALM[3]]),
        )
    },
    "duplicate": (
        "duplicate",
        {"match": PAID, "duplicate": {"copies": 2, "spacing": "1ms"}},
        [*CALM[:2], CALM[1], CALM[1], *CALM[2:]],
    ),
    "duplicate: new_job": (
        "duplicate",
        {"match": PAID, "duplicate": {"spacing": "1ms", "identity": "new_job"}},
        [*CALM[:2], CALM[1], *CALM[2:]],
    ),
    "drop": ("drop", {"match": PAID, "drop": None}, [CALM[0], *CALM[2:]]),
    "ack_loss": ("ack_loss", {"match": PAID, "ack_loss": {"times": 2}}, [*CALM, "o1 paid 2", "o1 paid 3"]),
    "outage": ("outage", {"match": PAID, "outage": {"for": "3s"}}, [CALM[0], *CALM[2:], "o1 paid 2"]),
    "hold": ("hold", {"match": PAID, "hold": None}, [CALM[0], *CALM[2:], CALM[1]]),
}
"""What a receiver sees under one rule, in this order."""


@pytest.mark.parametrize("name", SEEN)
def test_the_receiver_sees_exactly_what_was_asked_for(name: str) -> None:
    kind, rule, expected = SEEN[name]
    release = "  - release\n" if kind == "hold" else ""
    receiver, played = _played([{"id": "x", **rule}], extra=release)
    assert receiver.seen == expected
    hits = {fault["fault"] for attempt in played.attempts for fault in attempt["faults"]}
    assert hits == ({kind} if kind != "drop" else set())
    paid = [job for job, said in zip(receiver.jobs, receiver.seen, strict=True) if said.startswith("o1 paid")]
    assert len(set(paid)) == (2 if name == "duplicate: new_job" else 0 if kind == "drop" else 1)


@pytest.mark.parametrize("name", SEEN)
def test_with_probability_0_it_sees_nothing_of_it(name: str) -> None:
    _, rule, _ = SEEN[name]
    receiver, played = _played([{"id": "x", "probability": 0, **rule}])
    assert receiver.seen == CALM
    assert len(set(receiver.jobs)) == len(CALM)
    assert not any(attempt["faults"] for attempt in played.attempts)


SHUFFLES: list[Rule] = [
    {"reorder": {"mode": "shuffle", "scope": scope, **window}}
    for scope in Scope
    for window in ({"window": 4}, {"within": "10s"})
]


@pytest.mark.parametrize("scope", Scope)
def test_a_shuffle_shows_every_event_once_and_keeps_what_its_scope_keeps(scope: str) -> None:
    orders = set()
    for shuffle in (rule for rule in SHUFFLES if rule["reorder"]["scope"] == scope):
        receiver, _ = _played([{"id": f"x{scope}", **shuffle}])
        assert sorted(receiver.seen) == sorted(CALM)
        if scope == "across_resources":
            assert [said for said in receiver.seen if said.startswith("o1")] == [CALM[0], CALM[1], CALM[3]]
        orders.add(tuple(receiver.seen))
    assert orders != {tuple(CALM)}


def test_a_shuffle_of_probability_0_changes_nothing() -> None:
    receiver, _ = _played([{"id": f"x{place}", "probability": 0, **rule} for place, rule in enumerate(SHUFFLES)])
    assert receiver.seen == CALM


OVERLAPS: list[tuple[Rule, float, int]] = [
    ({"count": 2}, 1, 2),
    ({"count": 2, "scope": "across_resources"}, 1, 2),
    ({"count": 2, "scope": "same_resource"}, 1, 1),
    ({"count": 2}, 0, 1),
]


@pytest.mark.parametrize(("overlap", "probability", "most"), OVERLAPS)
def test_what_overlaps_is_there_at_the_same_moment(overlap: Rule, probability: float, most: int) -> None:
    together = "  - {trigger: order.paid, of: o2, after: 0s}\n"
    rule = {"id": "x", "probability": probability, "overlap": overlap, "match": {"event": "order.paid"}}
    receiver, _ = _played([rule], extra=together, patience=10.0 if most > 1 else 0.1)
    assert sorted(receiver.seen) == sorted([*CALM, "o2 paid 1"])
    assert receiver.most_at_once == most


APIS: list[tuple[Rule, float, Mapping[int, int], float]] = [
    ({"error": 503}, 1, {503: 4}, 0.0),
    ({"calls": "GET /v2/orders/*", "latency": "20ms"}, 1, {200: 4}, 0.02),
    ({"calls": "GET /v2/*", "rate_limit": {"limit": 2, "window": "10m", "retry_after": "7s"}}, 1, {200: 2, 429: 2}, 0),
    ({"error": 503, "latency": "1h", "rate_limit": {"limit": 1, "window": "1h"}}, 0, {200: 4}, 0.0),
    ({"calls": "POST /v2/orders", "error": 503, "latency": "1h"}, 1, {200: 4}, 0.0),
]
"""The answers that its receiver gets, and how long it waits for each at least, in seconds."""


@pytest.mark.parametrize(("api", "probability", "answers", "at_least"), APIS)
def test_an_api_that_misbehaves_is_seen_by_who_calls_it(
    api: Rule, probability: float, answers: Mapping[int, int], at_least: float
) -> None:
    receiver, _ = _played([{"id": "x", "probability": probability, "api": api}], calls_back=True)
    assert receiver.answers == answers
    assert receiver.told_to_wait == ["7"] * answers.get(429, 0)
    assert min(receiver.waited) >= at_least
    assert receiver.seen == CALM


@pytest.mark.parametrize(
    ("steps", "moments"),
    [
        ("{trigger: order.paid, burst: {count: 6, over: 3s}}", [0, 500, 1000, 1500, 2000, 2500]),
        ("{trigger: order.paid, burst: {count: 3}}", [0, 0, 0]),
        ("{trigger: order.paid, rate: 2/s, for: 3s}", [0, 500, 1000, 1500, 2000, 2500]),
        ("{trigger: order.paid, ramp: {from: 1/s, to: 3/s, over: 3s}}", [0, 791, 1372, 1854, 2275, 2653]),
    ],
)
def test_a_load_of_any_shape_arrives_when_it_says(steps: str, moments: list[int]) -> None:
    """In milliseconds behind the first."""
    receiver, played = _played([], extra=f"  - {steps}\n")
    assert [said.endswith("paid 1") for said in receiver.seen[len(CALM) :]] == [False, True] * len(moments)
    begun = [parse_instant(one["started_at"]) for one in played.attempts][len(CALM) + 1 :: 2]
    assert [round((at - begun[0]) / 1000) for at in begun] == moments


def test_a_paused_receiver_hears_everything_when_it_is_resumed() -> None:
    steps = "  - {sleep: 1s}\n  - {pause: shop}\n"
    steps += "  - {trigger: order.paid, of: o2}\n  - {trigger: order.fulfilled, of: o2}\n"
    stopped, _ = _played([], extra=f"{steps}  - {{sleep: 1h}}\n")
    resumed, _ = _played([], extra=f"{steps}  - {{sleep: 1h}}\n  - {{resume: shop}}\n")
    assert stopped.seen == CALM
    assert resumed.seen == [*CALM, "o2 paid 1", "o2 fulfilled 1"]


RULES: list[Rule] = [
    *(rule for _, rule, _ in SEEN.values()),
    *SHUFFLES,
    *({"overlap": overlap} for overlap, _, _ in OVERLAPS),
    *({"api": api} for api, _, _, _ in APIS),
]


def test_every_fault_is_seen_here_with_every_word_that_it_knows() -> None:
    """A new fault that is not about one message, or a new word for one, has to be shown."""
    faults = [ChaosRule.parse({"id": "x", **rule}).fault for rule in RULES]
    assert {fault.kind for fault in faults} == {
        kind for kind, fault in FAULTS.items() if not isinstance(fault, MessageFault)
    }
    shown: dict[tuple[str, type[StrEnum]], set[StrEnum]] = {}
    for word, owner in _words_of(faults):
        shown.setdefault((owner, type(word)), set()).add(word)
    assert {enum.__name__ for _, enum in shown} == {"Shape", "ReorderMode", "Scope", "Identity"}
    for (owner, enum), words in shown.items():
        assert words == set(enum), owner
    reorders = {(fault.mode, fault.scope) for fault in faults if isinstance(fault, Reorder)}
    assert reorders == set(product(ReorderMode, Scope))


def _words_of(faults: Sequence[Any]) -> Iterator[tuple[StrEnum, str]]:
    """The words of every choice in them, and in what."""
    for fault in faults:
        for one in fields(fault):
            value = getattr(fault, one.name)
            if isinstance(value, StrEnum):
                yield value, type(fault).__name__
            elif is_dataclass(value):
                yield from _words_of([value])
