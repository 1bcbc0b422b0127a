"""`docs/expectations.md` against the code: its examples can be played, and it names all there is."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from emulator.cli.verdict import EXIT_CODES
from emulator.core.probe_target import Output
from emulator.harness.reports import REPORTS
from emulator.loading.expectations import EXPECTATIONS
from emulator.loading.probe_targets import TARGETS
from emulator.loading.scenario_schema import scenario_schema
from emulator.loading.scenarios import parse_scenario

PAGE = (Path(__file__).parents[3] / "docs" / "expectations.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_scenarios(example: str) -> None:
    assert parse_scenario(example, "page.yaml", {"RECEIVER_URL": "http://localhost:8000"}).expect
    jsonschema.validate(yaml.safe_load(example), scenario_schema())


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3


def test_the_page_names_all_there_is() -> None:
    table = re.search(r"\| word \|.*?\n\n", PAGE, re.DOTALL)
    assert table
    assert re.findall(r"^\| `(\w+)` \|", table[0], re.MULTILINE) == list(EXPECTATIONS)
    for target in TARGETS:
        assert f"{{{target}: " in PAGE
    for word in (*Output, *REPORTS):
        assert re.search(rf"\b{word}\b", PAGE), word
    for verdict, code in EXIT_CODES.items():
        assert f"\n| {code} | " in PAGE, verdict
