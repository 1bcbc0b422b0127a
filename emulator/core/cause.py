"""Cause: runs that failed, by what was wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.core.symptom import Symptom


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What goes wrong together, and under which seeds; `pure` are those under which nothing else does."""

    symptoms: tuple[Symptom, ...]
    seeds: tuple[int, ...]
    pure: tuple[int, ...]


def causes(failed: Mapping[int, frozenset[Symptom]]) -> tuple[Cause, ...]:
    """The causes of these runs, by their seeds; the one with the most runs first.

    What never goes wrong without something else is not a cause of its own: a run in which two things are wrong that
    others have alone counts with both of those. Each expectation that failed has a cause, though: of those runs in
    which it did, the ones with the least else.
    """
    kinds = set(failed.values())
    least: set[frozenset[Symptom]] = set()
    for place in {symptom.place for each in kinds for symptom in each}:
        concerned = [each for each in kinds if any(symptom.place == place for symptom in each)]
        least.update(each for each in concerned if not any(other < each for other in concerned))
    found = [
        Cause(
            symptoms=tuple(sorted(each)),
            seeds=tuple(sorted(seed for seed, symptoms in failed.items() if each <= symptoms)),
            pure=tuple(sorted(seed for seed, symptoms in failed.items() if each == symptoms)),
        )
        for each in least
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.seeds), one.seeds, one.symptoms)))
