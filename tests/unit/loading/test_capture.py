"""Captures: every shape that people keep messages in, and what is said of the rest."""

import base64
import json
from typing import Any

import pytest

from emulator.domain.errors import InvalidInput
from emulator.domain.moment import parse_instant
from emulator.domain.recording import RecordedForm, Recording
from emulator.loading.capture import Captured, Skipped, capture_text, read_capture


def order(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"type": "order", "id": f"prod-order-{number}", "status": "complete", **fields}


def webhook(number: int = 1, *, attempt: int = 1, key: str = "order.paid", **fields: Any) -> dict[str, Any]:
    payload = {"data": order(number)}
    return {
        "id": f"prod-job-{number}",
        "triggered_by": key,
        "attempt": attempt,
        "integration": {"id": "prod-integration", "integration_type": "webhook", "name": "ERP", "description": ""},
        "resources": json.dumps(payload),
        "payload": payload,
        "configuration": {"url": "https://erp.example.net/hook", "secret_key": "hush-hush-hush"},
        **fields,
    }


def cloud_event(number: int = 1, **fields: Any) -> dict[str, Any]:
    head = {"specversion": "1.0", "id": f"prod-job-{number}", "type": "order.paid", "time": "2026-03-01T10:00:00Z"}
    return {**head, "data": order(number), **fields}


def recordings(text: str) -> list[Recording]:
    found = list(read_capture(text))
    assert all(isinstance(one, Captured) for one in found), found
    return [one.recording for one in found if isinstance(one, Captured)]


def skipped(text: str) -> list[tuple[int, str]]:
    return [(one.line, one.why) for one in read_capture(text) if isinstance(one, Skipped)]


ONE = json.dumps(webhook())
SHAPES = {
    "one object": ONE,
    "indented": json.dumps(webhook(), indent=2),
    "a list": json.dumps([webhook()], indent=4),
    "a line": f"{ONE}\n",
    "windows line": f"{ONE}\r\n",
    "queue's command line": json.dumps({"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": ONE}]}),
    "queue to a function": json.dumps({"Records": [{"messageId": "m", "body": ONE, "eventSource": "aws:sqs"}]}),
    "behind a topic": json.dumps({"Body": json.dumps({"Type": "Notification", "Message": ONE})}),
    "recorded request": json.dumps({"headers": {"X-MOLTIN-SECRET-KEY": "hush-hush-hush"}, "body": webhook()}),
    "recorded request's text": json.dumps({"method": "POST", "headers": {}, "body": ONE}),
    "function behind a gateway": json.dumps(
        {"headers": {}, "isBase64Encoded": True, "body": base64.b64encode(ONE.encode()).decode()}
    ),
    "archive of requests": json.dumps({"log": {"entries": [{"request": {"postData": {"text": ONE}}}]}}),
    "text within a text": json.dumps(ONE),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_gives_the_same_message(text: str) -> None:
    (found,) = recordings(text)
    assert (found.form, found.key, found.job_id, found.attempt) == (
        RecordedForm.WEBHOOK,
        "order.paid",
        "prod-job-1",
        1,
    )
    assert (found.resource_type, found.resource_id, found.deletion) == ("order", "prod-order-1", False)
    assert json.loads(found.payload) == {"data": order()}
    assert "hush" not in found.body


def test_a_body_stays_as_it_is_written_but_for_the_secret() -> None:
    text = '{"id":"j","triggered_by":"order.paid","attempt":2,  "n":1.50,"s":"\\u0026","resources":"{\\"data\\":{}}",'
    text += '"configuration":{"url":"https://x.test/h","secret_key":"%s"}}'
    (found,) = recordings(text % "hush-hush")
    assert found.body == text % "********"


def test_a_cloud_event_is_read_with_its_time_and_what_it_includes() -> None:
    event = cloud_event()
    event["data"]["included"] = {"items": [{"id": "line"}]}
    (found,) = recordings(json.dumps(event))
    assert found.form is RecordedForm.CLOUD_EVENT
    assert found.at == parse_instant("2026-03-01T10:00:00Z")
    assert json.loads(found.payload) == {"data": order(), "included": {"items": [{"id": "line"}]}}


