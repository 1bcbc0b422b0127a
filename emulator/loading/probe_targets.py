"""Probe targets from what was written: an address, or a mapping that says how the receiver is asked."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator.core.fields import Fields
from emulator.core.probe_target import CommandTarget, HttpTarget, Output, ProbeTarget, PythonTarget, SqlTarget
from emulator.domain.errors import InvalidInput, nearest
from emulator.loading.command_line import command_line

_WEB = ("http://", "https://")
_SQL = ("sqlite:///", "postgresql://", "postgres://")
_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def parse_target(value: object, *path: str | int) -> ProbeTarget:
    """What asks so; a function, in Python, is asked itself.

    Raises InvalidInput with the place and the nearest right word.
    """
    if isinstance(value, str):
        if value.startswith(_SQL):
            raise InvalidInput("a database is asked a query; write {sql: URL, query: 'select …'}", path=path)
        if not value.startswith(_WEB):
            raise InvalidInput(
                f"'{value}' is no address of http; others are written {{command: …}}, {{sql: …, query: …}} or "
                "{python: 'module:function'}",
                path=path,
            )
        return HttpTarget(url=value)
    if callable(value):
        return PythonTarget(function=getattr(value, "__name__", type(value).__name__), call=value)
    fields = Fields(value, *path)
    named = [word for word in TARGETS if word in fields]
    if len(named) != 1:
        assert isinstance(value, Mapping)
        if named:
            raise fields.wrong(named[1], f"a probe asks one; found {' and '.join(named)}")
        unknown = next((str(key) for key in value), "")
        raise InvalidInput(f"a probe is one of {', '.join(TARGETS)}{nearest(unknown, TARGETS)}", path=path)
    target = TARGETS[named[0]](fields)
    fields.done()
    return target


def _http(fields: Fields) -> HttpTarget:
    url = fields.text("url")
    if not url.startswith(_WEB):
        raise fields.wrong("url", f"'{url}' is no address of http; write it with http:// or https:// in front")
    return HttpTarget(url=url, headers={name: str(value) for name, value in _mapping(fields, "headers").items()})


def _sql(fields: Fields) -> SqlTarget:
    url = fields.text("sql")
    if not url.startswith(_SQL):
        raise fields.wrong("sql", f"'{url}' is no database; write sqlite:///path/to/file or postgresql://…")
    return SqlTarget(url=url, query=fields.text("query"))


def _command(fields: Fields) -> CommandTarget:
    return CommandTarget(command=command_line(fields, "command"), output=fields.choice("output", Output, Output.JSON))


def _python(fields: Fields) -> PythonTarget:
    function = fields.text("python")
    if not _FUNCTION.fullmatch(function):
        raise fields.wrong("python", f"'{function}' is no function; write it as in checks:orders (module:function)")
    return PythonTarget(function=function, arguments=_mapping(fields, "with"))


def _mapping(fields: Fields, key: str) -> Mapping[str, Any]:
    value = fields.take(key, {})
    if not isinstance(value, Mapping):
        raise fields.wrong(key, "expected names and values")
    return {str(name): inner for name, inner in value.items()}


TARGETS: Mapping[str, Callable[[Fields], ProbeTarget]] = {
    "url": _http,
    "sql": _sql,
    "command": _command,
    "python": _python,
}
"""How a receiver can be asked, by the key that says so."""
