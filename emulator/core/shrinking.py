"""Shrinking: the fewest of some units that still fail, by delta debugging.

After Zeller and Hildebrandt, *Simplifying and isolating failure-inducing input* (2002): halves first, then what is left
without each half, then quarters. What is tried is always closed: a unit that cannot be without another goes with it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Unit = TypeVar("Unit")

Fails = Callable[[tuple[Unit, ...]], bool]
Closed = Callable[[tuple[Unit, ...]], tuple[Unit, ...]]


def fewest(units: Sequence[Unit], fails: Fails[Unit], closed: Closed[Unit] = lambda kept: kept) -> tuple[Unit, ...]:
    """Some of these units, in their order, that fail; without any one of them (and what cannot be without it) nothing
    fails.

    All of them together fail: that is not asked again. `closed` leaves of some units those that can be without the
    others, and of what it has left all. `fails` is asked of what is closed only, and never twice.
    """
    kept = tuple(units)
    answers = {frozenset(kept): True}

    def fail(some: tuple[Unit, ...]) -> bool:
        known = frozenset(some)
        if known not in answers:
            answers[known] = fails(some)
        return answers[known]

    parts = 2
    while kept:
        smaller = next((some for some in _tried(kept, parts, closed) if fail(some)), None)
        if smaller is not None:
            parts = max(2, min(parts - 1, len(smaller)))
            kept = smaller
        elif parts >= len(kept):
            break
        else:
            parts = min(2 * parts, len(kept))
    return kept


def simplest(choices: Sequence[Unit], fails: Callable[[Unit], bool]) -> Unit | None:
    """The first of these that fails, the simplest standing first; None where none does."""
    return next((choice for choice in choices if fails(choice)), None)


def _tried(kept: tuple[Unit, ...], parts: int, closed: Closed[Unit]) -> Iterator[tuple[Unit, ...]]:
    """Smaller than what is kept: each part alone, then everything without each part, the last part first: what comes
    later in a story tends to need what comes before it."""
    rows = list(_parts(kept, parts))
    for begin, end in rows:
        if end - begin < len(kept):
            yield closed(kept[begin:end])
    for begin, end in reversed(rows):
        yield closed(kept[:begin] + kept[end:])


def _parts(kept: tuple[Unit, ...], parts: int) -> Iterator[tuple[int, int]]:
    """Where each of so many parts begins and ends; none is empty."""
    parts = min(parts, len(kept))
    for number in range(parts):
        yield len(kept) * number // parts, len(kept) * (number + 1) // parts
