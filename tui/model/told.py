"""Told: what the columns of a row say, ready to be shown; whatever others wrote is made harmless."""

from datetime import UTC, tzinfo
from typing import NamedTuple

from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import format_duration
from tui.model.arrival import Arrival
from tui.model.clock_text import clock_text
from tui.model.fault_text import fault_text
from tui.model.harmless import harmless
from tui.model.row import Row
from tui.model.sign import STATES, Sign, Style

_HOLDING = ("hold", "reorder", "overlap")
_LOST = Sign("⚠", "!", Style.WARN, "lost")
_SHORT_TRANSPORTS = {"aws_sqs": "sqs"}


class Told(NamedTuple):
    """One row's columns. `sign` and `style` are those of where it stands."""

    time: str
    event: str
    resource: str
    integration: str
    transport: str
    attempt: str
    sign: str
    status: str
    latency: str
    late: str
    fault: str
    remark: str
    style: Style


def told(row: Row, *, now: int, transport: str = "", zone: tzinfo | None = UTC, ascii_only: bool = False) -> Told:
    """Times are microseconds; `zone` is the clock's, None this machine's."""
    sign = sign_of(row)
    return Told(
        time=clock_text(row.created_at, zone),
        event=harmless(row.event_key),
        resource=harmless(row.resource),
        integration=harmless(row.integration),
        transport=transport_text(transport),
        attempt=row_attempt(row),
        sign=sign.shown(ascii_only=ascii_only),
        status=status_text(row),
        latency=latency_text(row.latency),
        late="" if row.lateness is None else format_duration(row.lateness),
        fault=fault_text(row.faults, ascii_only=ascii_only),
        remark=remark(row, now),
        style=sign.style,
    )


def transport_text(integration_type: str) -> str:
    """An integration's type in its short form: `webhook`, `sqs`, `stomp`."""
    return _SHORT_TRANSPORTS.get(integration_type, integration_type)


def sign_of(row: Row) -> Sign:
    """Its state's, except where only the acknowledgement was lost: the receiver has it."""
    return _LOST if row.state is DeliveryState.WAITING and was_lost(row) else STATES[row.state]


def was_lost(row: Row) -> bool:
    """Whether the newest request succeeded and its answer was ignored."""
    return bool(row.arrivals) and row.arrivals[-1].lost


def sign_of_arrival(arrival: Arrival) -> Sign:
    """Of one request: taken, taken with its acknowledgement lost, or not taken."""
    if arrival.lost:
        return _LOST
    return STATES[DeliveryState.SUCCEEDED if arrival.succeeded else DeliveryState.EXHAUSTED]


def answer_text(arrival: Arrival) -> str:
    """What one request came to: its status where it has one (`503`), else `ok`, `lost` or `failed`."""
    return str(arrival.status) if arrival.status else sign_of_arrival(arrival).word


def status_text(row: Row) -> str:
    """The newest answer where that is what matters (`503`), else where it stands (`held`, `lost`, `ok`)."""
    match row.state:
        case DeliveryState.SUCCEEDED | DeliveryState.EXHAUSTED if row.status is not None:
            return str(row.status)
        case DeliveryState.WAITING if row.status is not None:
            return str(row.status)
        case DeliveryState.WAITING if row.succeeded is False:
            return _LOST.word if was_lost(row) else "failed"
        case _:
            return STATES[row.state].word


def attempt_text(attempt: int, further: int = 0) -> str:
    """`#2`; `#1+1` with one further send of the same attempt."""
    return f"#{attempt}+{further}" if further else f"#{attempt}"


def row_attempt(row: Row) -> str:
    """Of a row: its highest attempt, and how many requests there were beyond one for each."""
    return attempt_text(row.attempt, max(0, len(row.arrivals) - row.attempt))


def latency_text(seconds: float | None) -> str:
    """`12ms`, `1.2s`; nothing where nothing was answered yet."""
    if seconds is None:
        return ""
    return "<1ms" if seconds < 0.001 else format_duration(round(seconds * 1000) * 1000)


def remark(row: Row, now: int) -> str:
    """Why it failed, and what comes next."""
    said = [harmless(row.error)] if row.error and row.state is not DeliveryState.SUCCEEDED else []
    match row.state:
        case DeliveryState.WAITING:
            said.append(f"again {_wait(row.due, now)}")
        case DeliveryState.PLANNED if row.due is not None and row.due > now:
            said.append(_wait(row.due, now))
        case DeliveryState.HELD:
            said.append(_held(row))
        case DeliveryState.EXHAUSTED:
            said.append(f"given up after {row.attempt} attempts" if row.attempt > 1 else "given up")
        case DeliveryState.DROPPED:
            said.append(_dropped(row))
        case DeliveryState.CANCELLED:
            said.append("its integration was disabled or deleted")
        case _:
            pass
    return "; ".join(said)


def _wait(due: int | None, now: int) -> str:
    return "now" if due is None or due <= now else f"in {format_duration(due - now)}"


def _held(row: Row) -> str:
    """What it waits for, as the rule says that holds it."""
    return next((harmless(note.detail) for note in reversed(row.faults) if note.fault in _HOLDING), "held")


def _dropped(row: Row) -> str:
    rule = next((note.rule for note in row.faults if note.fault == "drop"), None)
    return "never sent" if rule is None else f"never sent: rule {harmless(rule)}"
