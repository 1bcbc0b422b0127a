"""Oracle: whether a draft fails as the run did. What fails only at times is asked until it does, or long enough."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from emulator.core.expectation import Converges, Never, NoMore
from emulator.core.scenario import Scenario
from emulator.core.verdict import Verdict
from emulator.domain.errors import InvalidInput
from emulator.harness.shrinking.draft import Draft, Drafting
from emulator.harness.shrinking.frequency import Frequency
from emulator.loading.scenario_text import scenario_yaml
from emulator.loading.scenarios import parse_scenario

if TYPE_CHECKING:
    from emulator.harness.trials import Trial

_SELF_CONTAINED = (Converges, Never, NoMore)
"""What does not fail for want of events; of the rest, a run without faults has to say that it is met there."""

Tell = Callable[[Draft, int], object]
Enough = Callable[[], bool]


class Runner(Protocol):
    """`Trials`, or what stands for it in a test."""

    def run(self, scenario: Scenario, /) -> "Trial": ...


class BrokenOff(Exception):
    """Nothing more is to be asked: the time is up, or whoever waited for it has said so."""


@dataclass(slots=True, kw_only=True)
class Oracle:
    """Remembers what it was asked. `whole` is all of the run, `runs` how many runs that took, and `trial` the last that
    failed. `wanted` is the place of the expectation that has to fail, any where it is None: of several that failed, a
    smaller run might else fail another, for another reason.

    `enough` says before each run whether it is broken off, and then BrokenOff is raised.
    """

    runner: Runner
    drafting: Drafting
    environment: Mapping[str, str]
    whole: Draft
    wanted: int | None = None
    enough: Enough = lambda: False
    tell: Tell = lambda _draft, _runs: None
    frequency: Frequency = field(default_factory=lambda: Frequency(failed=1, runs=1))
    runs: int = 0
    trial: "Trial | None" = None
    _known: dict[str, bool] = field(default_factory=dict)
    _calm: dict[str, frozenset[int]] = field(default_factory=dict)

    def fails(self, draft: Draft) -> bool:
        """Raises BrokenOff, and EnvironmentFault where something that the run needs is not there."""
        text = self.text(draft)
        if text not in self._known:
            self._known[text] = any(self._fails_once(draft) for _ in range(self.frequency.patience))
        return self._known[text]

    def often(self, draft: Draft, times: int) -> Frequency:
        """How often it fails."""
        return Frequency(failed=sum(self._fails_once(draft) for _ in range(times)), runs=times)

    def _fails_once(self, draft: Draft) -> bool:
        """In one run, as the first one did; a draft that cannot be played does not."""
        trial = self._run(draft) if draft.commands and draft.observed else None
        if trial is None or trial.judgement.verdict is not Verdict.FAIL:
            return False
        failed = {place for place, one in enumerate(trial.judgement.findings) if one.verdict is Verdict.FAIL}
        if self.wanted is not None:
            failed &= {self.wanted}
        expect = trial.scenario.expect
        if not (self._is_whole(draft) or any(isinstance(expect[place].expected, _SELF_CONTAINED) for place in failed)):
            failed &= self._met_without_faults(draft)
        if failed:
            self.trial = trial
        return bool(failed)

    def text(self, draft: Draft) -> str:
        """Of its scenario, without comments."""
        return scenario_yaml(self.drafting.document(draft))

    def scenario(self, draft: Draft) -> Scenario:
        """Raises InvalidInput for what is no scenario: an expectation may be about a resource that is gone."""
        return parse_scenario(self.text(draft), "shrunk.yaml", self.environment)

    def _is_whole(self, draft: Draft) -> bool:
        """Whether everything happens in it that happened in the run, whatever goes wrong: then no event is missing."""
        return (draft.commands, draft.observed) == (self.whole.commands, self.whole.observed)

    def _met_without_faults(self, draft: Draft) -> frozenset[int]:
        """The expectations that are met when nothing goes wrong, so that it is the faults that they fail for."""
        calm = replace(draft, pins=())
        text = self.text(calm)
        if text not in self._calm:
            trial = self._run(calm) if draft.pins else None
            findings = () if trial is None else trial.judgement.findings
            met = (place for place, one in enumerate(findings) if one.verdict is Verdict.PASS)
            self._calm[text] = frozenset(met)
        return self._calm[text]

    def _run(self, draft: Draft) -> "Trial | None":
        if self.enough():
            raise BrokenOff
        try:
            scenario = self.scenario(draft)
            self.runs += 1
            trial = self.runner.run(scenario)
        except InvalidInput:
            return None
        finally:
            self.tell(draft, self.runs)
        return trial
