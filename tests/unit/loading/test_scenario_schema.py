"""The schema of scenario files: an editor by it says the same as the loader."""

from typing import Any

import jsonschema
import pytest
import yaml

from emulator.domain.errors import InvalidInput
from emulator.loading.scenario_schema import scenario_schema
from emulator.loading.scenarios import parse_scenario

VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


def _loads(text: str) -> bool:
    try:
        parse_scenario(text, "x.yaml", {})
    except InvalidInput:
        return False
    return True


def _is_valid(text: str) -> bool:
    document: Any = yaml.safe_load(text)
    return VALIDATOR.is_valid(document)


@pytest.mark.parametrize(
    "step",
    [
        "{at: 5s, sleep: 1s}",
        "{mix: {count: 2, of: [{trigger: order.created, weight: 3}, {sleep: 1s}]}}",
        "{mix: {count: 2, of: [{repeat: {count: 2, steps: [settle]}, weight: 0.5}]}}",
        "{phase: bad, steps: [settle], chaos: [{id: a, drop: }], after: 1s}",
        "{chaos: {add: [{id: a, drop: }]}}",
    ],
)
def test_a_step_that_both_take(step: str) -> None:
    assert _loads(f"steps: [{step}]")
    assert _is_valid(f"steps: [{step}]")


@pytest.mark.parametrize(
    "step",
    [
        "{}",
        "{at: 5s}",
        "{settle: , heal: }",
        "{sleep: 1s, count: 3}",
        "{settle: , as: o1}",
        "{at: 5s, after: 5s, sleep: 1s}",
        "{chaos: [{id: a, drop: }]}",
        "{phase: bad, steps: [settle], chaos: {add: [{id: a, drop: }]}}",
        "{phase: bad}",
        "{sleep: 1s, steps: [settle]}",
        "{sleep: 1s, weight: 3}",
        "{mix: {count: 2, of: [{weight: 3}]}}",
        "{mix: {count: 2, of: [{tigger: order.created}]}}",
        "{mix: {count: 2, of: [settle]}}",
    ],
)
def test_a_step_that_both_refuse(step: str) -> None:
    assert not _loads(f"steps: [{step}]")
    assert not _is_valid(f"steps: [{step}]")


def test_the_key_by_which_editors_find_the_schema_is_taken_by_both() -> None:
    text = "$schema: scenario.schema.json\nsteps: [settle]\n"
    assert _loads(text)
    assert _is_valid(text)
    with pytest.raises(InvalidInput, match=r"^x.yaml:1:1: \$schema: expected a text, found the number 3"):
        parse_scenario("$schema: 3\nsteps: [settle]\n", "x.yaml", {})


@pytest.mark.parametrize(("url", "taken"), [("http://localhost:{port}", True), ("localhost:{port}", False)])
def test_where_a_receiver_is_has_its_scheme(url: str, taken: bool) -> None:
    text = f"receiver: {{url: '{url}'}}\nsteps: [settle]\n"
    if taken:
        assert parse_scenario(text, "x.yaml", {}).receiver.url == url
    else:
        for key in ("url", "ready"):
            place = f"x.yaml:1:12: receiver.{key}"
            with pytest.raises(InvalidInput, match=f"^{place}: 'localhost:{{port}}' is no address"):
                parse_scenario(text.replace("url", key), "x.yaml", {})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("clock: {start: }\nsteps: [settle]", "1:9: clock.start"),
        ("receiver: {command: }\nsteps: [settle]", "1:12: receiver.command"),
        ("integrations: [{name: a, url: }]\nsteps: [settle]", "1:26: integrations[0].url"),
        ("steps:\n- {trigger: order.created, burst: , count: 5}", "2:28: steps[0].burst"),
        ("steps:\n- {trigger: order.created, count: }", "2:28: steps[0].count"),
        ("steps:\n- {trigger: order.created, at: }", "2:28: steps[0].at"),
        ("steps: [settle]\nchaos:\n- {id: a, match: {event: }, drop: }", "3:19: chaos[0].match.event"),
        ("steps: [settle]\nchaos:\n- {id: a, times: , drop: }", "3:11: chaos[0].times"),
        (
            "steps: [settle]\nexpect:\n- eventually: {event: order.paid, attempts: }",
            "3:35: expect[0].eventually.attempts",
        ),
    ],
)
def test_a_key_with_nothing_behind_it_is_not_as_if_it_were_not_there(text: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_scenario(text, "x.yaml", {})
    assert str(caught.value) == f"x.yaml:{place}: nothing stands here; write a value, or leave the key out"
    assert not _is_valid(text)
