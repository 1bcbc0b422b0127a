"""Mark told: what a mark of the time line says, in a line; and the signs that there are, in a legend."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import NamedTuple

from emulator.domain.moment import format_duration
from tui.model.clock_text import clock_text
from tui.model.fault_text import fault_text
from tui.model.harmless import harmless
from tui.model.row import Row
from tui.model.sign import Style
from tui.model.timeline import LATE_AFTER, Mark, MarkKind
from tui.model.timeline_grid import SIGNS
from tui.model.told import remark

TEXT = "text"
STYLES: Mapping[MarkKind, str] = {
    MarkKind.HAPPENED: TEXT,
    MarkKind.UNSENT: Style.QUIET,
    MarkKind.IN_ORDER: Style.GOOD,
    MarkKind.PENDING: Style.WAIT,
    MarkKind.HELD: Style.WAIT,
    MarkKind.PASSED: Style.GOOD,
    MarkKind.LATE: Style.WARN,
    MarkKind.DUPLICATE: Style.FAULT,
    MarkKind.OVERTAKEN: Style.WARN,
    MarkKind.FAILED: Style.BAD,
    MarkKind.DROPPED: Style.FAULT,
    MarkKind.CANCELLED: Style.QUIET,
}
"""What the colour of a mark means."""
_THERE = (MarkKind.IN_ORDER, MarkKind.PASSED, MarkKind.LATE, MarkKind.OVERTAKEN, MarkKind.DUPLICATE)


class Told(NamedTuple):
    """A sentence of a mark, and the meaning of its colour."""

    text: str
    style: str


def mark_told(
    mark: Mark, integration: str, row: Row | None, *, now: int, zone: tzinfo | None, ascii_only: bool = False
) -> list[Told]:
    """Which event it is, where it went, and what happened to it and why; `row` is its delivery, if there is one."""
    event = f"{mark.number} {harmless(mark.event_key)} of {harmless(mark.resource)}"
    happened = f"happened {clock_text(mark.at if row is None else row.created_at, zone)}"
    if mark.kind is MarkKind.UNSENT:
        return [Told(event, TEXT), Told(happened, TEXT), Told("sent to nobody: enter, then w, says why", Style.WARN)]
    if row is None or mark.kind is MarkKind.HAPPENED:
        return [Told(event, TEXT), Told(happened, TEXT)]
    told = [
        Told(f"{event} to {harmless(integration)}, delivery #{mark.delivery}", TEXT),
        Told(happened, TEXT),
        Told(_came(mark, row, now, zone), STYLES[mark.kind]),
    ]
    if mark.passed_by is not None:
        whose = "" if mark.passed_by_resource == mark.resource else f" of {harmless(mark.passed_by_resource)}"
        told.append(Told(f"after {mark.passed_by}{whose}, which happened later", STYLES[mark.kind]))
    if row.faults:
        told.append(Told(f"because of {fault_text(row.faults, ascii_only=ascii_only)}", Style.FAULT))
    return told


def legend(*, ascii_only: bool = False) -> Iterator[Told]:
    """Every sign with its meaning, and what stands for several marks."""
    yield Told("1 event, and it arrived in order", STYLES[MarkKind.IN_ORDER])
    for kind, (sign, plain) in SIGNS.items():
        if sign:
            more = f", more than {format_duration(LATE_AFTER)}" if kind is MarkKind.LATE else ""
            yield Told(f"{plain if ascii_only else sign}1 {kind.value}{more}", STYLES[kind])
    bar = "#" if ascii_only else "▅"
    yield Told(f"[3] or {bar} so many, in the colour of the worst", TEXT)


def _came(mark: Mark, row: Row, now: int, zone: tzinfo | None) -> str:
    at = clock_text(mark.at, zone)
    attempt = f", attempt {mark.attempt}" if mark.attempt > 1 else ""
    copy = f", copy {mark.copy}" if mark.copy else ""
    if mark.kind in _THERE:
        word = "came again" if mark.kind is MarkKind.DUPLICATE else "arrived"
        after = "" if mark.lateness is None else f", {format_duration(mark.lateness)} after it happened"
        return f"{word} {at}{after}{attempt}{copy}"
    if mark.kind is MarkKind.FAILED:
        return f"failed {at}{attempt}{copy}{_error(mark, row)}"
    said = remark(row, now)
    return f"{mark.kind.value}{attempt}: {said}" if said else mark.kind.value + attempt


def _error(mark: Mark, row: Row) -> str:
    """What this attempt was answered; the newest one's error where it is that."""
    arrival = next((one for one in row.arrivals if (one.attempt, one.copy) == (mark.attempt, mark.copy)), None)
    if arrival is not None and arrival.status is not None:
        return f": {arrival.status}"
    if arrival is not None and row.error and arrival is row.arrivals[-1]:
        return f": {harmless(row.error)}"
    return ""
