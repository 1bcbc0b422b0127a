"""Commands of scenarios: what names no program is refused where it stands."""

import pytest

from emulator.domain.errors import InvalidInput
from emulator.loading.scenarios import parse_scenario

STEPS = "steps: [{trigger: order.paid}]\n"


@pytest.mark.parametrize("key", ["command", "reset", "idle"])
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "expected a command, found an empty text"),
        ("  ", "expected a command, found an empty text"),
        ("''", "expected a command, found an empty text"),
        ("serve 'it", "'serve 'it' is not a command: no closing quotation"),
    ],
)
def test_a_receiver_s_command_that_is_none_is_refused(key: str, command: str, words: str) -> None:
    text = f'{STEPS}receiver:\n  {key}: "{command}"\n'
    with pytest.raises(InvalidInput) as refused:
        parse_scenario(text, "s.yaml", {})
    assert str(refused.value) == f"s.yaml:3:3: receiver.{key}: {words}"


def test_a_probe_s_command_that_is_none_is_refused() -> None:
    text = f"{STEPS}expect:\n  - exactly: {{probe: {{command: ''}}, equals: 1}}\n"
    with pytest.raises(InvalidInput, match=r"s\.yaml:3:.*command: expected a command, found an empty text"):
        parse_scenario(text, "s.yaml", {})


def test_what_a_shell_would_split_is_kept_as_it_stands() -> None:
    text = f"{STEPS}receiver: {{command: \"python 'my shop.py' {{port}}\"}}\n"
    assert parse_scenario(text, "s.yaml", {}).receiver.command == "python 'my shop.py' {port}"
