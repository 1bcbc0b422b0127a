"""Rounds: measurements in turn, kept only when the machine left the ceilings alone.

A sender that does nothing but send takes all of its processor. When it does not get it, somebody else had it: the
ceiling is too low then, and every ratio over it too good. Medians do not help, since such a neighbour stays for a
whole run. So the share of the processor is measured with each ceiling, and a disturbed round is made again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

UNDISTURBED = 0.9
"""The share of one processor from which a saturating sender counts as left alone."""

_PATIENCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What each measurement came to, round by round; `disturbed` rounds were made again, unless too many were."""

    found: Mapping[str, list[float]]
    disturbed: int
    clean: bool

    def median(self, name: str) -> float:
        return median(self.found[name])

    def spread(self, name: str) -> str:
        """From the least to the greatest: `4,914 to 5,199`."""
        found = self.found[name]
        return f"{min(found):,.0f} to {max(found):,.0f}"

    @property
    def caveat(self) -> str:
        """What a reader must know about these numbers; empty when nothing."""
        if not self.clean:
            return f"NOT TO BE TRUSTED: somebody else used the machine in {self.disturbed} rounds; run it again"
        return f"{self.disturbed} disturbed rounds made again" if self.disturbed else ""


def take(
    wanted: int, measurements: Mapping[str, Callable[[], float]], *, saturating: frozenset[str] = frozenset()
) -> Rounds:
    """Every measurement once a round, until so many rounds are undisturbed, or three times as many were tried.

    `saturating` are those that take all of this process's processor if they get it.
    """
    kept: list[dict[str, float]] = []
    spoilt: list[dict[str, float]] = []
    while len(kept) < wanted and len(kept) + len(spoilt) < _PATIENCE * wanted:
        shares = []
        round_: dict[str, float] = {}
        for name, measure in measurements.items():
            wall, cpu = perf_counter(), process_time()
            round_[name] = measure()
            if name in saturating:
                shares.append((process_time() - cpu) / (perf_counter() - wall))
        (kept if min(shares, default=1.0) >= UNDISTURBED else spoilt).append(round_)
    clean = len(kept) >= wanted
    used = kept if clean else kept + spoilt
    return Rounds(
        found={name: [round_[name] for round_ in used] for name in measurements}, disturbed=len(spoilt), clean=clean
    )
