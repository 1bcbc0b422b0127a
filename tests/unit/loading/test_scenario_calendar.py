"""Scenarios that lead out of the calendar, and those that only seem to."""

import pytest

from emulator.domain.errors import InvalidInput
from emulator.loading.scenarios import parse_scenario


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        (["settle", "{sleep: 3650d}"], "steps[1]"),
        (["repeat: {count: 1000, steps: [{sleep: 3650d}]}"], "steps[0]"),
        (["{trigger: order.paid, at: 3650d}"], "steps[0]"),
        (["{trigger: order.paid, after: 3650d}"], "steps[0]"),
        (["{trigger: order.paid, rate: 1/3650d, count: 3}"], "steps[0]"),
        (["{traffic: {rate: 1/s, for: 3650d}}"], "steps[0]"),
        (["mix: {count: 1000, of: [{sleep: 3650d}, {sleep: 3649d}]}"], "steps[0]"),
        (["{phase: p, steps: [{trigger: order.paid}, {trigger: order.paid, after: 3650d}]}"], "steps[0]"),
        (["repeat: {count: 1000000, steps: [repeat: {count: 100000, steps: [trigger: order.paid]}]}"], "steps[0]"),
    ],
)
def test_a_scenario_ends_before_the_calendar_does(steps: list[str], place: str) -> None:
    text = "clock: {start: '9997-12-31T23:59:59Z'}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)
    with pytest.raises(InvalidInput) as caught:
        parse_scenario(text, "x.yaml", {})
    assert f"{place}: it leads beyond the year 9997, where our calendar ends" in str(caught.value)


def test_time_that_no_step_takes_is_not_counted() -> None:
    steps = (
        "[{trigger: order.paid}, {sleep: 500ms}, {repeat: {count: 9, steps: [settle]}}, {trigger: order.paid, at: 1s}]"
    )
    text = f"stagger: 3650d\nclock: {{start: '9997-12-31T23:59:59Z'}}\nsteps: {steps}"
    assert parse_scenario(text, "x.yaml", {}).steps
