"""Packaged: what comes with the emulator as files of YAML, by name, with what each says it is about."""

from collections.abc import Mapping
from importlib import resources

import yaml

PROFILES = "emulator.profiles"
SCENARIOS = "emulator.scenarios"


def descriptions(package: str) -> Mapping[str, str]:
    """Name and description of each file of this package, by name."""
    found: dict[str, str] = {}
    for entry in sorted(resources.files(package).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            # The description is read from the beginning of the file; a scenario's steps may be long.
            found[entry.name[: -len(".yaml")]] = _description(entry.read_text(encoding="utf-8"))
    return found


def _description(text: str) -> str:
    first = text.partition("\n")[0] if text.startswith("description:") else text
    document = yaml.safe_load(first)
    return str(document.get("description", "")) if isinstance(document, dict) else ""
