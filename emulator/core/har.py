"""HAR: deliveries as an HTTP archive (version 1.2), one entry for each attempt, for any tool that reads these."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from emulator.core.request_text import body_text
from emulator.domain.moment import parse_instant, to_micros

Document = Mapping[str, Any]

_NOT_KNOWN = -1
"""What the format has for sizes and times that nobody knows."""
_GONE: Document = {"method": "POST", "url": "about:blank", "headers": {}, "body": ""}


def har(deliveries: Iterable[Document], *, version: str) -> dict[str, Any]:
    """The archive of deliveries as `GET /_emulator/deliveries/N` describes them; `version` is this program's.

    Entries are in the order in which the requests left. A request is shown as it is sent, secrets masked; to a queue,
    `method` is what its client calls it.
    """
    entries = [entry for delivery in deliveries for entry in _entries(delivery)]
    entries.sort(key=lambda entry: parse_instant(entry["startedDateTime"]))
    creator = {"name": "epcc-integrations-emulator", "version": version}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}


def _entries(delivery: Document) -> Iterable[dict[str, Any]]:
    request: Document = delivery["request"] or _GONE
    for attempt in delivery["attempts_made"]:
        milliseconds = round(attempt["processing_time"] * 1000, 3)
        yield {
            "startedDateTime": to_micros(parse_instant(attempt["started_at"])),
            "time": milliseconds,
            "request": _request(request, attempt["attempt"]),
            "response": _response(attempt),
            "cache": {},
            "timings": {"blocked": _NOT_KNOWN, "dns": _NOT_KNOWN, "connect": _NOT_KNOWN, "ssl": _NOT_KNOWN}
            | {"send": 0, "wait": milliseconds, "receive": 0},
            "comment": _comment(delivery, attempt),
            "_delivery": delivery["number"],
            "_job": delivery["job_id"],
            "_event": delivery["event"],
            "_event_key": delivery["event_key"],
            "_integration": delivery["integration"],
            "_attempt": attempt["attempt"],
            "_copy": attempt["copy"],
            "_faults": [dict(note) for note in attempt["faults"]],
        }


def _request(request: Document, attempt: int) -> dict[str, Any]:
    body = request["body"]
    if isinstance(body, dict) and isinstance(body.get("attempt"), int):
        body = {**body, "attempt": attempt}  # all that differs from one attempt's message to the next
    text = body_text(body)
    kind = next((value for name, value in request["headers"].items() if name.lower() == "content-type"), "")
    return {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": "HTTP/1.1" if request["method"] == "POST" else request["method"],
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in request["headers"].items()],
        "queryString": _query(request["url"]),
        "postData": {"mimeType": kind or "application/json", "text": text, "params": []},
        "headersSize": _NOT_KNOWN,
        "bodySize": len(text.encode(errors="replace")),
    }


def _query(url: str) -> list[dict[str, str]]:
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]


def _response(attempt: Document) -> dict[str, Any]:
    """What came back; status 0 where nothing did, as browsers write it."""
    text = attempt["body"] or ""
    size = len(text.encode(errors="replace"))
    kind = "application/json" if text.lstrip().startswith(("{", "[")) else "text/plain"
    return {
        "status": attempt["status"] or 0,
        "statusText": "",
        "httpVersion": "HTTP/1.1" if attempt["status"] else "",
        "cookies": [],
        "headers": [],
        "content": {"size": size, "mimeType": kind, "text": text},
        "redirectURL": "",
        "headersSize": _NOT_KNOWN,
        "bodySize": size if attempt["status"] else _NOT_KNOWN,
    } | ({"_error": attempt["error"]} if attempt["error"] else {})


def _comment(delivery: Document, attempt: Document) -> str:
    words = [f"{delivery['event_key']} to {delivery['integration']}, attempt {attempt['attempt']}"]
    if attempt["copy"]:
        words.append(f"copy {attempt['copy']}")
    if attempt["error"]:
        words.append(attempt["error"])
    if delivery["request"] is None:
        words.append("the request is not known any more: its integration is gone, or a fault fails")
    elif str(attempt["attempt"]) in delivery.get("treatments", {}) and attempt["attempt"] != delivery["attempts"]:
        words.append("what rules did to this attempt's message is not shown")
    return "; ".join(words)
