"""Schedule picture: the order in which events happened against the order in which they are sent, as SVG."""

from html import escape

from emulator.core.schedule import Schedule
from emulator.domain.moment import format_duration

_ROW = 22
_TOP = 64
_LEFT, _RIGHT = 300, 560
_WIDTH = 960
_MOST = 400
_STYLE = """
    .bg { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2328 } .dim { fill: #59636e }
    .head { font-weight: 600 } .straight { stroke: #8b949e } .crossed { stroke: #bc4c00; stroke-width: 1.6 }
    .again { stroke: #8250df; stroke-dasharray: 5 3; stroke-width: 1.6 } line { fill: none }
    @media (prefers-color-scheme: dark) {
      .bg { fill: #0d1117 } text { fill: #e6edf3 } .dim { fill: #9198a1 } .straight { stroke: #6e7681 }
      .crossed { stroke: #f0883e } .again { stroke: #bc8cff }
    }
"""


def picture(schedule: Schedule) -> str:
    """A line for each send: level where order is kept, orange where it is passed by a later event, violet and dashed
    where it is sent again. The first four hundred sends are drawn."""
    sends = schedule.sends[:_MOST]
    heard = {send.event for send in sends}
    events = [event for event in schedule.events if event.identity in heard]
    place = {event.identity: number for number, event in enumerate(events)}
    rows = max(len(events), len(sends), 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_TOP + rows * _ROW + 24}" role="img">',
        f"<title>{escape(schedule.scenario)}: events in their order, and the order in which they are sent</title>",
        f"<style>{_STYLE}</style>",
        '<rect class="bg" width="100%" height="100%"/>',
        f'<text class="head" x="16" y="24">{escape(schedule.scenario)}, seed {schedule.seed}</text>',
        f'<text class="dim" x="{_LEFT}" y="46" text-anchor="end">happened</text>',
        f'<text class="dim" x="{_RIGHT}" y="46">sent</text>',
    ]
    for event in events:
        when = format_duration(event.at - schedule.start)
        parts.append(_text(_LEFT, place[event.identity], f"{event.resource} {event.key}  {when}", "end"))
    seen: set[str] = set()
    highest = -1
    for row, send in enumerate(sends):
        start = place[send.event]
        kind = "again" if send.event in seen else "crossed" if start < highest else "straight"
        seen.add(send.event)
        highest = max(highest, start)
        parts.append(
            f'<line class="{kind}" x1="{_LEFT + 8}" y1="{_y(start)}" x2="{_RIGHT - 8}" y2="{_y(row)}">'
            f"<title>{escape('; '.join(note.detail for note in send.faults) or 'at once')}</title></line>"
        )
        again = f" #{send.attempt}" if send.attempt > 1 else " again" if send.copy or send.job > 1 else ""
        when = format_duration(send.at - schedule.start)
        parts.append(
            _text(
                _RIGHT,
                row,
                f"{when}  {events[start].resource} {events[start].key} to {send.integration}{again}",
                "start",
            )
        )
    if len(schedule.sends) > _MOST:
        rest = len(schedule.sends) - _MOST
        parts.append(f'<text class="dim" x="16" y="{_TOP + rows * _ROW + 8}">and {rest} more</text>')
    return "\n".join([*parts, "</svg>", ""])


def _text(x: int, row: int, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{_y(row) + 4}" text-anchor="{anchor}">{escape(text)}</text>'


def _y(row: int) -> int:
    return _TOP + row * _ROW
