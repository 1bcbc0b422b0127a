"""Overrides: a payload changed by hand, at paths such as `data.customer.email` or
`included.items[0].quantity`."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from emulator.domain.errors import InvalidInput, nearest, render_path
from emulator.domain.resource import PayloadEdit

Path = tuple[str | int, ...]

_STEP = re.compile(r"""\.?([^.\[\]"]+)|\[(\d+)\]|\.?\["((?:[^"\\]|\\.)*)"\]""")

_ESCAPE = re.compile(r"\\(.)")


def parse_path(text: str) -> Path:
    """Keys parted by dots, indexes in brackets, `["…"]` for a key with dots in it. Raises InvalidInput."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or (position == 0 and text[0] == "."):
            raise InvalidInput(f"'{text}' is not a path; write data.customer.email or included.items[0].quantity")
        key, index, quoted = found.groups()
        steps.append(int(index) if index is not None else key or _ESCAPE.sub(r"\1", quoted))
        position = found.end()
    if not steps:
        raise InvalidInput("a path is empty; write data.customer.email or included.items[0].quantity")
    return tuple(steps)


def override(document: Any, path: Path, value: Any) -> Any:
    """A copy with the value at this path replaced, which must be there."""
    return _rebuilt(document, path, (), lambda holder, step: _replaced(holder, step, value, path))


def add(document: Any, path: Path, value: Any) -> Any:
    """A copy with the value added at this path, which must not be there yet; an index is that of a list's
    end."""
    return _rebuilt(document, path, (), lambda holder, step: _added(holder, step, value, path))


def remove(document: Any, path: Path) -> Any:
    """A copy without what is at this path, which must be there."""
    return _rebuilt(document, path, (), lambda holder, step: _removed(holder, step, path))


def edited(payload: str, edit: PayloadEdit) -> str:
    """The payload's JSON text after an edit: raw, then override, add and remove.

    Raises InvalidInput with the nearest existing key.
    """
    text = payload if edit.raw is None else edit.raw
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the raw payload is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput("the raw payload is not a JSON object")
    for where, value in edit.override.items():
        document = override(document, parse_path(where), value)
    for where, value in edit.add.items():
        document = add(document, parse_path(where), value)
    for where in edit.remove:
        document = remove(document, parse_path(where))
    try:
        return orjson.dumps(document).decode()
    except TypeError as error:
        raise InvalidInput(f"the edited payload is not JSON: {error}") from None


def _rebuilt(node: Any, path: Path, walked: Path, finish: Any) -> Any:
    """Copies along the path only; what lies beside it is shared."""
    step: Any
    step, *rest = path[len(walked) :]
    if not rest:
        return finish(node, step)
    _require(node, step, path, walked)
    copy = dict(node) if isinstance(node, Mapping) else list(node)
    copy[step] = _rebuilt(node[step], path, (*walked, step), finish)
    return copy


def _replaced(holder: Any, step: Any, value: Any, path: Path) -> Any:
    _require(holder, step, path, path[:-1])
    copy = dict(holder) if isinstance(holder, Mapping) else list(holder)
    copy[step] = value
    return copy


def _added(holder: Any, step: str | int, value: Any, path: Path) -> Any:
    where = render_path(path)
    if isinstance(holder, Mapping) and isinstance(step, str):
        if step in holder:
            raise InvalidInput(f"'{where}' is there already; use override to change it")
        return {**holder, step: value}
    if isinstance(holder, list) and isinstance(step, int):
        if step != len(holder):
            raise InvalidInput(f"'{where}' is not the list's end; add at [{len(holder)}]")
        return [*holder, value]
    raise _misfit(holder, step, path)


def _removed(holder: Any, step: str | int, path: Path) -> Any:
    _require(holder, step, path, path[:-1])
    if isinstance(holder, Mapping):
        return {key: value for key, value in holder.items() if key != step}
    return [value for index, value in enumerate(holder) if index != step]


def _require(holder: Any, step: str | int, path: Path, walked: Path) -> None:
    here = render_path((*walked, step))
    if isinstance(holder, Mapping) and isinstance(step, str):
        if step not in holder:
            raise InvalidInput(f"there is no '{here}' in the payload{nearest(step, map(str, holder))}")
    elif isinstance(holder, list) and isinstance(step, int):
        if step >= len(holder):
            raise InvalidInput(f"there is no '{here}' in the payload; the list has {len(holder)}")
    else:
        raise _misfit(holder, step, path)


def _misfit(holder: Any, step: str | int, path: Path) -> InvalidInput:
    kind = "an object" if isinstance(holder, Mapping) else "a list" if isinstance(holder, list) else "a plain value"
    wanted = f"the index {step}" if isinstance(step, int) else f"the key '{step}'"
    return InvalidInput(f"'{render_path(path)}' asks {kind} for {wanted}")
