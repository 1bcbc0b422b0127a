"""Probe targets: where a receiver's state is read, as a scenario says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

Fill = Callable[[str], str]
"""Puts what is known in the place of `{port}` and `{{o1.id}}`."""


class Output(StrEnum):
    """What is read of a command: its output as JSON or as text, or its exit code."""

    JSON = "json"
    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """The JSON that a GET of this address answers with."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def filled(self, fill: Fill) -> "HttpTarget":
        return replace(self, url=fill(self.url), headers={name: fill(value) for name, value in self.headers.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTarget:
    """The rows of a query, as a list of objects. `url` is `sqlite:///path` or `postgresql://…`."""

    url: str
    query: str

    def filled(self, fill: Fill) -> "SqlTarget":
        return replace(self, url=fill(self.url), query=fill(self.query))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTarget:
    """What a command says; it runs without a shell."""

    command: str
    output: Output = Output.JSON

    def filled(self, fill: Fill) -> "CommandTarget":
        return replace(self, command=fill(self.command))


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonTarget:
    """What a Python function answers: `module:function`, called with `arguments` by their names; `call` where it is at
    hand and has not to be looked up."""

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    call: Callable[..., Any] | None = field(default=None, repr=False)

    def filled(self, fill: Fill) -> "PythonTarget":
        return replace(self, arguments=filled(self.arguments, fill))


def filled(value: Any, fill: Fill) -> Any:
    """The same document with every text in it filled."""
    if isinstance(value, Mapping):
        return {name: filled(inner, fill) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, fill) for inner in value]
    return fill(value) if isinstance(value, str) else value


ProbeTarget = HttpTarget | SqlTarget | CommandTarget | PythonTarget
