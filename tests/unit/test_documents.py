"""`docs/chaos.md` and `docs/fidelity.md` against the code: the faults, profiles, examples, files and keys they name."""

import re
from pathlib import Path

import pytest
import yaml

from emulator.core.fault import Legality
from emulator.core.faults import FAULTS
from emulator.core.match import Match
from emulator.core.retry import DOCUMENTED_WAITS
from emulator.core.rule import Rule
from emulator.domain.moment import parse_duration
from emulator.loading.profiles import load_profile, profile_names
from emulator.loading.rules import parse_rules

CHECKOUT = Path(__file__).parents[2]
CHAOS = (CHECKOUT / "docs" / "chaos.md").read_text()
FIDELITY = (CHECKOUT / "docs" / "fidelity.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", CHAOS, re.DOTALL)


def part(page: str, title: str) -> str:
    """A section without the ones below it."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE)
    assert found, f"no section '{title}'"
    return found[1]


@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_is_described_as_it_is(kind: str) -> None:
    text = part(CHAOS, kind)
    legality = re.match(r"\s*(\w+)", text)
    assert legality
    assert Legality(legality[1].lower()) is FAULTS[kind].legality
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert example
    assert Rule.parse(yaml.safe_load(example[1])).fault.kind == kind


def test_the_page_describes_no_fault_that_is_not_there() -> None:
    titles = re.findall(r"^### (\w+)$", CHAOS, re.MULTILINE)
    assert sorted(titles) == sorted(FAULTS)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_a_rule_or_a_file_is_valid(text: str) -> None:
    if "chaos:" in text:
        assert parse_rules(text, "example.yaml").rules
    else:
        assert Rule.parse(yaml.safe_load(text)).id


def test_every_condition_of_a_match_is_on_the_page() -> None:
    rules = part(CHAOS, "Rules").partition("| distribution")[0]
    keys = re.findall(r"^\| `(\w+)` \|", rules, re.MULTILINE)
    assert keys == list(Match.__slots__)


def test_every_profile_is_on_the_page() -> None:
    named = re.findall(r"^\| `(\w+)` \|", part(CHAOS, "Profiles"), re.MULTILINE)
    assert sorted(named) == sorted(profile_names())


def test_the_documented_profile_stays_within_what_is_documented() -> None:
    for rule in load_profile("documented").rules:
        assert rule.fault.legality is Legality.DOCUMENTED


def test_the_waits_on_the_page_are_those_of_the_code() -> None:
    sentence = re.search(r"comes after ([^;]*?), each", part(CHAOS, "Retries"), re.DOTALL)
    assert sentence
    waits = re.findall(r"(\d+) (s|min)", sentence[1])
    assert tuple(parse_duration(f"{number}{unit[0]}") for number, unit in waits) == DOCUMENTED_WAITS


def test_every_file_that_the_fidelity_table_names_is_there() -> None:
    named = {
        name
        for line in FIDELITY.splitlines()
        if line.startswith("|")
        for name in re.findall(r"`([\w/*]+(?:\.py|\.yaml|/))`", line.rpartition(" | ")[2])
    }
    missing = {name for name in named if not (any(CHECKOUT.glob(f"emulator/{name}")) or any(CHECKOUT.glob(name)))}
    assert len(named) > 20
    assert missing == set()


def test_every_row_of_the_fidelity_table_has_a_known_source() -> None:
    known = ("seed", "receivers", "OpenAPI", "guide", "older docs", "clients", "our assumption")
    rows = [line.strip("|").split(" | ") for line in FIDELITY.splitlines() if line.count(" | ") == 3]
    sources = [row[2].strip() for row in rows if row[0].strip() != "area"]
    assert len(sources) > 30
    assert [source for source in sources if not source.startswith(known)] == []
