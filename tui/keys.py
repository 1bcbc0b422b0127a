"""Keys: every key of the dashboard by its name, and a file that changes them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, KEY_TO_UNICODE_NAME, REPLACED_KEYS, Keys

from emulator.domain.errors import InvalidInput, nearest

_MODIFIERS = ("ctrl", "shift", "alt", "super", "meta", "hyper")


class Key(NamedTuple):
    """One thing that a key does. `keys` are alternatives, with commas between them."""

    id: str
    keys: str
    description: str


def keys_of(places: Iterable[type[DOMNode]]) -> Iterator[Key]:
    """What the keys of these screens and widgets do, each once, in their order."""
    seen: set[str] = set()
    for place in places:
        for binding in place.BINDINGS:
            if isinstance(binding, Binding) and binding.id and binding.id not in seen:
                seen.add(binding.id)
                yield Key(binding.id, binding.key, binding.description)


def read_keys(path: Path, known: Iterable[Key]) -> Mapping[str, str]:
    """A file's keys by name, as in `deliveries.retry: ctrl+r`; several with commas between them.

    Raises InvalidInput with the file, the line and the nearest right word.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InvalidInput(f"{path} cannot be read: {reason}") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise InvalidInput(f"{path}{where}: this is not YAML") from None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise InvalidInput(f"{path}:1: write names and keys, as in `deliveries.retry: ctrl+r`")
    names = [key.id for key in known]
    found: dict[str, str] = {}
    for name, value in root.value:
        where = f"{path}:{name.start_mark.line + 1}"
        if name.value not in names:
            raise InvalidInput(f"{where}: there is no '{name.value}'{nearest(name.value, names)}")
        words = [node.value for node in value.value] if isinstance(value, yaml.SequenceNode) else [value.value]
        keys = [key.strip() for word in words if isinstance(word, str) for key in _split(word)]
        for key in keys:
            if complaint := _complaint(key):
                raise InvalidInput(f"{where}: {name.value}: {complaint}")
        if not keys:
            raise InvalidInput(f"{where}: {name.value}: name a key, such as ctrl+r")
        found[name.value] = ",".join(keys)
    return found


def keys_file(known: Iterable[Key]) -> str:
    """A file to change: every name with the keys it has, behind a `#`."""
    lines = ["# Keys of the dashboard. Take the # away from what you change; commas are between alternatives."]
    page = ""
    for key in known:
        if (group := key.id.partition(".")[0]) != page:
            page = group
            lines.append("")
        lines.append(f"#{key.id}: {yaml.safe_dump(key.keys).splitlines()[0]:<24} # {key.description}")
    return "\n".join(lines) + "\n"


def _split(word: str) -> list[str]:
    return ["comma"] if word == "," else [part for part in word.split(",") if part.strip()]


def _complaint(key: str) -> str | None:
    """What is wrong with a key's name; None where nothing is."""
    *modifiers, name = key.split("+") if key != "+" else ["+"]
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            return f"'{modifier}' is no modifier{nearest(modifier, _MODIFIERS)}"
    known = {*(named.value for named in Keys), *KEY_ALIASES}
    if len(name) == 1 or name in known or _is_sign(name):
        return None
    return f"'{name}' is no key{nearest(name, known)}"


def _is_sign(name: str) -> bool:
    """Whether it is a character's name, as Textual writes them: `question_mark`."""
    try:
        unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return name in REPLACED_KEYS or name in KEY_TO_UNICODE_NAME
    return True
