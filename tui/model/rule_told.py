"""Rules told: a rule as it would be written in a file, and whom deliveries are held by."""

from collections.abc import Mapping
from typing import Any

import orjson

from tui.model.harmless import harmless

_ABOUT = ("id", "enabled", "source", "hits", "legality")
_COMMON = ("match", "probability", "times", "after", "for", "until")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/: ")
LEGALITY_STYLES: Mapping[str, str] = {"documented": "good", "plausible": "warn", "hostile": "bad"}


def rule_text(rule: Mapping[str, Any]) -> str:
    """`reorder: {mode: shuffle, window: 3}, match: {event: order.*}, probability: 0.3`: the fault first."""
    fault = fault_of(rule)
    first = {fault: rule[fault]} if fault else {}
    parts = {name: rule[name] for name in _COMMON if rule.get(name) not in (None, {})}
    if parts.get("probability") == 1:
        del parts["probability"]
    return ", ".join(f"{name}: {flow(value)}" for name, value in {**first, **parts}.items())


def fault_of(rule: Mapping[str, Any]) -> str:
    """The word of its fault."""
    return next((name for name in reversed(list(rule)) if name not in _ABOUT and name not in _COMMON), "")


def match_text(match: Mapping[str, Any]) -> str:
    """`order.* to shop`, `everything`."""
    said = [harmless(str(match["event"]))] if "event" in match else []
    said += [f"{name} {harmless(str(value))}" for name, value in match.items() if name != "event"]
    return ", ".join(said) or "everything"


def flow(value: Any) -> str:
    """A value as YAML writes it on one line."""
    match value:
        case Mapping():
            inner = ", ".join(f"{name}: {flow(part)}" for name, part in value.items() if part is not None)
            return f"{{{inner}}}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case str() if value and set(value) <= _PLAIN and value == value.strip() and ": " not in value:
            return value
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return harmless(orjson.dumps(value).decode())
