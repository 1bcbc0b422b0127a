"""Fixtures from YAML text: parsed, checked against the vocabulary, compiled."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml

from emulator.core.fixture import VOCABULARY, Fixture, Fixtures
from emulator.core.template import PLACEHOLDER, Template
from emulator.domain.errors import InvalidInput, nearest, render_path

_Path = tuple[str | int, ...]
_Lines = dict[_Path, int]
_SECTIONS = ("document", "item", "custom")
_FRAME: Mapping[str, tuple[str, ...]] = {
    "document": ("id", "meta.timestamps.updated_at"),
    "item": ("id", "product_id", "quantity", "unit_price", "value", "meta.timestamps.updated_at"),
}
_FILLED_BY = {"product_id": "{{product.id}}"}


def shipped_fixtures() -> Fixtures:
    """The fixtures that come with the package, one file a resource."""
    folder = files("emulator.fixtures")
    return Fixtures(
        {
            resource: parse_fixture(folder.joinpath(f"{resource}.yaml").read_text("utf-8"), f"{resource}.yaml")
            for resource in VOCABULARY
        }
    )


def parse_fixture(text: str, source: str) -> Fixture:
    """One fixture file.

    `source` is its name for errors. Raises InvalidInput that says file, line, key and the nearest right word.
    """
    content, lines = _read(text, source)
    if not isinstance(content, dict):
        raise InvalidInput(f"{source}, line 1: a fixture is a mapping with the keys resource and document")
    resource = content.get("resource")
    if not isinstance(resource, str) or resource not in VOCABULARY:
        hint = nearest(str(resource), VOCABULARY)
        raise _fault(source, lines, ("resource",), f"there are no fixtures for '{resource}'{hint}")
    for key in content:
        if key != "resource" and key not in _SECTIONS:
            raise _fault(source, lines, (key,), f"unknown key '{key}'{nearest(str(key), ('resource', *_SECTIONS))}")
    vocabulary = VOCABULARY[resource]
    if "document" not in content:
        raise InvalidInput(f"{source}, line 1: the key 'document' is missing; it says what the {resource} looks like")
    if "item" in vocabulary and "item" not in content:
        raise InvalidInput(
            f"{source}, line 1: the key 'item' is missing; it says what a line of the {resource} looks like"
        )
    if "item" in content and "item" not in vocabulary:
        raise _fault(source, lines, ("item",), f"a {resource} has no items")
    compiled = {
        section: _compile(content[section], vocabulary.get(section, vocabulary["document"]), section, source, lines)
        for section in _SECTIONS
        if section in content
    }
    _check_frame(content, resource, source, lines)
    return Fixture(
        resource=resource,
        document=compiled["document"],
        item=compiled.get("item"),
        custom=compiled.get("custom"),
    )


def _compile(section: Any, known: frozenset[str], name: str, source: str, lines: _Lines) -> Template:
    if not isinstance(section, dict):
        raise _fault(source, lines, (name,), "this is a mapping of the resource's fields")
    for path, text in _texts(section, (name,)):
        for placeholder in PLACEHOLDER.findall(text):
            if placeholder not in known:
                raise _fault(
                    source, lines, path, f"nothing fills '{{{{{placeholder}}}}}' here{nearest(placeholder, known)}"
                )
        if "{{" in PLACEHOLDER.sub("", text):
            raise _fault(source, lines, path, f"'{text}' has a placeholder that never ends; write {{{{name}}}}")
    return Template.compile(section)


def _check_frame(content: Mapping[str, Any], resource: str, source: str, lines: _Lines) -> None:
    """What the shop itself reads back, keeps true or finds a resource by has to be where it looks for it."""
    expected: dict[_Path, str] = {("document", "type"): resource}
    for section in ("document", "item"):
        for field in _FRAME[section] if section in content else ():
            path: _Path = (section, *field.split("."))
            expected[path] = _FILLED_BY.get(field, f"{{{{{field.rpartition('.')[2]}}}}}")
    for path, text in expected.items():
        found: Any = content
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if found != text:
            written = text if path[-1] == "type" else f'"{text}"'
            raise _fault(source, lines, path, f"write {path[-1]}: {written}; the shop depends on it")


def _texts(node: Any, path: _Path) -> Iterator[tuple[_Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))


def _read(text: str, source: str) -> tuple[Any, _Lines]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        lines: _Lines = {}
        if node is not None:
            _note_lines(node, (), lines, source)
        return (None if node is None else loader.construct_document(node)), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise InvalidInput(f"{source}, line {line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise InvalidInput(f"{source}: this is not YAML: {error}") from None
    finally:
        loader.dispose()


def _note_lines(node: yaml.Node, path: _Path, lines: _Lines, source: str) -> None:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidInput(f"{source}, line {key.start_mark.line + 1}: a key is a word")
            where = (*path, key.value)
            if where in lines:
                raise InvalidInput(
                    f"{source}, line {key.start_mark.line + 1}: the key '{render_path(where)}' is here twice"
                )
            _note_lines(value, where, lines, source)
            lines[where] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*path, index), lines, source)


def _fault(source: str, lines: _Lines, path: _Path, sentence: str) -> InvalidInput:
    known = path
    while known and known not in lines:
        known = known[:-1]
    return InvalidInput(f"{source}, line {lines.get(known, 1)}, {render_path(path)}: {sentence}")
