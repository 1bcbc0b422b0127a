"""Played steps: a scenario, or steps and rules as one has them, on an emulator that is running."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.core.rule import Rule
from emulator.core.scenario import Scenario
from emulator.domain.errors import UserError
from emulator.domain.integration import IntegrationType
from emulator.harness.choices import NOWHERE
from emulator.harness.client import ControlClient
from emulator.harness.player import Player
from emulator.harness.scenario_run import Played, outcome_of, register
from emulator.loading.steps import parse_rules, parse_steps
from emulator.runtime.rehearsal import ANYBODY


def play_steps(
    client: ControlClient,
    scenario: Scenario | None,
    steps: Sequence[Any] | None,
    chaos: Sequence[Any],
    forward_to: str | None,
) -> Played:
    """Plays until nothing is left to send; `scenario` where there are no steps.

    Raises InvalidInput for what is not right or is refused, UserError where nothing says where to send,
    AssertionError when the time limit passed first.
    """
    told = _told(scenario, steps, chaos)
    observers = told.integrations or ((ANYBODY,) if forward_to is not None else ())
    for place, observer in enumerate(observers):
        missing = observer.configuration.get("url") in (None, NOWHERE)
        if observer.integration_type is IntegrationType.WEBHOOK and missing and forward_to is None:
            raise UserError(f"nothing says where {observer.name} receives; give forward_to, the receiver's URL")
        try:
            register(client, observer, forward_to)
        except UserError as error:
            raise told.refused(error, "integrations", place) from None
    if not Player(client, told).play():
        pending = client.clock()["pending"]
        raise AssertionError(f"not settled within the scenario's time limit: {pending} sends have not ended")
    return outcome_of(client, told, settled=True)


def _told(scenario: Scenario | None, steps: Sequence[Any] | None, chaos: Sequence[Any]) -> Scenario:
    rules = _rules(chaos)
    if steps is not None:
        return Scenario(name="steps", steps=parse_steps(list(steps), "steps"), rules=rules)
    if scenario is None:
        raise UserError("there is nothing to play: give steps, or name a scenario: @pytest.mark.epcc(scenario=…)")
    return replace(scenario, rules=(*scenario.rules, *rules)) if rules else scenario


def _rules(chaos: Sequence[Any]) -> tuple[Rule, ...]:
    """Those without an id are numbered."""
    numbered = [
        {"id": f"rule-{number}", **rule} if isinstance(rule, Mapping) else rule
        for number, rule in enumerate(chaos, start=1)
    ]
    return parse_rules(numbered, "chaos")
