"""Trials: scenarios played and judged one after the other, on an emulator and a receiver that are kept up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from emulator.core.scenario import Scenario
from emulator.core.schedule import Schedule, undisturbed
from emulator.core.verdict import Judgement, Verdict
from emulator.domain.errors import EnvironmentFault, UserError
from emulator.harness.baselines import Baselines
from emulator.harness.comparison import Comparison, caused, converging, no_baseline, not_comparable, with_doubts
from emulator.harness.forgetting import Forgetting
from emulator.harness.judging import judge
from emulator.harness.scenario_run import Played, Stage, events_of, moments_of, settings_of, staged
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal
from emulator.runtime.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One judged run. `schedule` is the plan that it kept to, where there was one; `baseline` the same events once, in
    order, without faults, None where nothing was compared."""

    scenario: Scenario
    schedule: Schedule | None
    played: Played
    baseline: Played | None
    judgement: Judgement


class Trials:
    """Runs may differ in all but the `receiver`: seed, clock, steps, rules, integrations. Before each the emulator
    begins anew and the receiver is made to forget."""

    def __init__(self, stage: Stage, scenario: Scenario, settings: Settings) -> None:
        self._stage = stage
        self._settings = settings
        self._ready: tuple[Scenario, Settings] | None = (scenario, settings)
        self._forgetting = Forgetting(stage.receiver)
        self._baselines = Baselines()

    def run(
        self,
        scenario: Scenario,
        *,
        plan: Schedule | None = None,
        details: bool = False,
        reproduce: str = "",
        exit_first: bool = False,
    ) -> Trial:
        """Plays it, and again without faults where something `converges`, unless that is of no use or an earlier one of
        the same events will do. What fails differs from one that was played after it, too.

        `plan` is one of the scenario, perhaps edited, to keep to. Raises EnvironmentFault where something that the run
        needs is not there, InvalidInput for what is refused and for a plan that cannot be kept to.
        """
        settings = self._settings_for(scenario, plan)
        moments = moments_of(scenario, settings)
        planned = self._planned(scenario, settings)
        begun: list[int] = []
        self._begin(scenario, settings)
        doubts = self._forgetting.doubts(scenario, planned)
        settled = self._stage.play(moments, noted=begun if converging(scenario) else None)
        played = self._told(settled, planned, doubts, details=details)
        comparison = None
        if converging(scenario) and not (exit_first and _failed(scenario, played)):
            comparison = self._compared(scenario, settings, planned, played, begun, details=details)
        judgement = judge(
            scenario, played, played.readings, comparison=comparison, reproduce=reproduce, exit_first=exit_first
        )
        baseline = None if comparison is None else comparison.baseline
        played = replace(played, baseline=baseline)
        return Trial(scenario=scenario, schedule=plan, played=played, baseline=baseline, judgement=judgement)

    def _settings_for(self, scenario: Scenario, plan: Schedule | None) -> Settings:
        own = settings_of(scenario)
        return replace(
            self._settings,
            seed=own.seed,
            profile=own.profile,
            clock=own.clock,
            webhook_timeout=own.webhook_timeout,
            plan=plan,
        )

    def _planned(self, scenario: Scenario, settings: Settings) -> Schedule | None:
        """What its steps raise by themselves, where that is asked for and they do not need the receiver's help."""
        if settings.plan is not None:
            return settings.plan
        if scenario.receiver.reset is None and not converging(scenario):
            return None
        try:
            return Rehearsal(scenario, load_fixtures(settings.fixtures)).schedule()
        except UserError:
            return None

    def _begin(self, scenario: Scenario, settings: Settings) -> None:
        """With nothing told yet: as it was started, or anew; a receiver that has ended is started again."""
        self._stage.receiver.revive(self._stage.environment)
        if self._ready != (scenario, settings):
            self._stage.begin_anew(scenario, settings)
        self._ready = None

    def _compared(
        self,
        scenario: Scenario,
        settings: Settings,
        planned: Schedule | None,
        played: Played,
        begun: Sequence[int],
        *,
        details: bool,
    ) -> Comparison:
        if all(played.readings[place].expected is None for place in converging(scenario)):
            return Comparison()  # what is said of it stands in its readings
        doubt = no_baseline(scenario) or not_comparable(played)
        if doubt is None and self._stage.receiver.ended is not None:
            doubt = f"the receiver ended with {self._stage.receiver.ended} once everything was delivered"
        if doubt is not None:
            return Comparison(doubt=doubt)
        plan = None if settings.plan is None else undisturbed(settings.plan)
        calm = replace(settings, profile="off", plan=plan)
        key = Baselines.key(scenario, calm, begun, details=details)

        def besides(first: Comparison) -> Comparison:
            if first.doubt is not None or not first.differs(played):
                return first
            again = self._baseline(scenario, calm, planned, begun, details=False)
            return replace(first, again=again.baseline, doubt=again.doubt, doubts={**again.doubts, **first.doubts})

        kept = self._baselines.get(key)
        comparison = None if kept is None else besides(kept)
        if comparison is None or not comparison.certain:  # the receiver is not, or no more, as it was then
            comparison = besides(self._baseline(scenario, calm, planned, begun, details=details))
        self._baselines.keep(key, comparison)
        return comparison

    def _baseline(
        self, scenario: Scenario, calm: Settings, planned: Schedule | None, begun: Sequence[int], *, details: bool
    ) -> Comparison:
        """The same events once, in order, at the same moments."""
        try:
            self._stage.begin_anew(scenario, calm)
        except EnvironmentFault as error:
            return Comparison(doubt=f"after the run, {error.sentence}")
        doubts = self._forgetting.doubts(scenario, planned)
        try:
            settled = self._stage.play(begun, faultless=True)
        except UserError as error:
            return Comparison(doubt=f"without faults the same steps are not possible: {error.sentence}")
        baseline = self._told(settled, planned, {}, details=details)
        return Comparison(baseline=baseline, doubt=_without(not_comparable(baseline)), doubts=doubts)

    def _told(self, settled: bool, planned: Schedule | None, doubts: Mapping[int, str], *, details: bool) -> Played:
        played = self._stage.played(settled, details=details)
        raised = () if planned is None or played.events == len(planned.events) else events_of(self._stage.client)
        return with_doubts(replace(played, caused=caused(raised, planned)), doubts)


@contextmanager
def trials(
    scenario: Scenario,
    *,
    forward_to: str | None = None,
    settings: Settings | None = None,
    on_ready: Callable[[str], object] = lambda _url: None,
    on_receiver: Callable[[int], object] = lambda _group: None,
) -> Iterator[Trials]:
    """Starts an emulator and the scenario's receiver, and ends them.

    `settings` are what the scenario does not say: fixtures, and where the first run's journal is kept. Raises what
    staging does.
    """
    settings = settings or settings_of(scenario)
    with staged(
        scenario, forward_to=forward_to, settings=settings, on_ready=on_ready, on_receiver=on_receiver
    ) as stage:
        yield Trials(stage, scenario, settings)


def _failed(scenario: Scenario, played: Played) -> bool:
    """Whether something fails already that stands before what is compared."""
    found = judge(scenario, played, played.readings, exit_first=True).findings
    return found[-1].verdict is Verdict.FAIL and len(found) <= min(converging(scenario))


def _without(doubt: str | None) -> str | None:
    return None if doubt is None else f"in the run without faults, {doubt}"
