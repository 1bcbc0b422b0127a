"""Judged play: a scenario played and judged on the emulator of a test, which is afterwards as the play left it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from emulator.core.scenario import Observer, Scenario
from emulator.core.schedule import Schedule
from emulator.domain.errors import UserError
from emulator.domain.integration import Integration
from emulator.domain.moment import parse_instant
from emulator.harness.client import ControlClient
from emulator.harness.comparison import Comparison, caused, converging, no_baseline, not_comparable, with_doubts
from emulator.harness.forgetting import Forgetting
from emulator.harness.judging import complaint, judge
from emulator.harness.local import LocalEmulator
from emulator.harness.player import Player
from emulator.harness.readings import read_probes
from emulator.harness.receiver_process import ReceiverProcess
from emulator.harness.scenario_run import Played, events_of, outcome_of
from emulator.runtime.emulator import Emulator
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

_NO_RESET = "nothing makes the receiver forget between two runs; give play a function that does: reset=…"
_NOT_FIRST = "something happened in the shop before, which cannot be made to happen again; play first of all"
_OTHER_MOMENTS = "the steps came at other moments than without faults, for a settle among them waited for what failed"


class JudgedPlay:
    """What `converges` is played without faults first, so that everything the test looks at afterwards is of the run
    under faults. `reset` makes the receiver forget."""

    def __init__(
        self, local: LocalEmulator, client: ControlClient, scenario: Scenario, reset: Callable[[], object] | None
    ) -> None:
        self._local = local
        self._client = client
        self._scenario = scenario
        self._receiver = ReceiverProcess(scenario.receiver)
        if reset is not None:
            receiver = replace(scenario.receiver, reset=getattr(reset, "__name__", "reset"))
            self._scenario = replace(scenario, receiver=receiver)
        self._forget = reset or self._receiver.forget
        self._forgetting = Forgetting(self._receiver)
        self._planned: Schedule | None = None
        self._moments: list[int] = []

    def play(self) -> Played:
        """Raises AssertionError, which says why, unless everything is as expected, and InvalidInput for a step that is
        refused."""
        scenario = self._scenario
        comparison = self._baseline() if converging(scenario) else None
        compares = comparison is not None and comparison.baseline is not None
        played = self._again(faultless=False) if compares else self._once(faultless=False)
        if comparison is not None and compares:
            comparison = replace(comparison, doubt=comparison.doubt or self._doubt(played))
            if comparison.doubt is None and comparison.differs(played):
                again = self._again(faultless=True)
                comparison = replace(comparison, again=again, doubt=not_comparable(again))
                played = self._again(faultless=False)
        own = replace(played, deliveries=tuple(one for one in played.deliveries if one["number"] > self._before))
        judgement = judge(scenario, own, own.readings, comparison=comparison)
        if (wrong := complaint(judgement, own)) is not None:
            raise AssertionError(wrong)
        return played

    def _baseline(self) -> Comparison:
        """The same events once, in order, without faults, on an emulator as it is now."""
        doubt = no_baseline(self._scenario)
        if self._scenario.receiver.reset is None:
            doubt = _NO_RESET
        elif self._client.events(limit=1)["results"]["total"]:
            doubt = _NOT_FIRST
        if doubt is not None:
            return Comparison(doubt=doubt)
        self._kept = _Kept(self._local.emulator)
        try:
            rehearsal = Rehearsal(self._kept.told(self._scenario), load_fixtures(self._kept.settings.fixtures))
            self._planned = rehearsal.schedule()
        except UserError as error:
            return Comparison(doubt=f"without the receiver's help the steps are not possible: {error.sentence}")
        self._moments = list(rehearsal.moments)
        baseline = self._again(faultless=True)
        doubt = not_comparable(baseline)
        return Comparison(baseline=baseline, doubt=None if doubt is None else f"in the run without faults, {doubt}")

    def _again(self, *, faultless: bool) -> Played:
        self._local.call(self._kept.put_back(self._local.emulator, faultless=faultless))
        self._forget()
        return self._once(faultless=faultless)

    def _once(self, *, faultless: bool) -> Played:
        scenario, client = self._scenario, self._client
        doubts: Mapping[int, str] = {}
        if self._moments:
            doubts = self._forgetting.doubts(scenario, self._planned)
        newest = client.deliveries(limit=1)["data"]
        self._before = newest[0]["number"] if newest else 0
        self._begun: list[int] = []
        began = parse_instant(client.clock()["now"])
        player = Player(
            client,
            scenario,
            self._moments if faultless else (),
            faultless=faultless,
            noted=self._begun if self._moments else None,
        )
        if not player.play():
            pending = client.clock()["pending"]
            raise AssertionError(f"not settled within the scenario's time limit: {pending} sends have not ended")
        readings = read_probes(scenario.expect, client, self._receiver, settled=True)
        played = replace(outcome_of(client, scenario, settled=True), readings=readings, began=began)
        raised = () if self._planned is None else events_of(client)
        return with_doubts(replace(played, caused=caused(raised, self._planned)), doubts)

    def _doubt(self, played: Played) -> str | None:
        planned, begun = self._moments, self._begun
        if [one - planned[0] for one in planned] != [one - begun[0] for one in begun]:
            return _OTHER_MOMENTS
        return not_comparable(played)


class _Kept:
    """How a test has made its emulator, before anything happened: who receives, under which rules, at what time."""

    def __init__(self, emulator: Emulator) -> None:
        self.settings = replace(emulator.settings, profile=emulator.profile)
        self._integrations = emulator.integrations()
        self._rules = emulator.rules()
        self._now = emulator.now()

    def told(self, scenario: Scenario) -> Scenario:
        """The scenario as it is played here."""
        given = tuple(one.rule for one in self._rules if one.source == "added" and one.enabled)
        own = {rule.id for rule in scenario.rules}
        return replace(
            scenario,
            seed=self.settings.seed,
            profile=self.settings.profile,
            clock=replace(scenario.clock, start=self._now),
            rules=(*(rule for rule in given if rule.id not in own), *scenario.rules),
            integrations=tuple(map(_observer, self._integrations)),
        )

    async def put_back(self, emulator: Emulator, *, faultless: bool) -> None:
        """Nothing has happened, and all is as it was; but for the rules, if it is to be `faultless`."""
        profile = "off" if faultless else self.settings.profile
        await emulator.begin_anew(replace(self.settings, profile=profile))
        await emulator.advance(self._now - emulator.now())
        for one in self._integrations:
            await emulator.create_integration(
                name=one.name,
                managed=one.managed,
                integration_type=one.integration_type,
                observes=one.observes,
                configuration=one.configuration,
                description=one.description,
                enabled=one.enabled,
                scope=one.scope,
            )
        if faultless:
            return
        kept = {one.id for one in self._rules}
        for rule in emulator.rules():
            if rule.id not in kept:
                await emulator.remove_rule(rule.id)
        for kept_rule in self._rules:
            if kept_rule.source == "added":
                await emulator.add_rule(kept_rule.rule.describe())
            if not kept_rule.enabled:
                await emulator.switch_rule(kept_rule.id, on=False)


def _observer(one: Integration) -> Observer:
    return Observer(name=one.key, integration_type=one.integration_type, observes=one.observes, enabled=one.enabled)
