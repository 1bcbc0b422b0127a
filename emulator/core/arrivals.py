"""Arrivals: which of those that came had been overtaken, by when they happened."""

from bisect import bisect_right
from collections.abc import Iterable


def passed_by(happened: Iterable[int]) -> list[int | None]:
    """Of first arrivals in the order in which they came, each with when it happened: the place of the first that came
    before it and had happened later; None for what nothing had passed."""
    found: list[int | None] = []
    newest: list[int] = []  # of those that were newer than all before them: when they happened, and their places
    places: list[int] = []
    for place, at in enumerate(happened):
        passing = bisect_right(newest, at)
        if passing < len(newest):
            found.append(places[passing])
            continue
        found.append(None)
        if not newest or at > newest[-1]:
            newest.append(at)
            places.append(place)
    return found
