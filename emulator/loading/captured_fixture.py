"""Captured fixtures: what a store's own resources have beside or instead of the shipped ones', as a fixture to edit."""

from collections.abc import Mapping
from typing import Any

import yaml

from emulator.core.fixture import Form
from emulator.core.template import PLACEHOLDER
from emulator.loading.document import Document
from emulator.loading.fixture_folder import shipped_text
from emulator.loading.fixtures import parse_fixture

_HEAD = """\
# Your store's {resource}, as a message showed it: what differs from the fixture that comes with the emulator, and is
# laid over it. What the shop fills itself (ids, people, prices, times) is left to it. The rest is yours to change.
"""
_THE_STORES = frozenset({"relationships", "links"})
"""Parts that lead to other resources of that store, which no other resource may point at."""


def captured_fixture(
    resource: str, form: Form, document: Mapping[str, Any], item: Mapping[str, Any] | None = None
) -> str | None:
    """The text of a fixture file for this resource; None where nothing about the document differs.

    Raises InvalidInput where the document does not go with the form, with what is wrong.
    """
    shipped = Document.parse(shipped_text(form.name), form.name).value
    content: dict[str, Any] = {}
    for section, captured in (("document", document), ("item", item)):
        if isinstance(captured, Mapping) and section in shipped:
            differing = _differing(captured, shipped[section])
            if differing:
                content[section] = differing
    if not content:
        return None
    text = yaml.safe_dump({"resource": resource, **content}, sort_keys=False, allow_unicode=True, width=110)
    parse_fixture(text, f"{resource}.yaml", form.named(resource), over=shipped)
    return _HEAD.format(resource=resource) + text


def _differing(captured: Mapping[str, Any], shipped: Any) -> dict[str, Any]:
    known = shipped if isinstance(shipped, Mapping) else {}
    found: dict[str, Any] = {}
    for field, value in captured.items():
        name = str(field)
        if name in known:
            if isinstance(value, Mapping) and isinstance(known[name], Mapping):
                inner = _differing(value, known[name])
                if inner:
                    found[name] = inner
            elif not _is_filled(known[name]) and value != known[name] and _is_plain(value):
                found[name] = value
        elif name not in _THE_STORES and not _names_another(name) and _is_plain(value):
            found[name] = value
    return found


def _is_filled(template: Any) -> bool:
    """Whether the shop fills this, or something in it."""
    if isinstance(template, str):
        return PLACEHOLDER.search(template) is not None
    if isinstance(template, Mapping):
        return any(_is_filled(value) for value in template.values())
    return isinstance(template, list) and any(_is_filled(value) for value in template)


def _is_plain(value: Any) -> bool:
    """Whether it can stand in a fixture as it is, where two braces would ask for something to be filled."""
    if isinstance(value, Mapping):
        return all(_is_plain(inner) for inner in value.values())
    if isinstance(value, list):
        return all(_is_plain(inner) for inner in value)
    return not (isinstance(value, str) and "{{" in value)


def _names_another(name: str) -> bool:
    return name == "id" or name.endswith(("_id", "_ids", "_at"))
