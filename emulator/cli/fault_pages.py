"""Fault pages: docs/faults/*.md, written from the faults themselves by `python -m emulator.cli.fault_pages`."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import yaml

from emulator.cli.scenario import schema_text
from emulator.core.fault_words import FaultKind, fault_kind, fault_words
from emulator.core.faults import FAULTS
from emulator.core.faults.api import Api
from emulator.core.guarded import GuardedKind
from emulator.core.manual import Manual
from emulator.core.rule import Rule
from emulator.domain.errors import UnknownWord
from emulator.domain.integration import IntegrationType
from emulator.loading.scenario_schema import scenario_schema

FOLDER = Path(__file__).parents[2] / "docs" / "faults"
SCHEMA = FOLDER.with_name("scenario.schema.json")
_INDEX = """\
# Faults

Every fault that comes with the emulator, from its own code: how legal it is, where the provider's text allows it, what
it takes, and on what it acts. `epcc-emulator chaos explain FAULT` prints the same. How rules pick whom they hit is in
[chaos.md](../chaos.md); how to add a fault is in [a how-to](../how-to/custom-faults.md).

| fault | how legal | acts on | what it does |
|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """The files by name."""
    rows = [_row(kind) for kind in FAULTS]
    return {"README.md": _INDEX + "".join(rows), **{f"{kind}.md": page(kind) for kind in FAULTS}}


def page(word: str) -> str:
    """The page of one fault, also of one that another distribution brings. Raises UnknownWord and InvalidInput."""
    found = fault_kind(word)
    if found is None:
        raise UnknownWord("fault", word, fault_words())
    return "\n".join(_parts(found)) + "\n"


def _parts(found: FaultKind) -> Iterator[str]:
    manual = _manual(found)
    yield f"# {found.kind}\n"
    yield _described(found) + "\n"
    yield f"- **How legal**: {found.legality.value}{_exceptions(found, manual)}"
    if isinstance(found, GuardedKind):
        yield f"- **From**: {found.origin}"
    elif manual is not None:
        yield f"- **Source**: {manual.source or 'none; our assumption'}"
    yield f"- **Acts on**: {_acts_on(found)}"
    if manual is None:
        return
    if manual.fields:
        short = getattr(found, "short", None)
        yield "\n| field | what it says |\n|---|---|"
        yield from (f"| `{name}` | {says}{_alone(name, short, found.kind)} |" for name, says in manual.fields.items())
    if manual.modes:
        yield f"\n| {getattr(found, 'short', 'mode')} | what happens | how legal | queues |\n|---|---|---|---|"
        yield from (_mode(found, mode, says) for mode, says in manual.modes.items())
    yield f"\n```yaml\n{yaml.safe_dump(dict(manual.example), sort_keys=False, default_flow_style=None)}```"


def _mode(found: FaultKind, mode: str, says: str) -> str:
    rule = _rule_of(found, mode)
    return f"| `{mode}` | {says} | {rule.legality.value} | {_queues(rule)} |"


def _queues(rule: Rule) -> str:
    suited = [kind.value for kind in (IntegrationType.AWS_SQS, IntegrationType.STOMP) if rule.suits(kind)]
    return " and ".join(f"`{kind}`" for kind in suited) or "no"


def _exceptions(found: FaultKind, manual: Manual | None) -> str:
    """Where a mode is otherwise."""
    modes = manual.modes if manual is not None else {}
    others = [(mode, _rule_of(found, mode).legality) for mode in modes]
    return "".join(f"; `{mode}` is {legality.value}" for mode, legality in others if legality is not found.legality)


def _acts_on(found: FaultKind) -> str:
    if found is Api:
        return "calls of the provider's API"
    fault = found.fault if isinstance(found, GuardedKind) else found
    attempts = "every attempt" if fault.every_attempt else "first attempts, unless the rule's match names one"
    if not hasattr(fault, "stage"):
        return f"{attempts}; on webhooks, SQS and STOMP"
    return f"{attempts}; on webhooks{_other_transports(found)}"


def _other_transports(found: FaultKind) -> str:
    manual = _manual(found)
    if manual is None:
        return ", and on queues unless it refuses them"
    rules = [_rule_of(found, mode) for mode in manual.modes]
    if any(rule.suits(IntegrationType.STOMP) for rule in rules):
        return ", and where the table says so on queues"
    return " alone"


def _rule_of(found: FaultKind, mode: str) -> Rule:
    """A rule of this mode, with what it cannot do without."""
    manual = _manual(found)
    needs = manual.needs.get(mode, {}) if manual is not None else {}
    return Rule.parse({"id": "x", found.kind: {getattr(found, "short", "mode"): mode, **needs}})


def _alone(name: str, short: str | None, kind: str) -> str:
    return f"; alone, `{kind}: …` will do" if name == short else ""


def _row(kind: str) -> str:
    found = FAULTS[kind]
    first = _described(found).partition("\n\n")[0].replace("\n", " ").partition(". ")[0].rstrip(".")
    legality = f"{found.legality.value}{_exceptions(found, _manual(found))}"
    return f"| [{kind}]({kind}.md) | {legality} | {_acts_on(found)} | {first} |\n"


def _described(found: FaultKind) -> str:
    return inspect.getdoc(found.fault if isinstance(found, GuardedKind) else found) or ""


def _manual(found: FaultKind) -> Manual | None:
    manual: Manual | None = getattr(found.fault if isinstance(found, GuardedKind) else found, "manual", None)
    return manual


def main() -> None:
    """Also the schema of scenarios, in which the faults stand."""
    SCHEMA.write_text(schema_text(scenario_schema()), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
