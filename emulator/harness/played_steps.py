"""Played steps: a scenario, or steps and rules as one has them, on an emulator that is running."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.core.rule import Rule
from emulator.core.scenario import Scenario
from emulator.domain.errors import UserError
from emulator.domain.integration import IntegrationType
from emulator.harness.choices import NOWHERE
from emulator.harness.client import ControlClient
from emulator.harness.judged_play import JudgedPlay
from emulator.harness.local import LocalEmulator
from emulator.harness.scenario_run import Played, register
from emulator.loading.expectations import parse_expectations
from emulator.loading.steps import parse_rules, parse_steps
from emulator.runtime.rehearsal import ANYBODY


def play_steps(
    local: LocalEmulator,
    client: ControlClient,
    scenario: Scenario | None,
    steps: Sequence[Any] | None,
    chaos: Sequence[Any],
    forward_to: str | None,
    *,
    expect: Sequence[Any] = (),
    reset: Callable[[], object] | None = None,
) -> Played:
    """Plays until nothing is left to send; `scenario` where there are no steps. What is expected is judged, and what
    `converges` is compared with a run without faults, before which `reset` makes the receiver forget.

    Raises InvalidInput for what is not right or is refused, UserError where nothing says where to send,
    AssertionError when the time limit passed first, and for what is not as expected or cannot be told.
    """
    told = _told(scenario, steps, chaos, expect)
    observers = told.integrations or ((ANYBODY,) if forward_to is not None else ())
    for observer in observers:
        missing = observer.configuration.get("url") in (None, NOWHERE)
        if observer.integration_type is IntegrationType.WEBHOOK and missing and forward_to is None:
            raise UserError(f"nothing says where {observer.name} receives; give forward_to, the receiver's URL")
        register(client, told, observer, forward_to)
    return JudgedPlay(local, client, told, reset).play()


def _told(
    scenario: Scenario | None, steps: Sequence[Any] | None, chaos: Sequence[Any], expect: Sequence[Any]
) -> Scenario:
    rules, expected = _rules(chaos), parse_expectations(list(expect), "expect")
    if steps is not None:
        return Scenario(name="steps", steps=parse_steps(list(steps), "steps"), rules=rules, expect=expected)
    if scenario is None:
        raise UserError("there is nothing to play: give steps, or name a scenario: @pytest.mark.epcc(scenario=…)")
    return replace(scenario, rules=(*scenario.rules, *rules), expect=(*scenario.expect, *expected))


def _rules(chaos: Sequence[Any]) -> tuple[Rule, ...]:
    """Those without an id are numbered."""
    numbered = [
        {"id": f"rule-{number}", **rule} if isinstance(rule, Mapping) else rule
        for number, rule in enumerate(chaos, start=1)
    ]
    return parse_rules(numbered, "chaos")
