"""Schedule picture: the order in which events happened against the order in which they are sent, as SVG."""

from collections.abc import Iterator
from typing import NamedTuple

from emulator.core.report.markup import markup
from emulator.core.schedule import Schedule
from emulator.domain.moment import format_duration

_ROW = 22
_TOP = 88
_EDGE = 16
_BETWEEN = 240
_LETTER = 7.3  # how wide one is at most on average
_MOST = 400
_KINDS = {
    "straight": "in order",
    "crossed": "after a later one",
    "again": "sent again",
    "never": "never sent",
}
_STYLE = """
    .bg { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2328 } .dim { fill: #59636e }
    .head { font-weight: 600 } .straight { stroke: #8b949e } .crossed { stroke: #bc4c00; stroke-width: 1.6 }
    .again { stroke: #8250df; stroke-dasharray: 5 3; stroke-width: 1.6 }
    .never { stroke: #cf222e; stroke-dasharray: 1 4; stroke-width: 1.6 }
    @media (prefers-color-scheme: dark) {
      .bg { fill: #0d1117 } text { fill: #e6edf3 } .dim { fill: #9198a1 } .straight { stroke: #6e7681 }
      .crossed { stroke: #f0883e } .again { stroke: #bc8cff } .never { stroke: #ff7b72 }
    }
"""


class _Line(NamedTuple):
    """From the row of an event to its own; `why` is told where the pointer rests."""

    kind: str
    start: int
    label: str
    why: str


def picture(schedule: Schedule) -> str:
    """A line for each send: level where order is kept, orange where a later event was sent to the same integration
    before, violet and dashed where it is sent again; behind them, dotted, what is never sent. The first four hundred
    sends are drawn."""
    heard = {send.event for send in schedule.sends[:_MOST]} | {one.event for one in schedule.dropped[:_MOST]}
    events = [event for event in schedule.events if event.identity in heard]
    happened = [f"{event.resource} {event.key} · {format_duration(event.at - schedule.start)}" for event in events]
    lines = list(_lines(schedule, {event.identity: number for number, event in enumerate(events)}))
    left = _EDGE + _width(happened)
    right = left + _BETWEEN
    width = max(right + _width([line.label for line in lines]) + _EDGE, 640)
    height = _TOP + max(len(events), len(lines), 1) * _ROW + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{markup(schedule.scenario)}: events in their order, and the order in which they are sent</title>",
        f"<style>{_STYLE}</style>",
        '<rect class="bg" width="100%" height="100%"/>',
        f'<text class="head" x="{_EDGE}" y="24">{markup(schedule.scenario)}, seed {schedule.seed}</text>',
        *_legend({line.kind for line in lines}),
        f'<text class="dim" x="{left}" y="{_TOP - 20}" text-anchor="end">happened</text>',
        f'<text class="dim" x="{right}" y="{_TOP - 20}">sent</text>',
    ]
    parts += [_text(left, row, label, "end") for row, label in enumerate(happened)]
    for row, line in enumerate(lines):
        parts.append(
            f'<line class="{line.kind}" x1="{left + 8}" y1="{_y(line.start)}" x2="{right - 8}" y2="{_y(row)}">'
            f"<title>{markup(line.why)}</title></line>"
        )
        parts.append(_text(right, row, line.label, "start"))
    if len(schedule.sends) > _MOST:
        parts.append(f'<text class="dim" x="{_EDGE}" y="{height - 8}">and {len(schedule.sends) - _MOST} more</text>')
    return "\n".join([*parts, "</svg>", ""])


def _lines(schedule: Schedule, place: dict[str, int]) -> Iterator[_Line]:
    named = {event.identity: f"{event.resource} {event.key}" for event in schedule.events}
    seen: set[tuple[str, str]] = set()
    highest: dict[str, int] = {}
    for send in schedule.sends[:_MOST]:
        start, passed = place[send.event], highest.get(send.integration, -1)
        known = (send.event, send.integration) in seen
        seen.add((send.event, send.integration))
        highest[send.integration] = max(passed, start)
        again = f" #{send.attempt}" if send.attempt > 1 else " again" if send.copy or send.job > 1 else ""
        when = format_duration(send.at - schedule.start)
        yield _Line(
            "again" if known else "crossed" if start < passed else "straight",
            start,
            f"{when} · {named[send.event]} to {send.integration}{again}",
            "; ".join(note.detail for note in send.faults) or "at once",
        )
    for one in schedule.dropped[:_MOST]:
        why = ", ".join(note.rule for note in one.faults)
        yield _Line("never", place[one.event], f"never · {named[one.event]} to {one.integration}", why)


def _legend(kinds: set[str]) -> Iterator[str]:
    """What the lines that are there mean."""
    x = _EDGE
    for kind, means in _KINDS.items():
        if kind in kinds:
            yield f'<line class="{kind}" x1="{x}" y1="42" x2="{x + 28}" y2="42"/>'
            yield f'<text class="dim" x="{x + 36}" y="46">{means}</text>'
            x += 60 + _width([means])


def _width(labels: list[str]) -> int:
    return round(max(map(len, labels), default=0) * _LETTER)


def _text(x: int, row: int, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{_y(row) + 4}" text-anchor="{anchor}">{markup(text)}</text>'


def _y(row: int) -> int:
    return _TOP + row * _ROW
