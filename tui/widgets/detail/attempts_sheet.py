"""The tab Attempts: every send there was, the waits between them, and what is still to come."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.moment import format_duration, parse_instant
from tui.desk import Desk
from tui.model.clock_text import clock_text
from tui.model.told import latency_text
from tui.widgets.detail.piece import Piece, Pieces, of
from tui.widgets.detail.sheet import Sheet
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import told


def attempts_sheet(telling: Telling, desk: Desk) -> Sheet:
    """In the order in which they left."""
    delivery = telling.delivery or {}
    made = sorted(delivery.get("attempts_made", ()), key=lambda one: (one["started_at"], one["attempt"], one["copy"]))
    lines: list[Pieces] = []
    left = int(delivery.get("attempts_total", len(made))) - len(made)
    if left > 0:
        lines.append((Piece(f"{left:,} older ones, and then", "quiet"),))
    before: int | None = parse_instant(delivery["created_at"]) if delivery and left <= 0 else None
    if before is not None:
        lines.append((Piece(f"{clock_text(before, desk.zone)}  ", "quiet"), Piece("the event happened", "text")))
    for attempt in made:
        at = parse_instant(attempt["started_at"])
        lines += _wait(before, at)
        lines.append(_send(attempt, at, desk))
        before = at
    now = now_of(desk)
    for send in sorted(delivery.get("sends", ()), key=lambda one: (one["due"] or "", one["attempt"], one["copy"])):
        lines.append(_to_come(send, now, desk))
    if not delivery.get("sends"):
        lines.append((Piece("Nothing more is to come.", "quiet"),))
    return Sheet((told(*lines),))


def _wait(before: int | None, at: int) -> list[Pieces]:
    if before is None or at - before < 1000:
        return []
    return [(Piece(f"                {format_duration(at - before)} later", "quiet"),)]


def _send(attempt: Mapping[str, Any], at: int, desk: Desk) -> Pieces:
    lost = any(note["fault"] == "ack_loss" for note in attempt["faults"])
    good = attempt["succeeded"]
    mark, style = (
        _MARKS[desk.ascii_only][0 if good else 1 if lost else 2],
        "good" if good else "warn" if lost else "bad",
    )
    status = str(attempt["status"] or ("ok" if good else "lost" if lost else "none"))
    error = f"  {attempt['error']}" if attempt["error"] else ""
    return (
        Piece(f"{clock_text(at, desk.zone)}  ", "quiet"),
        Piece(f"{mark} {status}", style),
        Piece(f"  attempt {attempt['attempt']}{_copy(attempt)}  "),
        Piece(f"took {latency_text(attempt['processing_time'])}", "quiet"),
        of(error, "warn"),
    )


def _to_come(send: Mapping[str, Any], now: int, desk: Desk) -> Pieces:
    head = Piece(f"to come       attempt {send['attempt']}{_copy(send)}  ", "wait")
    held = Piece(f"  held ({send['held']})", "warn") if send["held"] else Piece("")
    if send["due"] is None:
        return (head, Piece("whenever it is let go", "quiet"), held)
    due = parse_instant(send["due"])
    when = f"due in {format_duration(due - now)}" if due > now else "due now"
    return (head, Piece(f"{when}, at {clock_text(due, desk.zone)}", "quiet"), held)


def _copy(one: Mapping[str, Any]) -> str:
    return f" copy {one['copy']}" if one["copy"] else ""


def now_of(desk: Desk) -> int:
    """The server's time, as far as it is known, or the moment of a saved journal: microseconds."""
    reel = desk.session.reel
    if reel is not None:
        return reel.at
    told_at = desk.session.status.get("now")
    return max(desk.session.window.now, parse_instant(str(told_at)) if told_at else 0)


_MARKS = {False: "✓⚠✗", True: "+!x"}
