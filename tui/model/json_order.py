"""Two orders of the same names: how to show them as one, and which names changed their place."""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def merged(before: Sequence[Name], after: Sequence[Name]) -> Iterator[Name]:
    """All names of both, each once, in the order of `after`; what is only in `before` behind what it stood behind."""
    if before == after:
        yield from after
        return
    kept = set(after)
    shared = kept.intersection(before)
    gone: dict[Name | None, list[Name]] = {None: []}
    last: Name | None = None
    for name in before:
        if name in shared:
            last = name
            gone[last] = []
        else:
            gone[last].append(name)
    yield from gone[None]
    for name in after:
        yield name
        yield from gone.get(name, ())


def moved(before: Sequence[Name], after: Sequence[Name]) -> set[Name]:
    """The fewest names whose moving makes the order of one that of the other."""
    if before == after:
        return set()
    left = {name: place for place, name in enumerate(before)}
    common = [name for name in after if name in left]
    ends: list[int] = []
    chains: list[int] = []
    for name in common:
        at = bisect_left(ends, left[name])
        ends[at : at + 1] = [left[name]]
        chains.append(at)
    wanted = len(ends) - 1
    stayed = set()
    bound = len(before)
    for name, at in zip(reversed(common), reversed(chains), strict=True):
        if at == wanted and left[name] < bound:
            stayed.add(name)
            wanted -= 1
            bound = left[name]
    return set(common) - stayed
