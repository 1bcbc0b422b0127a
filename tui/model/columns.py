"""Columns: which columns the table of deliveries has at which width, and how wide each is."""

from typing import NamedTuple

GAP = 1


class Column(NamedTuple):
    """`width` in cells of the terminal."""

    name: str
    heading: str
    width: int


class _Wish(NamedTuple):
    """`fair` is what it gets before any other gets more than that."""

    name: str
    heading: str
    least: int
    fair: int
    most: int
    from_width: int = 0  # the table's, below which it is left out


_SHORT_TIME, _LONG_TIME = 8, 12  # to the second, and to the millisecond
_WISHES = (
    _Wish("time", "time", _SHORT_TIME, _SHORT_TIME, _LONG_TIME),
    _Wish("status", "status", 9, 11, 11),
    _Wish("event", "event", 16, 20, 27),
    _Wish("resource", "resource", 8, 10, 26),
    _Wish("integration", "to", 7, 9, 18),
    _Wish("via", "via", 7, 7, 7, from_width=110),
    _Wish("attempt", "try", 4, 4, 6),
    _Wish("took", "took", 5, 6, 7, from_width=70),
    _Wish("what", "what happened", 8, 30, 400),
)


def columns(width: int) -> tuple[Column, ...]:
    """What fits into so many cells: first everybody's least, then what is fair, then what is wanted.

    Reasons get what is fair before the others do: the ends of long names are read less often.
    """
    wishes = [wish for wish in _WISHES if width >= wish.from_width]
    left = width - sum(wish.least for wish in wishes) - GAP * (len(wishes) - 1)
    while left < 0 and len(wishes) > 1:
        gone = wishes.pop()
        left += gone.least + GAP
    widths = {wish.name: wish.least for wish in wishes}
    for stage, order in (("fair", wishes[::-1]), ("most", wishes)):
        for wish in order:
            more = max(0, min(getattr(wish, stage) - widths[wish.name], left))
            if wish.name == "time" and widths["time"] + more < _LONG_TIME:
                more = 0  # half a fraction of a second is none
            widths[wish.name] += more
            left -= more
    return tuple(Column(wish.name, wish.heading, widths[wish.name]) for wish in wishes)
