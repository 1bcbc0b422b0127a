"""The tab Response: what the receiver answered, newest attempt first."""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.domain.moment import parse_instant
from tui.desk import Desk
from tui.model.clock_text import clock_text
from tui.model.told import latency_text
from tui.widgets.detail.json_part import JsonPart
from tui.widgets.detail.piece import Piece, of
from tui.widgets.detail.sheet import Part, Sheet
from tui.widgets.detail.tab import Subject
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import body, told


def response_sheet(telling: Telling, desk: Desk) -> tuple[Sheet, int]:
    """The sheet, and the line at which the arrival begins that the subject names."""
    delivery = telling.delivery or {}
    made = delivery.get("attempts_made", ())
    if not made:
        return Sheet((told(Piece("No attempt has ended yet.", "quiet")),)), 0
    wanted = _wanted(telling.subject, desk)
    parts: list[Part] = []
    begin = 0
    for attempt in made:
        if (attempt["attempt"], attempt["copy"]) == wanted:
            begin = sum(len(part) for part in parts)
        parts += _answer(attempt, desk)
    left = int(delivery.get("attempts_total", len(made))) - len(made)
    if left > 0:
        parts.append(told(Piece(f"… and {left:,} older ones", "quiet")))
    return Sheet(parts), begin


def _answer(attempt: Mapping[str, Any], desk: Desk) -> list[Part]:
    answered = f"answered {attempt['status']}" if attempt["status"] else "no status"
    copy = f" copy {attempt['copy']}" if attempt["copy"] else ""
    head = (
        Piece(f"Attempt {attempt['attempt']}{copy}: ", "head"),
        Piece(answered, "good" if attempt["succeeded"] else "bad"),
        Piece(f", took {latency_text(attempt['processing_time'])}", "quiet"),
        Piece(f", left at {clock_text(parse_instant(attempt['started_at']), desk.zone)}", "quiet"),
    )
    lines = [head, *([(of(str(attempt["error"]), "warn"),)] if attempt["error"] else [])]
    return [told(*lines), _body(str(attempt["body"]), desk), told("")]


def _body(text: str, desk: Desk) -> Part:
    """JSON where it is an object or a list of it; else the text."""
    if not text:
        return told(Piece("(an empty body)", "quiet"))
    if text.lstrip()[:1] in ("{", "["):
        try:
            return JsonPart(orjson.loads(text), ascii_only=desk.ascii_only)
        except orjson.JSONDecodeError:
            return body(text)
    return body(text)


def _wanted(subject: Subject, desk: Desk) -> tuple[int, int] | None:
    row = desk.session.window.rows.get(subject.number)
    if row is None or subject.arrival is None or subject.arrival >= len(row.arrivals):
        return None
    arrival = row.arrivals[subject.arrival]
    return arrival.attempt, arrival.copy
