"""Kinds of values on the command line: checked in the program's own words, completed where they are known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from emulator.domain.errors import InvalidInput, nearest
from emulator.domain.moment import parse_duration, parse_instant


class Parsed(click.ParamType[Any]):
    """A text that a function of ours reads, and refuses with a sentence."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except InvalidInput as error:
            self.fail(f"{error}.", param, ctx)


class EventKey(click.ParamType[str]):
    """An event key; a glob too, where those are taken. An unknown one is for the server to refuse."""

    name = "key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from emulator.domain.catalog import CATALOG

        return [CompletionItem(key) for key in CATALOG if key.startswith(incomplete)]


class Address(click.ParamType[str]):
    """A receiver's URL; `localhost:8000/hook` is one of http."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value) if "://" in str(value) else f"http://{value}"


class ProfileName(click.ParamType[str]):
    """A shipped profile, or a file of rules."""

    name = "profile"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from emulator.loading.profiles import profile_names

        name = str(value)
        if name.endswith((".yaml", ".yml")):
            # The server may have another working directory.
            return str(Path(name).absolute())
        if name not in profile_names():
            self.fail(f"unknown profile '{name}'{nearest(name, profile_names())}", param, ctx)
        return name

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from emulator.loading.profiles import profile_names

        return [CompletionItem(name) for name in profile_names() if name.startswith(incomplete)]


class Assignment(click.ParamType[tuple[str, Any]]):
    """`path=value`; the value is JSON where it reads as JSON, and a text otherwise."""

    name = "path=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        if isinstance(value, tuple):
            return value
        path, equals, text = str(value).partition("=")
        if not equals or not path:
            self.fail(f"'{value}' has no '='; write path=value, as in data.customer.email=ann@example.com", param, ctx)
        return path, json_or_text(text)


def json_or_text(text: str) -> Any:
    """`12` is a number, `true` a truth, `{"a": 1}` an object; everything else is itself."""
    from emulator.core.written_payload import sendable

    try:
        return sendable(text)
    except ValueError:
        return text


def _size(text: str) -> int:
    from emulator.loading.size import parse_size

    return parse_size(text)


def _rate(text: str) -> Any:
    from emulator.core.rate_limit import parse_rate

    return parse_rate(text)


def _mix(text: str) -> dict[str, float]:
    """`order=5,cart=20`; a name alone weighs 1. Which stories there are the server knows."""
    weights: dict[str, float] = {}
    for word in text.split(","):
        name, equals, weight = word.strip().partition("=")
        try:
            weights[name] = float(weight) if equals else 1.0
        except ValueError:
            raise InvalidInput(f"'{weight}' is not a weight; write order=5,cart=20") from None
        if not name:
            raise InvalidInput(f"'{text}' is not a mix; write order=5,cart=20")
    return weights


DURATION = Parsed("duration", parse_duration)
INSTANT = Parsed("instant", parse_instant)
SIZE = Parsed("size", _size)
RATE = Parsed("rate", _rate)
MIX = Parsed("mix", _mix)
EVENT_KEY = EventKey()
ADDRESS = Address()
PROFILE = ProfileName()
ASSIGNMENT = Assignment()
