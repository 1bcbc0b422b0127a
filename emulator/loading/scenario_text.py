"""Scenario text: a scenario of plain values as YAML that people like to read: a line for each step and rule."""

from collections.abc import Mapping
from typing import Any

import yaml

_WIDE = 1_000_000


def scenario_yaml(document: Mapping[str, Any], comments: tuple[str, ...] = ()) -> str:
    """The file's text, with comments at its head."""
    lines = [f"# {comment}" for comment in comments]
    for key, value in document.items():
        if isinstance(value, list):
            if value:
                lines += [f"{key}:", *(f"  - {_flow(one)}" for one in value)]
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """On one line."""
    written = yaml.safe_dump(value, default_flow_style=True, width=_WIDE, sort_keys=False, allow_unicode=True)
    return written.strip().removesuffix("...").strip()
