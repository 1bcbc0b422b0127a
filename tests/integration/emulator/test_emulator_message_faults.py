"""Faults of one message through a whole emulator: the receiver sees exactly them, at a real socket."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.core.fault import MessageFault
from emulator.core.faults import FAULTS
from emulator.core.faults.secret import Place, SecretValue
from emulator.core.projection import fold
from emulator.domain.delivery import Attempt
from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.trigger import TriggerRequest

SECRET = "open sesame"
RAISED = ["order.created", "order.paid", "order.updated"]
LAST = RAISED[-1]
"""It says the same as the one before: one change raised both."""

Rule = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request as it arrived, under a port that is the same for all."""

    headers: dict[str, bytes]
    body: bytes

    @classmethod
    def read(cls, data: bytes, port: str) -> "Request":
        head, _, body = data.replace(f":{port}".encode(), b":54321").partition(b"\r\n\r\n")  # ids may hold its digits
        lines = (line.partition(b": ") for line in head.split(b"\r\n")[1:])
        return cls({name.decode(): value for name, _, value in lines}, body)

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(frozen=True)
class Story:
    """The whole requests in their order, the connections without one (what came, and how it ended), and what the
    emulator wrote down of the last event."""

    requests: list[Request]
    cut: list[tuple[bytes, str]]
    attempts: tuple[Attempt, ...]


@pytest.fixture(scope="module")
def story(bare_receiver: Any) -> Callable[..., Story]:
    """An order is paid for under these rules; the same seed makes all of them the same order."""

    async def tell(*rules: Rule, **how: Any) -> Story:
        clock = ClockSettings(mode=ClockMode.VIRTUAL)
        async with asyncio.timeout(30), bare_receiver(**how) as receiver:
            emulator = await Emulator.start(Settings(seed=1, clock=clock))
            try:
                await emulator.create_integration(
                    name="shop",
                    integration_type=IntegrationType.WEBHOOK,
                    observes=("order.*",),
                    configuration=WebhookConfiguration(url=receiver.url, secret_key=SECRET),
                    enabled=True,
                    managed=True,
                )
                for rule in rules:
                    await emulator.add_rule(rule)
                await emulator.trigger(TriggerRequest(key="order.paid"))
                await emulator.settle()
                await emulator.journal.flush()
                (row,), _ = emulator.journal.deliveries(event_glob=LAST)
                view = fold(emulator.journal.records_of(row.number))
            finally:
                await emulator.stop()
            await receiver.until(lambda: all(seen.end != "open" for seen in receiver.seen))
        assert view is not None
        port = re.search(r":(\d+)/", receiver.url)
        assert port
        requests = [Request.read(request, port[1]) for request in receiver.requests]
        cut = [(seen.received, seen.end) for seen in receiver.seen if not seen.requests]
        return Story(requests, cut, view.attempts)

    return lambda *rules, **how: asyncio.run(tell(*rules, **how))


@pytest.fixture(scope="module")
def plain(story: Callable[..., Story]) -> list[Request]:
    """The requests when nothing goes wrong."""
    requests = story().requests
    assert [request.document["triggered_by"] for request in requests] == RAISED
    return requests


def on_last(**fault: Any) -> Rule:
    return {"id": "x", "match": {"event": LAST, "attempt": 1}, **fault}


def resource(request: Request) -> dict[str, Any]:
    """The payload, which `resources` says once more."""
    document = request.document
    payload: dict[str, Any] = document["payload"]
    assert json.loads(document["resources"]) == payload
    return payload


def stale(seen: Request, meant: Request, before: Request) -> None:
    assert resource(seen) == resource(before) != resource(meant)
    assert seen.document["triggered_by"] == LAST


def tie(seen: Request, meant: Request, before: Request) -> None:
    now, then = (json.dumps(resource(one)["data"]["meta"]["timestamps"]["updated_at"]) for one in (meant, before))
    assert now != then
    payload = resource(meant)
    payload["data"]["meta"]["timestamps"]["updated_at"] = json.loads(then)
    assert resource(seen) == payload


def unknown_field(seen: Request, meant: Request, before: Request) -> None:
    payload, known = resource(seen), resource(meant)
    (new,) = payload["data"].keys() - known["data"].keys()
    assert re.fullmatch("emulator_[0-9a-f]{8}", new)
    del payload["data"][new]
    assert payload == known


def omit_field(seen: Request, meant: Request, before: Request) -> None:
    payload = resource(meant)
    del payload["data"]["customer"]["email"]
    assert resource(seen) == payload


