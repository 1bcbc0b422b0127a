"""Faults of one message: what is planned for it, and what that makes of its bytes."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.fault import Legality, MessageFault, Parcel
from emulator.core.faults.connection import Connection
from emulator.core.faults.corrupt import Corrupt
from emulator.core.faults.payload import Payload
from emulator.core.faults.secret import Secret
from emulator.core.json_text import members
from emulator.core.record_data import read_send, send_data
from emulator.core.rule import Rule
from emulator.core.salt import share
from emulator.domain.delivery import DeliveryKey
from emulator.domain.errors import InvalidInput
from emulator.domain.integration import IntegrationType, StompConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.wire_fault import ConnectionMode, WireFault

PAYLOAD = (
    '{"data":{"id":"1","type":"order","status":"paid","meta":{"timestamps":{"updated_at":"2026-01-01T00:00:09Z"}}},'
    '"included":{"items":[{"id":"2","quantity":3}]}}'
)
BEFORE = '{"data":{"id":"1","type":"order","status":"new","meta":{"timestamps":{"updated_at":"2026-01-01T00:00:02Z"}}}}'
DELETION = '{"id":"1","type":"order"}'
BODY = orjson.dumps(
    {
        "id": "job",
        "triggered_by": "order.paid",
        "resources": PAYLOAD,
        "payload": orjson.loads(PAYLOAD),
        "configuration": {"url": "http://localhost/é", "secret_key": "open sesame"},
    }
)
SALTS = st.integers(0, (1 << 32) - 1)
EVERYTHING: list[dict[str, Any]] = [
    {"id": "wire", "probability": 0.7, "connection": "reset"},
    {"id": "wire-too", "connection": {"mode": "dribble", "chunk": 3, "delay": "5ms"}},
    {"id": "cut", "probability": 0.5, "corrupt": "truncate"},
    {"id": "who", "secret": {"value": "wrong", "in": "header"}},
    {"id": "new", "payload": "unknown_field"},
]


def treated(fault: type[MessageFault], how: Any, **given: Any) -> Parcel:
    parcel = Parcel(**{"payload": "{}", "before": lambda: None, **given})
    fault.treat(parcel, how)
    return parcel


def changed_payload(payload: str, how: Any, before: str | None) -> str:
    return treated(Payload, how, payload=payload, before=lambda: before).payload


def with_secret(body: bytes, how: Any) -> bytes:
    return treated(Secret, how, body=body).body


def secret_header(how: Any) -> dict[str, bytes | None]:
    return treated(Secret, how, body=BODY).headers


def damaged(body: bytes, how: Any) -> bytes:
    return treated(Corrupt, how, body=body).body


def damaged_headers(how: Any) -> dict[str, bytes | None]:
    return treated(Corrupt, how, body=BODY).headers


def planned(stage: Any, *rules: dict[str, Any], payload: str = PAYLOAD, **event: Any) -> Any:
    """The one treatment, and the one note, of an event under these rules."""
    plan = stage.plan(*rules, event=replace(stage.event(1), payload=payload, **event))
    (send,) = plan.jobs[0].sends
    assert len(send.treatments) == len(send.faults) <= 1
    return (send.treatments[0].how, send.faults[0].detail) if send.treatments else None


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"connection": "reset"}, {"connection": {"mode": "reset"}}),
        ({"corrupt": "bitflip"}, {"corrupt": {"mode": "bitflip"}}),
        ({"secret": "empty"}, {"secret": {"value": "empty", "in": "both"}}),
        ({"payload": "tie"}, {"payload": {"mode": "tie"}}),
    ],
)
def test_a_text_alone_is_the_mode(short: dict[str, Any], long: dict[str, Any]) -> None:
    assert Rule.parse(short) == Rule.parse(long)


WRONG = {
    "a misspelt mode": ({"connection": "resett"}, "connection.mode: unknown mode 'resett'; did you mean 'reset'?"),
    "a field of another mode": (
        {"connection": {"mode": "reset", "chunk": 1}},
        "connection.chunk: unknown key 'chunk'; there is mode",
    ),
    "no limit": ({"connection": "limit"}, "connection: 'bytes' is missing"),
    "no rate": ({"connection": "bandwidth"}, "connection: 'rate' is missing"),
    "too long a wait": (
        {"connection": {"mode": "timeout", "delay": "1h"}},
        "connection.delay: expected 10m at most, found 1h",
    ),
    "no path": (
        {"payload": {"mode": "omit_field", "path": "a..b"}},
        "payload.path: 'a..b' is not a path; write data.customer.email or included.items[0].quantity",
    ),
    "a path for another mode": (
        {"payload": {"mode": "stale", "path": "data"}},
        "payload.path: unknown key 'path'; there is mode",
    ),
    "a connection of a queue": (
        {"match": {"transport": "aws_sqs"}, "connection": "reset"},
        (
            "match.transport: connection is about the socket of a webhook; a queue's connection carries other messages "
            "too, and an outage makes the queue unreachable"
        ),
    ),
    "a secret in a queue": (
        {"match": {"transport": "stomp"}, "secret": "wrong"},
        "match.transport: secret is about webhooks; a queue's messages have none",
    ),
    "the headers of a queue's message": (
        {"match": {"transport": "stomp"}, "corrupt": "headers"},
        (
            "match.transport: corrupt: headers is about the headers of a webhook; a queue's messages have none that "
            "say anything"
        ),
    ),
    "bytes for SQS": (
        {"match": {"transport": "aws_sqs"}, "corrupt": "charset"},
        "match.transport: corrupt: charset cannot reach a queue of SQS, which takes nothing but text",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_sense_is_refused_with_a_reason(name: str) -> None:
    rule, sentence = WRONG[name]
    with pytest.raises(InvalidInput) as refused:
        Rule.parse(rule)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    ("rule", "legality"),
    [
        ({"payload": "unknown_field"}, Legality.DOCUMENTED),
        ({"payload": "elide_included"}, Legality.DOCUMENTED),
        ({"payload": "stale"}, Legality.PLAUSIBLE),
        ({"payload": "tie"}, Legality.PLAUSIBLE),
        ({"payload": "omit_field"}, Legality.HOSTILE),
        ({"corrupt": "headers"}, Legality.HOSTILE),
        ({"secret": "wrong"}, Legality.PLAUSIBLE),
        ({"connection": "reset"}, Legality.PLAUSIBLE),
        ({"delay": {"value": "1s"}}, Legality.DOCUMENTED),
        ({"duplicate": {"identity": "same"}}, Legality.DOCUMENTED),
        ({"duplicate": {"identity": "new_job"}}, Legality.HOSTILE),
    ],
)
def test_modes_differ_in_how_legal_they_are(rule: dict[str, Any], legality: Legality) -> None:
    assert Rule.parse(rule).legality is legality


# What is planned


def test_a_probability_of_nothing_treats_nothing(stage: Any) -> None:
    rules = [{**rule, "probability": 0} for rule in EVERYTHING]
    (send,) = stage.plan(*rules).jobs[0].sends
    assert (send.treatments, send.faults) == ((), ())


def test_rules_of_one_message_add_up_but_a_request_is_written_in_one_way(stage: Any) -> None:
    rules = [{**rule, "probability": 1} for rule in EVERYTHING]
    (send,) = stage.plan(*rules).jobs[0].sends
    assert [each.fault for each in send.treatments] == ["connection", "corrupt", "secret", "payload"]
    assert [note.rule for note in send.faults] == ["wire", "cut", "who", "new"]
    assert send.treatments[0].how["mode"] == "reset"


def test_every_attempt_draws_anew_and_the_same_again(stage: Any) -> None:
    def fails(send: Any) -> Outcome:
        return Outcome(succeeded=False, error="no")

    runs = [stage.run({"id": "x", "corrupt": "bitflip"}, events=[stage.event(1)], answer=fails) for _ in range(2)]
    salts = [[send.treatments[0].how["salt"] for send in run.sends] for run in runs]
    assert salts[0] == salts[1]
    assert len(set(salts[0])) == len(salts[0]) == 6


def test_a_match_may_name_the_attempt(stage: Any) -> None:
    run = stage.run(
        {"id": "x", "match": {"attempt": 2}, "connection": "close_early"},
        events=[stage.event(1)],
        answer=lambda send: Outcome(succeeded=send.attempt == 3),
    )
    assert [len(send.treatments) for send in run.sends] == [0, 1, 0]


@pytest.mark.parametrize(
    ("connection", "sends"), [("reset", 2), ("close_early", 2), ("timeout", 2), ("slow_headers", 1), ("dribble", 1)]
)
def test_a_plan_knows_which_requests_do_not_arrive(connection: str, sends: int, stage: Any) -> None:
    rule = {"id": "x", "match": {"attempt": 1}, "connection": connection}
    run = stage.run(rule, events=[stage.event(1)])
    assert len(run.sends) == sends
    assert list(run.last_states().values()) == ["succeeded"]


@pytest.mark.parametrize("identity", ["same", "new_job"])
def test_copies_are_treated_as_their_original_is(identity: str, stage: Any) -> None:
    plan = stage.plan({"id": "y", "corrupt": "bitflip"}, {"duplicate": {"copies": 2, "identity": identity}})
    sends = [send for job in plan.jobs for send in job.sends]
    assert len(sends) == 3
    assert {send.treatments for send in sends} == {sends[0].treatments}
    assert sends[0].treatments[0].how["mode"] == "bitflip"


def test_queues_are_passed_over_where_a_fault_makes_no_sense(stage: Any) -> None:
    queue = stage.integration(
        integration_type=IntegrationType.STOMP,
        configuration=StompConfiguration(addresses=("stomp://localhost:1",), destination="/queue/x"),
    )
    rules = [{**rule, "probability": 1} for rule in EVERYTHING]
    (send,) = stage.planner(*rules).plan(stage.event(1), queue).jobs[0].sends
    assert [each.fault for each in send.treatments] == ["corrupt", "payload"]


@given(st.integers(0, 1 << 60))
def test_a_planned_send_is_read_back_as_it_was_written(stage: Any, seed: int) -> None:
    (send,) = stage.plan(*EVERYTHING, seed=seed).jobs[0].sends
    written = orjson.loads(orjson.dumps(send_data(send)))
    assert read_send(written, DeliveryKey(*send.delivery), send.resource) == send


def test_what_the_transport_is_told_of_a_wire(stage: Any) -> None:
    how, detail = planned(stage, {"connection": {"mode": "dribble", "chunk": 3, "delay": "5ms"}})
    assert detail == "the body in pieces of 3 bytes, 5ms apart"
    told = WireFault(mode=ConnectionMode.DRIBBLE, chunk=3, delay=5000, salt=how["salt"])
    assert treated(Connection, how).wire == told


@given(SALTS, st.integers(1, 10_000))
def test_a_share_is_one_of_so_many(salt: int, count: int) -> None:
    assert 0 <= share(salt, count) < count


# What it says


def test_a_field_is_added(stage: Any) -> None:
    how, detail = planned(stage, {"payload": "unknown_field"})
    changed = orjson.loads(changed_payload(PAYLOAD, how, None))
    assert changed["data"].pop(how["name"]) == how["value"]
    assert changed == orjson.loads(PAYLOAD)
    assert how["name"] in detail


def test_a_field_is_added_to_a_payload_that_is_flat(stage: Any) -> None:
    how, _ = planned(stage, {"payload": "unknown_field"}, payload=DELETION, deletion=True)
    assert orjson.loads(changed_payload(DELETION, how, None)) == {"id": "1", "type": "order", how["name"]: how["value"]}


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("data.status", PAYLOAD.replace('"status":"paid",', "")),
        ("included.items[0].quantity", PAYLOAD.replace(',"quantity":3', "")),
        ("included.items[0]", PAYLOAD.replace('{"id":"2","quantity":3}', "")),
        ("included", PAYLOAD.partition(',"included"')[0] + "}"),
    ],
)
def test_a_field_is_left_out(path: str, left: str, stage: Any) -> None:
    how, detail = planned(stage, {"payload": {"mode": "omit_field", "path": path}})
    assert changed_payload(PAYLOAD, how, None) == left
    assert detail == f"without {path}"


@pytest.mark.parametrize("path", ["data.nothing", "data.status.deeper", "included.items[1]", "data[0]", "[0]"])
def test_a_field_that_is_not_there_is_not_left_out(path: str, stage: Any) -> None:
    if path == "[0]":
        with pytest.raises(InvalidInput):
            Rule.parse({"payload": {"mode": "omit_field", "path": path}})
    else:
        assert planned(stage, {"payload": {"mode": "omit_field", "path": path}}) is None


def test_a_drawn_field_is_one_of_the_resource_but_not_its_identity(stage: Any) -> None:
    rule = {"id": "x", "payload": "omit_field"}
    seen = set()
    for number in range(50):
        plan = stage.plan(rule, event=replace(stage.event(number), payload=PAYLOAD))
        seen.add(plan.jobs[0].sends[0].treatments[0].how["path"])
    assert seen == {"data.status", "data.meta"}
    assert planned(stage, rule, payload=DELETION) is None


def test_what_is_included_is_elided(stage: Any) -> None:
    how, _ = planned(stage, {"payload": "elide_included"})
    assert orjson.loads(changed_payload(PAYLOAD, how, None))["included"] == {"meta": {"includes_elided": True}}
    assert planned(stage, {"payload": "elide_included"}, payload=BEFORE) is None


def test_a_stale_payload_is_the_one_before(stage: Any) -> None:
    how, _ = planned(stage, {"payload": "stale"})
    assert changed_payload(PAYLOAD, how, BEFORE) == BEFORE
    assert changed_payload(PAYLOAD, how, None) == PAYLOAD


def test_a_tie_is_told_by_the_time_alone(stage: Any) -> None:
    how, _ = planned(stage, {"payload": "tie"})
    assert changed_payload(PAYLOAD, how, BEFORE) == PAYLOAD.replace(":09Z", ":02Z")
    assert changed_payload(PAYLOAD, how, None) == PAYLOAD
    assert changed_payload(PAYLOAD, how, DELETION) == PAYLOAD


def test_what_was_recorded_says_what_it_said(stage: Any) -> None:
    assert planned(stage, {"payload": "unknown_field"}, recorded=PAYLOAD) is None


@pytest.mark.parametrize("mode", ["stale", "tie"])
def test_a_deletion_says_nothing_that_could_be_old(mode: str, stage: Any) -> None:
    assert planned(stage, {"payload": mode}, payload=DELETION, deletion=True) is None


# The secret

SECRETS = [("missing", None), ("empty", ""), ("wrong", "wrong-0000002a")]


@pytest.mark.parametrize("place", ["header", "body", "both"])
@pytest.mark.parametrize(("value", "said"), SECRETS)
def test_the_secret_is_another_where_it_is_asked_for(place: str, value: str, said: str | None) -> None:
    how = {"value": value, "in": place, "salt": 42}
    body = orjson.loads(with_secret(BODY, how))
    told = {"url": "http://localhost/é"} | ({} if said is None else {"secret_key": said})
    assert body.pop("configuration") == (orjson.loads(BODY)["configuration"] if place == "header" else told)
    assert body == {key: value for key, value in orjson.loads(BODY).items() if key != "configuration"}
    header = None if said is None else said.encode()
    assert secret_header(how) == ({} if place == "body" else {"X-MOLTIN-SECRET-KEY": header})


def test_all_else_of_the_body_stays_as_it_is_written() -> None:
    spaced = b'{"id": 1.50, "configuration": {"secret_key": "s"}}'
    changed = with_secret(spaced, {"value": "empty", "in": "both", "salt": 0})
    assert changed == b'{"id": 1.50, "configuration": {"secret_key":""}}'
    assert members(changed.decode())[0] == ("id", "1.50")


@pytest.mark.parametrize("body", [b'{"id":"1"}', b'{"configuration":null}'])
def test_a_body_without_a_configuration_has_no_secret_to_change(body: bytes) -> None:
    assert with_secret(body, {"value": "wrong", "in": "both", "salt": 0}) == body


# Damage


@given(SALTS, st.text())
def test_a_cut_body_is_the_beginning_of_it(salt: int, text: str) -> None:
    body = orjson.dumps({"text": text})
    cut = damaged(body, {"mode": "truncate", "salt": salt})
    assert body.startswith(cut)
    assert 0 < len(cut) < len(body)
    assert cut.decode()
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(cut)


@given(SALTS)
def test_malformed_json_is_none(salt: int) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(damaged(BODY, {"mode": "malformed_json", "salt": salt}))


def test_json_is_malformed_in_more_than_one_way() -> None:
    bodies = {damaged(BODY, {"mode": "malformed_json", "salt": salt << 30}) for salt in range(4)}
    assert bodies == {BODY[:-1] + b",}", BODY[:-1], b"{id" + BODY[5:]}


@given(SALTS)
def test_one_bit_is_flipped_and_it_is_text_still(salt: int) -> None:
    other = damaged(BODY, {"mode": "bitflip", "salt": salt})
    assert len(other) == len(BODY)
    wrong = [one ^ two for one, two in zip(BODY, other, strict=True) if one != two]
    assert [value.bit_count() for value in wrong] == [1]
    assert other.decode().isprintable()


@given(SALTS)
def test_another_charset_is_never_utf_8(salt: int) -> None:
    other = damaged(BODY, {"mode": "charset", "salt": salt})
    with pytest.raises(UnicodeDecodeError):
        other.decode()
    text = BODY.decode()
    wrong = [(one, two) for one, two in zip(text, other.decode("latin-1"), strict=True) if one != two]
    assert len(wrong) == 1
    assert wrong[0][0].isalpha()
    assert wrong[0][1] == "é"


@given(SALTS, SALTS)
def test_what_is_no_utf_8_already_stays_as_it_is(salt: int, another: int) -> None:
    once = damaged(BODY, {"mode": "charset", "salt": salt})
    assert damaged(once, {"mode": "charset", "salt": another}) == once


@pytest.mark.parametrize("mode", ["truncate", "malformed_json", "bitflip", "charset"])
def test_what_is_hardly_there_stays_as_it_is(mode: str) -> None:
    assert damaged(b"{", {"mode": mode, "salt": 0}) == b"{"


def test_headers_are_missing_or_say_nonsense() -> None:
    headers = [damaged_headers({"mode": "headers", "salt": salt << 30}) for salt in range(4)]
    assert headers == [
        {"Content-Type": None},
        {"Content-Type": b"text/plain"},
        {"X-MOLTIN-INTEGRATION-TRIGGER": None},
        {"X-MOLTIN-INTEGRATION-TRIGGER": b"\xff\xfe\xfd"},
    ]
    assert damaged(BODY, {"mode": "headers", "salt": 0}) == BODY
    assert damaged_headers({"mode": "truncate", "salt": 0}) == {}
