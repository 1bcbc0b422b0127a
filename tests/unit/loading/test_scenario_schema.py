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


def test_the_key_by_which_editors_find_the_schema_is_taken_by_both() -> None:
    text = "$schema: scenario.schema.json\nsteps: [settle]\n"
    assert _loads(text)
    assert _is_valid(text)
    with pytest.raises(InvalidInput, match=r"^x.yaml:1:1: \$schema: expected a text, found the number 3"):
        parse_scenario("$schema: 3\nsteps: [settle]\n", "x.yaml", {})
