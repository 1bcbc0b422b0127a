"""Document: a YAML text that remembers on which line every key stands."""

from dataclasses import dataclass
from typing import Any

import yaml

from emulator.domain.errors import InvalidInput, render_path

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`value` is what the text says; `lines` gives the line (from 1) of every key and item by its path."""

    name: str
    value: Any
    lines: dict[Path, int]

    @classmethod
    def parse(cls, text: str, name: str) -> "Document":
        """Raises InvalidInput for what is not YAML, has two documents, or a key twice in one mapping."""
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        lines: dict[Path, int] = {(): 1}
        try:
            node = loader.get_single_node()
            if node is not None:
                _note(node, (), lines, name)
            value = None if node is None else loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"{name}:{mark.line + 1}" if mark else name
            raise InvalidInput(f"{where}: this is not YAML: {error.problem or error.context}") from None
        except yaml.YAMLError as error:
            raise InvalidInput(f"{name}: this is not YAML: {error}") from None
        finally:
            loader.dispose()
        return cls(name=name, value={} if value is None else value, lines=lines)

    def located(self, error: InvalidInput) -> InvalidInput:
        """The same error with the file and the line in front: `rules.yaml:7: chaos[0].delay: …`."""
        path = error.path
        while path not in self.lines:
            path = path[:-1]
        key = f"{render_path(error.path)}: " if error.path else ""
        return InvalidInput(f"{self.name}:{self.lines[path]}: {key}{error}")


def _note(node: yaml.Node, path: Path, lines: dict[Path, int], name: str) -> None:
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
            _note(value, inner, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            lines[(*path, place)] = value.start_mark.line + 1
            _note(value, (*path, place), lines, name)
