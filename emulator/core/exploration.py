"""Exploration: what many runs of a scenario, each with a seed of its own, come to together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.core.cause import Cause, causes
from emulator.core.coverage import Coverage
from emulator.core.symptom import Symptom
from emulator.core.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One run. `symptoms` say what was wrong where it failed, `doubts` why it is inconclusive where it is; neither
    names anything that another seed would change.

    `sends` is how many there were. `judgement` is left out where a simpler run has shown the same.
    """

    seed: int
    verdict: Verdict
    symptoms: frozenset[Symptom] = frozenset()
    doubts: frozenset[str] = frozenset()
    coverage: Coverage = field(default_factory=Coverage)
    sends: int = 0
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A seed that came to nothing, and why."""

    seed: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The simplest known run that shows a cause and nothing else."""

    cause: Cause
    seed: int
    judgement: Judgement


class Exploration:
    """Takes runs in any order. What it keeps of those that passed is their number and what they have tried."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self.verdicts: Counter[Verdict] = Counter()
        self.doubts: Counter[str] = Counter()
        self.not_run: dict[int, str] = {}
        self._failed: dict[int, frozenset[Symptom]] = {}
        self._simplest: dict[frozenset[Symptom], tuple[int, int, Judgement]] = {}

    def add(self, one: Tried | NotRun) -> None:
        if isinstance(one, NotRun):
            self.not_run[one.seed] = one.why
            return
        self.verdicts[one.verdict] += 1
        self.coverage |= one.coverage
        self.doubts.update(one.doubts)
        if one.verdict is Verdict.FAIL:
            self._failed[one.seed] = one.symptoms
            known = self._simplest.get(one.symptoms)
            if one.judgement is not None and (known is None or (one.sends, one.seed) < known[:2]):
                self._simplest[one.symptoms] = (one.sends, one.seed, one.judgement)

    @property
    def runs(self) -> int:
        """How many there were."""
        return self.verdicts.total()

    @property
    def failed(self) -> int:
        return self.verdicts[Verdict.FAIL]

    @property
    def first_failed(self) -> int | None:
        """The lowest seed that failed."""
        return min(self._failed, default=None)

    @property
    def kinds(self) -> int:
        """How many different sets of symptoms there are, of which there are at most as many causes."""
        return len(self._simplest)

    def examples(self) -> tuple[Example, ...]:
        """Each cause, with the run that shows it best; the one with the most runs first."""
        found = []
        for cause in causes(self._failed):
            _, seed, judgement = self._simplest[frozenset(cause.symptoms)]
            found.append(Example(cause=cause, seed=seed, judgement=judgement))
        return tuple(found)

    def verdict(self, *, complete: bool = True) -> Verdict:
        """A run that failed is a failure whatever else there was. What was not run (`complete` is False where it was
        broken off), and what is inconclusive, outweighs what passed."""
        if self.failed:
            return Verdict.FAIL
        if not complete or self.not_run or self.verdicts[Verdict.INCONCLUSIVE] or not self.runs:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS

    def document(self) -> dict[str, Any]:
        """For JSON, but for the causes."""
        return {
            "runs": {
                **{str(verdict): self.verdicts[verdict] for verdict in Verdict},
                "not_run": len(self.not_run),
            },
            "coverage": self.coverage.document(),
            "inconclusive": [{"why": why, "runs": count} for why, count in self.doubts.most_common()],
            "not_run": [{"seed": seed, "why": why} for seed, why in sorted(self.not_run.items())],
        }


def example_document(example: Example, case: str | None) -> Mapping[str, Any]:
    """For JSON. `case` is the file in which its run is kept."""
    cause = example.cause
    return {
        "symptoms": [{"expectation": one.expectation, "what": one.what} for one in cause.symptoms],
        "seeds": list(cause.seeds),
        "seed": example.seed,
        "judgement": example.judgement.document(),
        "case": case,
    }
