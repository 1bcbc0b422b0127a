"""References: `{{o1.id}}` in what changes a payload, filled with what the shop says of that resource now."""

import re
from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.ports import Shelves
from emulator.domain.resource import Resource

_REFERENCE = re.compile(r"\{\{\s*([A-Za-z][\w-]*)((?:\.[\w-]+)*)\s*\}\}")


def filled(value: Any, shelves: Shelves) -> Any:
    """The same value; a text that is one reference and nothing else becomes whatever that is.

    What names no resource stays as it is written. Raises InvalidInput for something that a resource does not have.
    """
    if isinstance(value, Mapping):
        return {key: filled(each, shelves) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, shelves) for each in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return _said(whole, shelves)
    return _REFERENCE.sub(lambda found: str(_said(found, shelves)), value)


def _said(found: re.Match[str], shelves: Shelves) -> Any:
    name, path = found[1], found[2].removeprefix(".")
    resource = shelves.by_key(name)
    return found[0] if resource is None else _part(resource, path)


def _part(resource: Resource, path: str) -> Any:
    part: Any = resource.document
    for step in path.split("."):
        if not isinstance(part, Mapping) or step not in part:
            what = f"has no '{path}'" if path else "says many things"
            raise InvalidInput(f"{resource.key} {what}; write for instance {{{{{resource.key}.id}}}}")
        part = part[step]
    return part