def elide_included(seen: Request, meant: Request, before: Request) -> None:
    assert resource(meant)["included"]["items"]
    assert resource(seen) == {**resource(meant), "included": {"meta": {"includes_elided": True}}}


def with_secret(value: SecretValue, place: Place) -> Callable[[Request, Request, Request], None]:
    """The secret says this in this place, and everything else is as it was meant."""

    def check(seen: Request, meant: Request, before: Request) -> None:
        shown = {SecretValue.WRONG: r"wrong-[0-9a-f]{8}", SecretValue.EMPTY: "", SecretValue.MISSING: None}[value]
        in_header, in_body = place is not Place.BODY, place is not Place.HEADER
        header = seen.headers.get("X-MOLTIN-SECRET-KEY")
        body = seen.document["configuration"].get("secret_key")
        found = (None if header is None else header.decode(), body)
        for says, treated in zip(found, (in_header, in_body), strict=True):
            wanted = shown if treated else SECRET
            assert says is wanted is None or (says is not None and wanted is not None and re.fullmatch(wanted, says))
        if place is Place.BOTH:
            assert found[0] == found[1]
        assert {**seen.headers, "X-MOLTIN-SECRET-KEY": b"", "Content-Length": b""} == {
            **meant.headers,
            "X-MOLTIN-SECRET-KEY": b"",
            "Content-Length": b"",
        }
        assert int(seen.headers["Content-Length"]) == len(seen.body)
        configuration = {**meant.document["configuration"], "secret_key": body}
        if body is None:
            del configuration["secret_key"]
        assert seen.document == {**meant.document, "configuration": configuration}
        assert (seen.body == meant.body) is (not in_body)

    return check


def truncate(seen: Request, meant: Request, before: Request) -> None:
    assert meant.body.startswith(seen.body)
    assert 0 < len(seen.body) == int(seen.headers["Content-Length"]) < len(meant.body)


def malformed_json(seen: Request, meant: Request, before: Request) -> None:
    assert abs(len(seen.body) - len(meant.body)) <= 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(seen.body)


def bitflip(seen: Request, meant: Request, before: Request) -> None:
    wrong = [one ^ two for one, two in zip(seen.body, meant.body, strict=True) if one != two]
    assert [value.bit_count() for value in wrong] == [1]


def charset(seen: Request, meant: Request, before: Request) -> None:
    assert seen.headers["Content-Type"] == b"application/json"
    with pytest.raises(UnicodeDecodeError):
        seen.body.decode()
    assert len(seen.body.decode("latin-1")) == len(meant.body.decode())


def headers(seen: Request, meant: Request, before: Request) -> None:
    assert seen.body == meant.body
    names = {name for name in meant.headers if seen.headers.get(name) != meant.headers[name]}
    assert names in ({"Content-Type"}, {"X-MOLTIN-INTEGRATION-TRIGGER"})


SEEN: dict[str, tuple[Rule, Callable[[Request, Request, Request], None]]] = {
    "payload: stale": ({"payload": "stale"}, stale),
    "payload: tie": ({"payload": "tie"}, tie),
    "payload: unknown_field": ({"payload": "unknown_field"}, unknown_field),
    "payload: omit_field": ({"payload": {"mode": "omit_field", "path": "data.customer.email"}}, omit_field),
    "payload: elide_included": ({"payload": "elide_included"}, elide_included),
    "secret: in both places unless told": ({"secret": "wrong"}, with_secret(SecretValue.WRONG, Place.BOTH)),
    **{
        f"secret: {value}, {place}": ({"secret": {"value": value.value, "in": place.value}}, with_secret(value, place))
        for value in SecretValue
        for place in Place
    },
    "corrupt: truncate": ({"corrupt": "truncate"}, truncate),
    "corrupt: malformed_json": ({"corrupt": "malformed_json"}, malformed_json),
    "corrupt: bitflip": ({"corrupt": "bitflip"}, bitflip),
    "corrupt: charset": ({"corrupt": "charset"}, charset),
    "corrupt: headers": ({"corrupt": "headers"}, headers),
}


@pytest.mark.parametrize("name", SEEN)
def test_the_receiver_sees_exactly_what_was_asked_for(
    name: str, story: Callable[..., Story], plain: list[Request]
) -> None:
    fault, check = SEEN[name]
    told = story(on_last(**fault))
    assert told.requests[:-1] == plain[:-1]
    check(told.requests[-1], plain[-1], plain[0])
    (attempt,) = told.attempts
    assert attempt.outcome.succeeded
    assert [(note.rule, f"{note.fault}: ") for note in attempt.faults] == [("x", name[: name.index(" ") + 1])]


