"""Document: a YAML text that remembers on which line every key stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from emulator.domain.errors import InvalidInput, render_path

Path = tuple[str | int, ...]

_FAST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SHORT = 10_000
_DEEPEST = 200
_TOO_DEEP = "{name}: this is nested too deeply"
_MERGE = "tag:yaml.org,2002:merge"
_MOMENT = "tag:yaml.org,2002:timestamp"
_AS_TEXT = ("tag:yaml.org,2002:str", re.compile(r"[-+]?\d[\d_]*(:\d+)+(\.\d*)?$"))
# A day, an instant or a time is a text with quotes and without: what is read here is JSON elsewhere, which has none,
# and 12:30 is not 750.
_RESOLVERS = {
    first: [_AS_TEXT, *((tag, pattern) for tag, pattern in known if tag != _MOMENT)]
    for first, known in _FAST.yaml_implicit_resolvers.items()
}
_LOADER = type("_Loader", (_FAST,), {"yaml_implicit_resolvers": _RESOLVERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`value` is what the text says, which never contains itself; `lines` and `columns` give the place (from 1) of
    every key and item by its path."""

    name: str
    value: Any
    lines: dict[Path, int]
    columns: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, name: str) -> "Document":
        """Raises InvalidInput for what is not YAML, has two documents, contains itself, or has a key twice in one
        mapping; a key beside `<<` stands instead of the one that is merged."""
        places = _Places(name)
        try:
            if len(text) > _SHORT and _is_too_deep(text):
                raise RecursionError
            value = _read(text, places)
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
        return cls(name=name, value={} if value is None else value, lines=places.lines, columns=places.columns)

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


def _read(text: str, places: "_Places") -> Any:
    """What is merged is known to the nodes only until they are made values of."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        places.note(node, ())
        return loader.construct_document(node)
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


class _Places:
    """Where keys and items stand. What an alias repeats is noted where it stands first: repeated, a few lines could
    fill the memory."""

    def __init__(self, name: str) -> None:
        self.lines: dict[Path, int] = {(): 1}
        self.columns: dict[Path, int] = {(): 1}
        self._name = name
        self._seen: set[int] = set()
        self._open: set[int] = set()

    def note(self, node: yaml.Node, path: Path) -> None:
        """Raises InvalidInput for a key that stands twice, and for a node that contains itself."""
        if id(node) in self._open:
            where = f"{self._name}:{self.lines[path]}:{self.columns[path]}: {render_path(path)}"
            raise InvalidInput(f"{where}: this contains itself, without an end; write out what is meant")
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        self._open.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._note_keys(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for place, value in enumerate(node.value):
                self._put((*path, place), value.start_mark)
                self.note(value, (*path, place))
        self._open.discard(id(node))

    def _note_keys(self, node: yaml.MappingNode, path: Path) -> None:
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InvalidInput(f"{self._name}:{key.start_mark.line + 1}: a key is a word")
            inner = (*path, str(key.value))
            if inner in self.lines and key.tag != _MERGE:
                raise InvalidInput(
                    f"{self._name}:{key.start_mark.line + 1}: '{key.value}' stands here twice; the first is on line"
                    f" {self.lines[inner]}"
                )
            self._put(inner, key.start_mark)
            self.note(value, inner)
        for key in _merged(node, set()):
            if (inner := (*path, str(key.value))) not in self.lines:
                self._put(inner, key.start_mark)

    def _put(self, path: Path, mark: yaml.Mark) -> None:
        self.lines[path] = mark.line + 1
        self.columns[path] = mark.column + 1


def _merged(node: yaml.MappingNode, seen: set[int]) -> Iterator[yaml.Node]:
    """The keys that the mapping has from others, each of which is looked at once."""
    for key, value in node.value:
        if key.tag != _MERGE:
            continue
        for other in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(other, yaml.MappingNode) and id(other) not in seen:
                seen.add(id(other))
                yield from (key for key, _ in other.value if key.tag != _MERGE)
                yield from _merged(other, seen)
