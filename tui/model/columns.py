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


_WISHES = (
    _Wish("time", "time", 8, 12, 12),
    _Wish("status", "status", 8, 11, 11),
    _Wish("event", "event", 16, 20, 34),
    _Wish("resource", "resource", 9, 12, 26),
    _Wish("integration", "to", 8, 10, 18),
    _Wish("via", "via", 7, 7, 7, from_width=110),
    _Wish("attempt", "try", 3, 4, 5),
    _Wish("took", "took", 5, 6, 7, from_width=70),
    _Wish("what", "what happened", 8, 44, 400),
)


def columns(width: int) -> tuple[Column, ...]:
    """What fits into so many cells: first everybody's least, then what is fair, then what is wanted, in their order."""
    wishes = [wish for wish in _WISHES if width >= wish.from_width]
    left = width - sum(wish.least for wish in wishes) - GAP * (len(wishes) - 1)
    while left < 0 and len(wishes) > 1:
        gone = wishes.pop()
        left += gone.least + GAP
    widths = {wish.name: wish.least for wish in wishes}
    for stage in ("fair", "most"):
        for wish in wishes:
            more = max(0, min(getattr(wish, stage) - widths[wish.name], left))
            widths[wish.name] += more
            left -= more
    return tuple(Column(wish.name, wish.heading, widths[wish.name]) for wish in wishes)
