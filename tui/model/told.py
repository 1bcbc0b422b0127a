"""Told: what a delivery's row says in words and signs. Styles are named by meaning; themes colour them."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from emulator.domain.delivery import DeliveryState, FaultNote
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import format_duration
from tui.model.arrival import Arrival
from tui.model.row import Row


class Sign(NamedTuple):
    """A state without colour: a mark, one for terminals that show ASCII alone, a style's name and a word."""

    mark: str
    plain: str
    style: str
    word: str


SIGNS: Mapping[DeliveryState, Sign] = {
    DeliveryState.PLANNED: Sign("·", ".", "quiet", "planned"),
    DeliveryState.HELD: Sign("‖", "H", "wait", "held"),
    DeliveryState.SENDING: Sign("→", ">", "wait", "sending"),
    DeliveryState.WAITING: Sign("↻", "~", "warn", "again"),
    DeliveryState.SUCCEEDED: Sign("✓", "+", "good", "ok"),
    DeliveryState.EXHAUSTED: Sign("✗", "x", "bad", "failed"),
    DeliveryState.CANCELLED: Sign("⊘", "-", "quiet", "cancelled"),
    DeliveryState.DROPPED: Sign("∅", "0", "fault", "dropped"),
}
STYLES = ("good", "bad", "warn", "wait", "quiet", "fault")

_VIA: Mapping[str, str] = {str(IntegrationType.AWS_SQS): "sqs"}


def clock_text(micros: int, zone: tzinfo | None = UTC, *, short: bool = False) -> str:
    """`14:02:07.123`, or `14:02:07`; `zone` None is this machine's."""
    moment = datetime.fromtimestamp(micros / 1_000_000, UTC).astimezone(zone)
    return f"{moment:%H:%M:%S}" if short else f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def status_text(row: Row) -> str:
    """What the newest request came to, or what the delivery waits for: `200`, `500`, `lost`, `held`."""
    word = SIGNS[row.state].word
    if row.state not in (DeliveryState.SUCCEEDED, DeliveryState.WAITING, DeliveryState.EXHAUSTED) or not row.arrivals:
        return word
    return answer_text(row.arrivals[-1])


def answer_text(arrival: Arrival) -> str:
    """What one request came to: its status where it has one."""
    if arrival.status:
        return str(arrival.status)
    return "lost" if arrival.lost else "ok" if arrival.succeeded else "none"


def attempt_text(row: Row) -> str:
    """`2` for the second attempt, `1+1` for one that was sent once more."""
    newest = row.arrivals[-1] if row.arrivals else None
    if newest is None:
        return str(row.attempt)
    return f"{newest.attempt}+{newest.copy}" if newest.copy else str(newest.attempt)


def took_text(seconds: float | None) -> str:
    """`12ms`; nothing where nothing was sent."""
    return "" if seconds is None else format_duration(round(seconds * 1_000_000) // 1000 * 1000)


def via_text(transport: str) -> str:
    """An integration's type in the short form."""
    return _VIA.get(transport, transport)


def fault_text(note: FaultNote) -> str:
    """`delay: 1.7s late`."""
    return f"{note.fault}: {note.detail}" if note.detail else note.fault


def remark_text(row: Row, now: int) -> str:
    """Why it failed, and when it goes again or first; `now` in microseconds."""
    said = []
    if row.error and row.state is not DeliveryState.SUCCEEDED and not (row.arrivals and row.arrivals[-1].lost):
        said.append(row.error)
    if row.due is not None and row.state in (DeliveryState.WAITING, DeliveryState.PLANNED) and row.due > now:
        said.append(f"{'again ' if row.arrivals else ''}in {format_duration(row.due - now)}")
    return "; ".join(said)


def what_happened(row: Row, now: int) -> str:
    """The remark, then what rules did."""
    return "; ".join(part for part in (remark_text(row, now), *map(fault_text, row.faults)) if part)