CUT: list[tuple[Rule, str]] = [
    ({"connection": "reset"}, "reset"),
    ({"connection": "close_early"}, "closed"),
    ({"connection": {"mode": "limit", "bytes": 64}}, "closed"),
    ({"connection": {"mode": "timeout", "delay": "10ms"}}, "closed"),
]
SLOW: list[Rule] = [
    {"connection": {"mode": "slow_headers", "delay": "1ms"}},
    {"connection": {"mode": "dribble", "chunk": 512, "delay": "1ms"}},
    {"connection": {"mode": "bandwidth", "rate": 1_000_000}},
]
EVERY: list[Rule] = [*(fault for fault, _ in SEEN.values()), *(fault for fault, _ in CUT), *SLOW]


def test_every_mode_of_every_fault_of_a_message_is_shown_here() -> None:
    """A new fault, or a new mode of one, has to be shown."""
    faults: dict[str, Any] = {kind: fault for kind, fault in FAULTS.items() if isinstance(fault, MessageFault)}
    shown = {(kind, _mode(faults[kind], how)) for rule in EVERY for kind, how in rule.items()}
    assert shown == {(kind, mode) for kind, fault in faults.items() for mode in fault.manual.modes}


def _mode(fault: Any, how: Any) -> str:
    """`how` is written in full, or as its mode alone."""
    mode: str = how if isinstance(how, str) else how[fault.short]
    return mode


def test_what_has_no_probability_is_never_seen(story: Callable[..., Story], plain: list[Request]) -> None:
    told = story(*({"id": f"x{number}", "probability": 0, **fault} for number, fault in enumerate(EVERY)))
    assert told.requests == plain
    assert [attempt.faults for attempt in told.attempts] == [()]


@pytest.mark.parametrize(("fault", "end"), CUT)
def test_a_request_that_is_cut_short_fails_and_comes_again(
    fault: Rule, end: str, story: Callable[..., Story], plain: list[Request]
) -> None:
    told = story(on_last(**fault))
    first, second = told.attempts
    assert (first.outcome.succeeded, first.outcome.status) == (False, None)
    assert first.outcome.error is not None
    assert first.outcome.error.endswith("(injected)")
    assert [(note.rule, note.fault) for note in first.faults] == [("x", "connection")]
    assert (second.outcome.succeeded, second.faults) == (True, ())
    assert told.requests[:-1] == plain[:-1]
    assert told.requests[-1].body == plain[-1].body.replace(b'"attempt":1', b'"attempt":2')
    ((_, ended),) = told.cut
    assert ended == end


@pytest.mark.parametrize("fault", SLOW)
@pytest.mark.parametrize("status", [200, 503])
def test_a_slow_request_arrives_and_its_answer_counts(
    fault: Rule, status: int, story: Callable[..., Story], plain: list[Request]
) -> None:
    answer = b"HTTP/1.1 %d Well\r\nContent-Length: 4\r\n\r\nsaid" % status
    told = story({"id": "x", "match": {"event": LAST}, **fault}, answer=answer)
    assert {(one.outcome.succeeded, one.outcome.status, one.outcome.body) for one in told.attempts} == {
        (status == 200, status, "said")
    }
    assert plain[-1] in told.requests
    assert all([note.fault for note in one.faults] == ["connection"] for one in told.attempts)


def test_a_restart_sends_the_very_same_bytes(run: Any, started: Any, tmp_path: Path) -> None:
    """Whatever was drawn when it was planned; also what it takes from the event before."""
    rules = [
        {"id": "late", "delay": {"value": "1h"}},
        {"id": "wire", "connection": "reset"},
        {"id": "flip", "corrupt": "bitflip"},
        {"id": "who", "secret": {"value": "wrong", "in": "header"}},
        {"id": "old", "payload": "tie"},
    ]

    async def planned(shop: Any) -> None:
        await shop.register()
        for rule in rules:
            await shop.emulator.add_rule(rule)
        await shop.trigger("order.paid")
        assert shop.receiver.sent == []

    async def scenario() -> None:
        async with started(data_dir=tmp_path / "one") as first:
            await planned(first)
        async with started(data_dir=tmp_path / "one") as second:
            await second.emulator.settle()
        async with started(data_dir=tmp_path / "two") as whole:
            await planned(whole)
            await whole.emulator.settle()
        sent, meant = second.receiver.sent, whole.receiver.sent
        assert len(sent) == len(RAISED)
        assert [(one.body, one.headers, one.wire) for one in sent] == [
            (one.body, one.headers, one.wire) for one in meant
        ]
        assert all(one.headers and one.wire for one in sent)

    run(scenario())
