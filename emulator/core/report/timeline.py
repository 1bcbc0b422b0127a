"""Timeline: the order in which deliveries came about against the order in which they left, as a picture."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from emulator.core.report.markup import Markup, joined, tag
from emulator.core.report.way import Way
from emulator.domain.moment import format_duration

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "order": "in order",
        "late": "after a later one",
        "again": "sent again",
        "lost": "answer lost",
        "failed": "failed",
        "never": "never sent",
    }
)
"""What became of a send, and what it is called under the picture."""

_MARKS: Mapping[str, str] = MappingProxyType(
    {
        "order": "h.01",
        "late": "m-2.5 2l2.5-4.5l2.5 4.5z",
        "again": "m-2.5 0h5m-2.5-2.5v5",
        "lost": "m-2-2h4v4h-4z",
        "failed": "m-2-2l4 4m0-4l-4 4",
        "never": "m-3 0h6",
    }
)
"""Where there are many: a dot, a triangle, a plus, a square, a cross and a dash."""

_LEGIBLE = 60
_ROW = 22
_TOP = 34
_LETTER = 7.1  # how wide one is at most on average
_BETWEEN = 220
_SIDE = 640


def timeline(way: Way, began: int) -> Markup:
    """The picture of one integration, and what its marks mean. Lines where there are few, dots where there are many."""
    few = max(len(way.arrivals), len(way.created)) <= _LEGIBLE
    counts = {**way.counts, "never": len(way.never)}
    return tag(
        "figure",
        tag("figcaption", tag("h3", way.integration), _legend(counts, few)),
        tag("div", _lines(way, began) if few else _dots(way), class_="picture", tabindex=0),
    )


def _legend(counts: Mapping[str, int], few: bool) -> Markup:
    entries = [
        tag("li", _sign(kind, few), f" {counts[kind]:,} {means}", class_=kind)
        for kind, means in KINDS.items()
        if counts.get(kind)
    ]
    return tag("ul", *entries, class_="legend") if entries else tag("p", "Nothing was sent.", class_="dim")


def _sign(kind: str, few: bool) -> Markup:
    line = tag("line", class_=f"way {kind}", x1=1, y1=6, x2=27, y2=6)
    mark = tag("path", class_=f"mark {kind}", d=f"M14 6{_MARKS[kind]}")
    return tag("svg", line if few else mark, viewBox="0 0 28 12", width=28, height=12, aria_hidden="true")


def _lines(way: Way, began: int) -> Markup:
    """A line for each send, from where its delivery came about to where it left."""
    sent = [f"{format_duration(each.at - began)} · {each.label}" for each in way.arrivals]
    left = 12 + _width(way.created)
    right = left + _BETWEEN
    width = right + max(_width(sent), 90) + 12
    height = _TOP + max(len(way.created), len(sent), 1) * _ROW
    parts = [
        _text(left, 16, "came about", "end", "dim"),
        _text(right, 16, "left", "start", "dim"),
        *(_text(left, _y(place) + 4, label, "end") for place, label in enumerate(way.created)),
    ]
    for row, (each, label) in enumerate(zip(way.arrivals, sent, strict=True)):
        line = tag(
            "line",
            tag("title", f"{label}: {KINDS[each.kind]}{f' ({each.why})' if each.why else ''}"),
            class_=f"way {each.kind}",
            x1=left + 8,
            y1=_y(each.place),
            x2=right - 8,
            y2=_y(row),
        )
        parts.append(tag("a", line, _text(right, _y(row) + 4, label, "start"), href=f"#d{each.number}"))
    for place in way.never:
        line = tag("line", class_="way never", x1=left + 8, y1=_y(place), x2=left + 48, y2=_y(place))
        parts.append(joined(line, _text(left + 54, _y(place) + 4, KINDS["never"], "start", "dim")))
    return _svg(way, width, height, parts)


def _dots(way: Way) -> Markup:
    """A mark for each send: to the right as they left, downwards by how many that came about later went before it."""
    deep = max((each.behind for each in way.arrivals), default=0) or 1
    marks: dict[str, list[str]] = {}
    for row, each in enumerate(way.arrivals):
        marks.setdefault(each.kind, []).append(_mark(each.kind, row / len(way.arrivals), each.behind / deep))
    for place in way.never:
        marks.setdefault("never", []).append(_mark("never", place / len(way.created), -0.05))
    parts = [
        tag("rect", class_="frame", x=40, y=_TOP, width=_SIDE, height=_SIDE // 2),
        _text(40, 16, "left first", "start", "dim"),
        _text(40 + _SIDE, 16, "left last", "end", "dim"),
        _turned("in order", _TOP, "end"),
        _turned(f"{deep:,} behind", _TOP + _SIDE // 2, "start"),
        *(tag("path", class_=f"mark {kind}", d="".join(marks[kind])) for kind in KINDS if kind in marks),
    ]
    return _svg(way, 40 + _SIDE + 12, _TOP + _SIDE // 2 + 12, parts)


def _mark(kind: str, across: float, down: float) -> str:
    return f"M{40 + across * _SIDE:.1f} {_TOP + down * _SIDE / 2:.1f}{_MARKS[kind]}"


def _svg(way: Way, width: int, height: int, parts: list[Markup]) -> Markup:
    said = (
        f"{way.integration}: {len(way.created)} deliveries as they came about, {len(way.arrivals)} sends as they left"
    )
    return tag(
        "svg", tag("title", said), *parts, viewBox=f"0 0 {width} {height}", width=width, height=height, role="img"
    )


def _text(x: int, y: int, text: str, anchor: str, look: str | None = None) -> Markup:
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=look)


def _turned(text: str, y: int, anchor: str) -> Markup:
    return tag("text", text, text_anchor=anchor, class_="dim", transform=f"translate(30 {y}) rotate(-90)")


def _width(labels: Sequence[str]) -> int:
    return round(max(map(len, labels), default=0) * _LETTER)


def _y(row: int) -> int:
    return _TOP + row * _ROW + _ROW // 2
