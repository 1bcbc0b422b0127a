"""Document: a YAML text that remembers on which line every key stands."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from emulator.domain.errors import InvalidInput, render_path

Path = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SHORT = 10_000
_DEEPEST = 200
_TOO_DEEP = "{name}: this is nested too deeply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`value` is what the text says; `lines` and `columns` give the place (from 1) of every key and item by its
    path."""

    name: str
    value: Any
    lines: dict[Path, int]
    columns: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, name: str) -> "Document":
        """Raises InvalidInput for what is not YAML, has two documents, or a key twice in one mapping."""
        lines: dict[Path, int] = {(): 1}
        columns: dict[Path, int] = {(): 1}
        try:
            if len(text) > _SHORT and _is_too_deep(text):
                raise RecursionError
            node, value = _read(text)
            if node is not None:
                _note(node, (), lines, columns, name, set())
        except yaml.MarkedYAMLError as error:
            if "nesting depth" in str(error.problem):  # the limit of PyYAML 6.0.4's own
                raise InvalidInput(_TOO_DEEP.format(name=name)) from None
            mark = error.problem_mark or error.context_mark
            where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
            hint = "" if mark is None else _hint(text, mark, str(error.problem))
            raise InvalidInput(f"{where}: this is not YAML: {error.problem or error.context}{hint}") from None
        except (yaml.YAMLError, ValueError) as error:
            raise InvalidInput(f"{name}: this is not YAML: {' '.join(str(error).split())}") from None
        except RecursionError:
            raise InvalidInput(_TOO_DEEP.format(name=name)) from None
        return cls(name=name, value={} if value is None else value, lines=lines, columns=columns)

    def located(self, error: InvalidInput) -> InvalidInput:
        """The same error with the file and the line in front: `rules.yaml:7: chaos[0].delay: …`."""
        return InvalidInput(f"{self.name}:{self.lines[self._nearest(error.path)]}: {_keyed(error)}")

    def placed(self, error: InvalidInput) -> InvalidInput:
        """The same with the column too: `late.yaml:7:5: chaos[0].delay: …`."""
        return InvalidInput(f"{self.place_of(error.path)}: {error}")

    def place_of(self, path: Path) -> str:
        """`late.yaml:7:5: chaos[0].delay`; of what it lies in where that itself is not written."""
        there = self._nearest(path)
        where = f"{self.name}:{self.lines[there]}:{self.columns[there]}"
        return f"{where}: {render_path(path)}" if path else where

    def _nearest(self, path: Path) -> Path:
        """This place, or that of what it lies in."""
        while path not in self.lines:
            path = path[:-1]
        return path


def _hint(text: str, mark: yaml.Mark, problem: str) -> str:
    """What is wrong as a rule where the reader says this."""
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return "; YAML is indented by spaces, and here is a tab"
    if "expected" in problem:
        return "; is it indented as what stands beside it, and is what was opened before it closed?"
    return ""


def _keyed(error: InvalidInput) -> str:
    return f"{render_path(error.path)}: {error}" if error.path else str(error)


def _read(text: str) -> tuple[yaml.Node | None, Any]:
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _is_too_deep(text: str) -> bool:
    """The fast loader takes the process with it when what it reads is nested tens of thousands deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return True
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return False


def _note(
    node: yaml.Node, path: Path, lines: dict[Path, int], columns: dict[Path, int], name: str, seen: set[int]
) -> None:
    """What an alias repeats is noted where it stands first: repeated, a few lines could fill the memory."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidInput(f"{name}:{key.start_mark.line + 1}: a key is a word")
            inner = (*path, str(key.value))
            line = key.start_mark.line + 1
            if inner in lines:
                raise InvalidInput(
                    f"{name}:{line}: '{key.value}' stands here twice; the first is on line {lines[inner]}"
                )
            lines[inner] = line
            columns[inner] = key.start_mark.column + 1
            _note(value, inner, lines, columns, name, seen)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            lines[(*path, place)] = value.start_mark.line + 1
            columns[(*path, place)] = value.start_mark.column + 1
            _note(value, (*path, place), lines, columns, name, seen)
