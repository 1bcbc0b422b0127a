"""The tab Why: for each integration, why the event reached it, or did not."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.moment import format_duration, parse_instant
from tui.desk import Desk
from tui.widgets.detail.attempts_sheet import now_of
from tui.widgets.detail.piece import Piece, Pieces, of
from tui.widgets.detail.sheet import Sheet
from tui.widgets.detail.telling import Telling
from tui.widgets.detail.text_part import told

_STYLES = {
    "delivered": "good",
    "sending": "wait",
    "planned": "wait",
    "waiting": "warn",
    "held": "warn",
    "paused": "warn",
    "exhausted": "bad",
    "remote_blocked": "bad",
    "dropped": "fault",
}


def why_sheet(telling: Telling, desk: Desk) -> Sheet:
    """As the server explains it."""
    why = telling.why or {}
    lines: list[Pieces] = []
    for reason in why.get("data", ()):
        lines += _of(reason, now_of(desk))
    if why.get("text"):
        lines.append((of(str(why["text"]), "warn"),))
    return Sheet((told(*lines),))


def _of(reason: Mapping[str, Any], now: int) -> list[Pieces]:
    verdict = str(reason["verdict"])
    number = f" #{reason['delivery']}" if reason["delivery"] is not None else ""
    due = parse_instant(reason["due"]) - now if reason["due"] else 0
    left = f", in {format_duration(due)}" if due > 0 else ""
    return [
        (
            of(str(reason["integration"]), "head"),
            Piece(": ", "quiet"),
            Piece(verdict.replace("_", " "), _STYLES.get(verdict, "quiet")),
            Piece(f"{number}{left}", "quiet"),
        ),
        (of(f"  {reason['text']}"),),
        (Piece(""),),
    ]
