"""A run to be shrunk, and receivers that are worked out from its plan: no emulator and no network."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from emulator.core.fixture import Fixtures
from emulator.core.scenario import Scenario
from emulator.core.schedule import PlannedSend, Schedule
from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.harness.scenario_run import Played
from emulator.harness.shrinking.commands import Commands, Retelling, commands_of
from emulator.harness.shrinking.frequency import Frequency
from emulator.harness.shrinking.shrink import Shrunk, shrink
from emulator.harness.trials import Trial
from emulator.loading.case_file import CaseFile
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

TWO_ORDERS = """\
name: two-orders
stagger: 200ms
integrations: [{name: shop, url: "http://127.0.0.1:1/", observes: ["order.*", "customer.*"], secret_key: mine}]
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.created}
  - {trigger: customer.created, as: c1}
  - {trigger: order.paid, of: o1}
  - {trigger: order.paid, of: "order:2"}
  - {trigger: order.fulfilled, of: o1, override: {data.shipping: by-hand}}
  - {trigger: customer.updated, of: c1}
  - {trigger: order.refunded, of: o1}
  - {trigger: customer.deleted, of: c1}
chaos:
  - {id: late, probability: 0.4, delay: {distribution: uniform, lower: 1s, upper: 20s}}
  - {id: mixed-up, probability: 0.5, reorder: {mode: shuffle, window: 4}}
  - {id: together, probability: 0.4, overlap: {count: 2, scope: same_resource}}
  - {id: twice, probability: 0.4, duplicate: {copies: 2, spacing: 2s}}
  - {id: unheard, probability: 0.4, ack_loss: {times: 2}}
  - {id: new-field, probability: 0.5, payload: {mode: unknown_field}}
expect:
  - eventually: {event: "*"}
  - converges: {probe: "http://127.0.0.1:1/state"}
"""
Mistake = Callable[[Schedule], Any]
"""What a receiver believes in the end, when it gets what a plan sends."""


@dataclass(slots=True)
class Simulated:
    """Judges receivers that make this mistake: their state has to be the same with faults and without. `falters` says
    of each run whether it fails by chance as well as by mistake."""

    planned: Callable[[Scenario], Schedule]
    mistake: Mistake
    falters: Callable[[int], bool] = lambda _run: True
    played: list[Scenario] = field(default_factory=list)

    def run(self, scenario: Scenario, *, plan: Schedule | None = None) -> Trial:
        self.played.append(scenario)
        calm = self.planned(replace(scenario, rules=(), profile="off"))
        tried = plan or self.planned(scenario)
        wrong = self.mistake(tried) != self.mistake(calm) and self.falters(len(self.played))
        return tried_with(scenario, lambda place: place == len(scenario.expect) - 1 and wrong)


def tried_with(scenario: Scenario, fails: Callable[[int], bool]) -> Trial:
    """A run in which the expectations at these places fail."""
    return Trial(
        scenario=scenario,
        schedule=None,
        played=Played(scenario=scenario, settled=True, events=0, deliveries=(), attempts=()),
        baseline=None,
        judgement=judged(scenario, fails),
    )


def judged(scenario: Scenario, fails: Callable[[int], bool]) -> Judgement:
    """With a finding for each expectation."""
    findings = [
        Finding(
            expectation=json.dumps(one.written),
            place=f"expect[{place}]",
            verdict=Verdict.FAIL if fails(place) else Verdict.PASS,
            sentence="it is so" if not fails(place) else "it is not what it is without faults",
        )
        for place, one in enumerate(scenario.expect)
    ]
    return Judgement.of(findings, settled=True)


def last_write_wins(plan: Schedule) -> dict[str, str]:
    """What came last of each resource."""
    return {plan.event(send.event).resource: send.event for send in plan.sends}


def counts_twice(plan: Schedule) -> dict[str, int]:
    """How often each payment was heard of."""
    heard = [send.event for send in plan.sends if plan.event(send.event).key == "order.paid"]
    return {event: heard.count(event) for event in heard}


def races(plan: Schedule) -> set[tuple[str, ...]]:
    """Payments and updates that came at the same moment."""
    groups: dict[str, list[str]] = {}
    for send in plan.sends:
        if send.together is not None and plan.event(send.event).key in ("order.paid", "order.updated"):
            groups.setdefault(send.together, []).append(send.event)
    return {tuple(sorted(group)) for group in groups.values() if len(group) > 1}


def chokes(plan: Schedule) -> set[str]:
    """Deliveries of which every attempt has a field that nobody knows."""
    sends: dict[str, list[PlannedSend]] = {}
    for send in plan.sends:
        if send.copy == 0:
            sends.setdefault(send.event, []).append(send)
    return {event for event, all in sends.items() if _odd(all)}


def _odd(sends: Sequence[PlannedSend]) -> bool:
    return all(any(each.fault == "payload" for each in send.treatments) for send in sends)


@dataclass(frozen=True, slots=True)
class World:
    """What the tests are about: the story, and what happens in it."""

    story: str = TWO_ORDERS
    fixtures: Fixtures = field(default_factory=load_fixtures)

    def scenario(self, text: str = TWO_ORDERS, *, seed: int = 1) -> Scenario:
        return replace(parse_scenario(text, "story.yaml", {}), seed=seed)

    def planned(self, scenario: Scenario) -> Schedule:
        return Rehearsal(scenario, self.fixtures).schedule()

    def told(self, scenario: Scenario) -> tuple[Commands, Retelling]:
        """What it does, command by command."""
        plan = self.planned(scenario)
        retelling = Retelling(scenario.seed, self.fixtures, plan.start)
        commands = commands_of(scenario, plan, retelling, self.fixtures)
        assert commands is not None
        assert set(commands.refs) == {event.identity for event in plan.events}
        return commands, retelling

    def receiver(self, mistake: str, **how: Any) -> Simulated:
        return Simulated(planned=self.planned, mistake=_MISTAKES[mistake], **how)

    def case(self, runner: Simulated, *, text: str = TWO_ORDERS, seed: int = 1) -> tuple[CaseFile, Scenario]:
        """A run of this story that has failed."""
        scenario = self.scenario(text, seed=seed)
        trial = runner.run(scenario)
        assert trial.judgement.verdict is Verdict.FAIL, f"seed {seed} shows no mistake"
        plan = self.planned(scenario)
        return CaseFile.of(scenario, plan, trial.judgement, text=text, file_name="story.yaml"), scenario

    def tried_with(self, scenario: Scenario, fails: Callable[[int], bool]) -> Trial:
        return tried_with(scenario, fails)

    def shrunk(self, runner: Simulated, *, text: str = TWO_ORDERS, seed: int = 1, **how: Any) -> Shrunk:
        """The case made smaller, with its receiver."""
        case, scenario = self.case(runner, text=text, seed=seed)
        often = how.pop("frequency", Frequency(failed=1, runs=1))
        found = shrink(runner, case, scenario, self.fixtures, often, environment={}, **how)  # type: ignore[arg-type]
        assert found is not None
        return found


_MISTAKES: Mapping[str, Mistake] = {
    "last_write_wins": last_write_wins,
    "counts_twice": counts_twice,
    "races": races,
    "chokes": chokes,
}


@pytest.fixture(scope="session")
def world() -> World:
    return World()
