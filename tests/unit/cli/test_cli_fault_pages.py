"""docs/faults/ says what the faults say of themselves, and every word of it is theirs."""

from pathlib import Path
from typing import Any

import pytest

from emulator.cli.fault_pages import SCHEMA, page, pages
from emulator.cli.scenario import schema_text
from emulator.core.faults import FAULTS
from emulator.core.fields import Fields
from emulator.core.rule import Rule
from emulator.core.span import Span
from emulator.domain.errors import UnknownWord
from emulator.domain.integration import IntegrationType
from emulator.loading.scenario_schema import scenario_schema

FOLDER = Path(__file__).parents[3] / "docs" / "faults"


def test_the_pages_are_what_the_code_says() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert written == pages(), "write them anew: make docs"


def test_the_published_schema_is_what_the_code_says() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(scenario_schema()), "write it anew: make docs"


def _manual(kind: str) -> Any:
    return getattr(FAULTS[kind], "manual")  # noqa: B009  a port has none


@pytest.mark.parametrize("kind", FAULTS)
def test_an_example_is_a_rule_of_the_fault(kind: str) -> None:
    assert Rule.parse(dict(_manual(kind).example)).fault.kind == kind


@pytest.mark.parametrize("kind", FAULTS)
def test_every_field_that_a_fault_reads_is_on_its_page(kind: str) -> None:
    """In every mode: what it asks for is described, and what is described it asks for."""
    manual = _manual(kind)
    short = getattr(FAULTS[kind], "short", "mode")
    asked: set[str] = set()
    variants = [{short: mode, **manual.needs.get(mode, {})} for mode in manual.modes] or [manual.example[kind] or {}]
    if kind == "delay":
        variants = [
            {"distribution": "fixed", "value": "1s"},
            {"distribution": "uniform", "lower": "1s", "upper": "2s"},
            {"distribution": "normal", "mean": "1s", "stddev": "1s"},
            {"distribution": "lognormal", "median": "1s"},
        ]
    for variant in variants:
        fields = Fields(variant)
        FAULTS[kind].parse(fields)
        if kind == "outage":
            Span.take(fields)
        asked |= set(fields.asked)
    assert asked == set(manual.fields)


@pytest.mark.parametrize("kind", ["payload", "secret", "corrupt", "connection"])
def test_a_mode_is_on_the_page_as_it_is(kind: str) -> None:
    text = page(kind)
    for mode in _manual(kind).modes:
        rule = Rule.parse({"id": "x", kind: {FAULTS[kind].short: mode, **_manual(kind).needs.get(mode, {})}})  # type: ignore[attr-defined]
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{mode}` | ")]
        assert rule.legality.value in line
        assert ("`stomp`" in line) is rule.suits(IntegrationType.STOMP)
        assert ("`aws_sqs`" in line) is rule.suits(IntegrationType.AWS_SQS)


def test_a_word_that_stands_for_nothing_has_no_page() -> None:
    with pytest.raises(UnknownWord, match="unknown fault 'dely'; did you mean 'delay'"):
        page("dely")
