"""Scenario text: a scenario of plain values as YAML that people like to read: a line for each step and rule."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import yaml

_WIDE = 1_000_000


def scenario_yaml(
    document: Mapping[str, Any],
    comments: Sequence[str] = (),
    remarks: Mapping[tuple[str, int], Sequence[str]] = MappingProxyType({}),
) -> str:
    """The file's text, with comments at its head; `remarks` stand before the items of lists, by key and place."""
    lines = [f"# {comment}".rstrip() for comment in comments]
    for key, value in document.items():
        if isinstance(value, list):
            if value:
                lines += [f"{key}:"]
            for place, one in enumerate(value):
                lines += [f"  # {remark}" for remark in remarks.get((key, place), ())]
                lines.append(f"  - {_flow(one)}")
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """On one line."""
    written = yaml.safe_dump(value, default_flow_style=True, width=_WIDE, sort_keys=False, allow_unicode=True)
    return written.strip().removesuffix("...").strip()
