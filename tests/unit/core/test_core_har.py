"""Deliveries as an HTTP archive, held against what the format asks for."""

from typing import Any

import jsonschema
import pytest

from emulator.core.har import har

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": -1}
_PAIRS = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"], "properties": {"name": _TEXT, "value": _TEXT}},
}
_TIME = {"type": "number", "minimum": -1}


def _shape(**properties: Any) -> dict[str, Any]:
    """All of them, and besides nothing but what the format leaves to programs (`_name`) and `comment`."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in ("comment", "pages")],
        "properties": properties | {"comment": _TEXT},
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


# http://www.softwareishard.com/blog/har-12-spec/
HAR = _shape(
    log=_shape(
        version={"const": "1.2"},
        creator=_shape(name=_TEXT, version=_TEXT),
        pages={"type": "array"},
        entries={
            "type": "array",
            "items": _shape(
                startedDateTime={
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
                },
                time={"type": "number", "minimum": 0},
                request=_shape(
                    method={"type": "string", "minLength": 1},
                    url={"type": "string", "minLength": 1},
                    httpVersion=_TEXT,
                    cookies=_PAIRS,
                    headers=_PAIRS,
                    queryString=_PAIRS,
                    postData=_shape(mimeType=_TEXT, text=_TEXT, params=_PAIRS),
                    headersSize=_COUNT,
                    bodySize=_COUNT,
                ),
                response=_shape(
                    status={"type": "integer", "minimum": 0},
                    statusText=_TEXT,
                    httpVersion=_TEXT,
                    cookies=_PAIRS,
                    headers=_PAIRS,
                    content=_shape(size=_COUNT, mimeType=_TEXT, text=_TEXT),
                    redirectURL=_TEXT,
                    headersSize=_COUNT,
                    bodySize=_COUNT,
                ),
                cache={"type": "object"},
                timings=_shape(
                    blocked=_TIME, dns=_TIME, connect=_TIME, send=_TIME, wait=_TIME, receive=_TIME, ssl=_TIME
                ),
            ),
        },
    )
)


def _attempt(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "attempt": number,
        "copy": 0,
        "started_at": f"2026-01-01T00:00:0{number}.000000Z",
        "ended_at": f"2026-01-01T00:00:0{number}.500000Z",
        "succeeded": True,
        "status": 200,
        "body": "ok",
        "error": None,
        "processing_time": 0.0123456,
        "faults": [],
    } | changes


def _delivery(*attempts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "number": 3,
        "job_id": "job-3",
        "event": "order:1/order.paid:1",
        "event_key": "order.paid",
        "integration": "shop",
        "attempts": 2,
        "attempts_made": list(attempts),
        "treatments": {},
        "request": {
            "method": "POST",
            "url": "http://127.0.0.1:8000/hook?a=1&b=&a=2",
            "headers": {"Content-Type": "application/json", "X-Moltin-Secret-Key": "sq****"},
            "body": {"id": "job-3", "attempt": 2, "name": "Zoë 🦊"},
        },
    } | changes


def _entries(*deliveries: dict[str, Any]) -> list[dict[str, Any]]:
    archive = har(deliveries, version="1.0")
    jsonschema.validate(archive, HAR)
    entries: list[dict[str, Any]] = archive["log"]["entries"]
    return entries


def test_every_attempt_is_an_entry_in_the_order_of_time() -> None:
    failed = _attempt(1, succeeded=False, status=500, error="the receiver answered 500", body='{"no": 1}')
    other = _delivery(_attempt(1, started_at="2026-01-01T00:00:01.500000Z"), number=4)
    entries = _entries(_delivery(_attempt(2), failed), other)
    assert [(entry["_delivery"], entry["_attempt"]) for entry in entries] == [(3, 1), (4, 1), (3, 2)]
    first, _, last = entries
    assert first["startedDateTime"] == "2026-01-01T00:00:01.000000Z"
    assert first["time"] == first["timings"]["wait"] == 12.346
    assert first["response"]["status"] == 500
    assert first["response"]["content"] == {"size": 9, "mimeType": "application/json", "text": '{"no": 1}'}
    assert first["comment"] == "order.paid to shop, attempt 1; the receiver answered 500"
    assert [entry["request"]["postData"]["text"] for entry in (first, last)] == [
        '{"id":"job-3","attempt":1,"name":"Zoë 🦊"}',
        '{"id":"job-3","attempt":2,"name":"Zoë 🦊"}',
    ]
    assert last["request"]["bodySize"] == len('{"id":"job-3","attempt":2,"name":"Zoë 🦊"}'.encode())
    assert last["request"]["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": ""},
        {"name": "a", "value": "2"},
    ]
    assert {"name": "X-Moltin-Secret-Key", "value": "sq****"} in last["request"]["headers"]


def test_what_nobody_answered_has_status_0_and_the_error() -> None:
    note = {"rule": "away", "fault": "outage", "detail": "nobody was there"}
    (entry,) = _entries(
        _delivery(_attempt(1, succeeded=False, status=None, body="", error="refused", faults=[note], copy=2))
    )
    assert (entry["response"]["status"], entry["response"]["_error"]) == (0, "refused")
    assert entry["_faults"] == [note]
    assert entry["comment"] == "order.paid to shop, attempt 1; copy 2; refused"


@pytest.mark.parametrize(
    ("method", "url"), [("SendMessage", "http://127.0.0.1:3723/1/orders"), ("SEND", "stomp://127.0.0.1:61613")]
)
def test_queues_have_their_own_words(method: str, url: str) -> None:
    request = {"method": method, "url": url, "headers": {}, "body": {"specversion": "1.0"}}
    (entry,) = _entries(_delivery(_attempt(1, status=None), request=request))
    assert (entry["request"]["method"], entry["request"]["url"]) == (method, url)
    assert entry["request"]["postData"]["text"] == '{"specversion":"1.0"}'


def test_a_damaged_body_stands_as_it_is() -> None:
    request = {**_delivery()["request"], "body": '{"id": "jo'}
    (entry,) = _entries(_delivery(_attempt(1), request=request, treatments={"1": [{"fault": "corrupt", "how": {}}]}))
    assert entry["request"]["postData"]["text"] == '{"id": "jo'
    assert "what rules did to this attempt's message is not shown" in entry["comment"]


def test_without_its_integration_a_request_is_not_known() -> None:
    (entry,) = _entries(_delivery(_attempt(1), request=None))
    assert entry["request"]["url"] == "about:blank"
    assert "its integration is gone" in entry["comment"]


def test_nothing_is_an_archive_too() -> None:
    assert _entries() == []
