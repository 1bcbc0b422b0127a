"""Ticks: round moments along an axis, with labels that fit."""

from datetime import UTC, tzinfo
from typing import NamedTuple

from emulator.domain.moment import DAY, HOUR, MINUTE, SECOND, format_duration
from tui.model.clock_text import moment_of
from tui.model.viewport import Viewport

_MS = 1_000
_STEPS = (
    *(step * _MS for step in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(step * SECOND for step in (1, 2, 5, 10, 15, 30)),
    *(step * MINUTE for step in (1, 2, 5, 10, 15, 30)),
    *(step * HOUR for step in (1, 2, 3, 6, 12)),
    *(step * DAY for step in (1, 2, 7, 14, 30, 90, 365, 3650)),
)
_GAP = 2
_WIDEST_SPAN = 10


class Tick(NamedTuple):
    """`column` is where the moment is and the label begins."""

    column: int
    at: int
    label: str


def ticks(viewport: Viewport, width: int, *, zone: tzinfo | None = UTC, since: int | None = None) -> list[Tick]:
    """Clock times in this zone, or how long after `since`; never so many that labels touch."""
    widest = 0
    for step in _STEPS:
        widest = _WIDEST_SPAN if since is not None else len(_label(viewport.start, step, zone))
        if step * width >= (widest + _GAP) * viewport.span:
            break
    origin = since if since is not None else -_offset(viewport.start, zone)
    first = origin + -((origin - viewport.start) // step) * step
    found: list[Tick] = []
    for at in range(first, viewport.end, step):
        label = _label(at, step, zone) if since is None else _after(at - since)
        column = viewport.column(at, width)
        if column + len(label) <= width and (not found or column >= found[-1].column + len(found[-1].label) + _GAP):
            found.append(Tick(column, at, label))
    return found


def _after(micros: int) -> str:
    return "0" if micros == 0 else ("+" if micros > 0 else "") + format_duration(micros)


def _offset(at: int, zone: tzinfo | None) -> int:
    """How far the zone is ahead of UTC, in microseconds."""
    offset = moment_of(at, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) * SECOND


def _label(at: int, step: int, zone: tzinfo | None) -> str:
    moment = moment_of(at, zone)
    if step < SECOND:
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    if step < MINUTE:
        return f"{moment:%H:%M:%S}"
    if step < DAY:
        return f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d}"
