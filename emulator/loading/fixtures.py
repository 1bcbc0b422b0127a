"""Fixtures from YAML text: parsed, checked against the form of their resource, compiled."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from emulator.core.fixture import Fixture, Form
from emulator.core.template import PLACEHOLDER, Template
from emulator.domain.errors import InvalidInput, nearest
from emulator.loading.document import Document

_Path = tuple[str | int, ...]
_SECTIONS = ("document", "item", "custom")
_AS_WRITTEN: Mapping[str, str] = MappingProxyType({})


def parse_fixture(
    text: str,
    source: str,
    form: Form,
    *,
    renamed: Mapping[str, str] = _AS_WRITTEN,
    over: Mapping[str, Any] = _AS_WRITTEN,
) -> Fixture:
    """One fixture file of this form; `source` is its name for errors.

    What it says is laid over `over`, the content of another, key by key: a mapping over a mapping, anything else in its
    place. Fields that `renamed` names are called otherwise. Raises InvalidInput that says file, line, key and the
    nearest right word.
    """
    document = Document.parse(text, source)
    try:
        _check_keys(document.value, form)
        return _fixture(_laid(document.value, over), form, renamed)
    except InvalidInput as error:
        raise document.located(error) from None


def _check_keys(content: Any, form: Form) -> None:
    if not isinstance(content, dict) or not content:
        raise InvalidInput("a fixture is a mapping with the keys resource and document")
    resource = content.get("resource")
    if resource != form.name:
        raise InvalidInput(f"write resource: {form.name}, as the file is called", path=("resource",))
    for key in content:
        if key != "resource" and key not in _SECTIONS:
            raise InvalidInput(f"unknown key '{key}'{nearest(str(key), ('resource', *_SECTIONS))}", path=(key,))
    if form.item_places is None and "item" in content:
        raise InvalidInput(f"a {resource} has no items", path=("item",))
    for section in _SECTIONS:
        if section in content and not isinstance(content[section], dict):
            raise InvalidInput("this is a mapping of the resource's fields", path=(section,))


def _laid(content: Any, over: Any) -> Any:
    if not isinstance(content, dict) or not isinstance(over, Mapping):
        return content
    return {**over, **{key: _laid(value, over.get(key)) for key, value in content.items()}}


def _fixture(content: Mapping[str, Any], form: Form, renamed: Mapping[str, str]) -> Fixture:
    if "document" not in content:
        raise InvalidInput(f"the key 'document' is missing; it says what the {form.name} looks like")
    if form.item_places is not None and "item" not in content:
        raise InvalidInput(f"the key 'item' is missing; it says what a line of the {form.name} looks like")
    compiled = {
        section: _compile(content[section], renamed, form.placeholders(section), section)
        for section in _SECTIONS
        if section in content
    }
    _check_fixed(content, form)
    return Fixture(
        resource=form.name,
        document=compiled["document"],
        item=compiled.get("item"),
        custom=compiled.get("custom"),
    )


def _compile(section: Mapping[str, Any], renamed: Mapping[str, str], known: frozenset[str], name: str) -> Template:
    for path, text in _texts(section, (name,)):
        for placeholder in PLACEHOLDER.findall(text):
            if placeholder not in known:
                hint = nearest(placeholder, known)
                raise InvalidInput(f"nothing fills '{{{{{placeholder}}}}}' here{hint}", path=path)
        if "{{" in PLACEHOLDER.sub("", text):
            raise InvalidInput(f"'{text}' has a placeholder that never ends; write {{{{name}}}}", path=path)
    return Template.compile({renamed.get(field, field): value for field, value in section.items()})


def _check_fixed(content: Mapping[str, Any], form: Form) -> None:
    """What the shop itself reads back, keeps true or finds a resource by has to be where it looks for it."""
    for section, fixed in (("document", form.fixed), ("item", form.item_fixed or {})):
        for place, text in fixed.items():
            path: _Path = (section, *place.split("."))
            found: Any = content
            for step in path:
                found = found.get(step) if isinstance(found, dict) else None
            if found != text:
                written = text if path[-1] == "type" else f'"{text}"'
                raise InvalidInput(f"write {path[-1]}: {written}; the shop depends on it", path=path)


def _texts(node: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))