@pytest.mark.parametrize(
    ("around", "moment"),
    [
        ({"receivedAt": "2026-03-01T10:00:00.5Z"}, "2026-03-01T10:00:00.500000Z"),
        ({"Attributes": {"SentTimestamp": "1772359200500"}}, "2026-03-01T10:00:00.500000Z"),
        ({"timestamp": 1772359200}, "2026-03-01T10:00:00Z"),
    ],
)
def test_the_time_of_what_is_around_a_message_is_its_own(around: dict[str, Any], moment: str) -> None:
    (found,) = recordings(json.dumps({**around, "body": webhook()}))
    assert found.at == parse_instant(moment)


@pytest.mark.parametrize(
    "payload",
    [
        {"resources": {"id": "prod-order-1", "type": "order"}, "payload": {"id": "prod-order-1", "type": "order"}},
        {"resources": {"id": "prod-order-1", "type": "order"}, "payload": None},
    ],
)
def test_a_deletion_is_known_as_one(payload: dict[str, Any]) -> None:
    (found,) = recordings(json.dumps(webhook(key="order.deleted", **payload)))
    assert found.deletion
    assert found.resource_id == "prod-order-1"


def test_resources_stand_in_for_a_payload_that_is_not_there() -> None:
    (found,) = recordings(json.dumps({name: value for name, value in webhook().items() if name != "payload"}))
    assert json.loads(found.payload) == {"data": order()}


def test_lines_that_are_no_messages_are_skipped_with_their_number_and_the_others_read() -> None:
    lines = [ONE, "not json", '{"broken": ', json.dumps({"hello": 1}), json.dumps(webhook(attempt=0)), ONE]
    found = list(read_capture("\n".join(lines)))
    assert [one.line for one in found] == [1, 2, 3, 4, 5, 6]
    assert [isinstance(one, Captured) for one in found] == [True, False, False, False, False, True]
    whys = [why for _, why in skipped("\n".join(lines))]
    assert "not JSON" in whys[0]
    assert "neither a webhook body nor a CloudEvent" in whys[2]
    assert '"attempt" is not a whole number' in whys[3]


@pytest.mark.parametrize("text", ["[1, 2", '[{"a":1},', "[", f"[{ONE}, nonsense]", '{"a": NaN}', "[" * 100_000])
def test_garbage_is_skipped_and_never_raises(text: str) -> None:
    assert skipped(text)


def test_no_secret_is_repeated_in_what_is_said_of_a_skipped_line() -> None:
    broken = ONE.replace('"attempt": 1', '"attempt": "hush-hush-hush"')
    ((_, why),) = skipped(broken)
    assert "hush" not in why


def test_an_empty_text_has_nothing_in_it() -> None:
    assert list(read_capture(" \n\n ")) == []


def test_ten_thousand_lines_are_read_one_by_one() -> None:
    text = "\n".join(json.dumps(webhook(number)) for number in range(10_000))
    found = list(read_capture(text))
    assert [one.line for one in found] == list(range(1, 10_001))
    assert [one.recording.job_id for one in found if isinstance(one, Captured)][-1] == "prod-job-9999"


def test_a_huge_line_is_one_message() -> None:
    (found,) = recordings(json.dumps(webhook(extra="x\\" * 2_000_000)))
    assert len(found.body) > 4_000_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_text_of_a_file_in_the_encodings_of_our_users(encoding: str) -> None:
    text = json.dumps(webhook(name="Søren"), ensure_ascii=False)
    assert recordings(capture_text(text.encode(encoding), "capture.json")) == recordings(text)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"a": 1}\n{"b": "\xff"}', "capture.json:2: this is not UTF-8"),
        (b"\x1f\x8b\x08rest", "gunzip"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_what_to_do(raw: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        capture_text(raw, "capture.json")
