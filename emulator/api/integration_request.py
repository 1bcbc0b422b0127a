"""Writes of integrations: what a client sent, checked in full before anything is done."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from emulator.api.configuration_request import ConfigurationRequest, parse_configuration
from emulator.api.refusal import MAX_ENTRIES, ErrorEntry, Refusal, hint, invalid, quoted
from emulator.domain.catalog import CATALOG, is_observable, scopes_of
from emulator.domain.integration import Integration, IntegrationType, Scope

log = logging.getLogger("emulator.api")

_WRITABLE = ("type", "name", "description", "integration_type", "enabled", "observes", "configuration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What may be registered: whose events, how many (None: any number), and whether by globs."""

    scope: Scope = Scope.STORE
    event_limit: int | None = None
    globs: bool = False


def parse_creation(data: Mapping[str, Any], terms: Terms, *, enabled: bool) -> dict[str, Any]:
    """The attributes of a new integration; `enabled` is used when nothing is sent.

    Raises a 422 with one entry per fault.
    """
    entries: list[ErrorEntry] = []
    _check_type(data, entries, required=True)
    values: dict[str, Any] = {
        "name": _text(data, "name", entries, required=True),
        "description": _text(data, "description", entries) or "",
        "enabled": _flag(data, "enabled", entries, enabled),
        "observes": _observes(data, entries, terms, ()),
    }
    kind = _kind(data, entries)
    if "configuration" not in data:
        entries.append(invalid("configuration", "configuration is required"))
    elif kind is not None:
        found = parse_configuration(kind, data["configuration"])
        entries.extend(found.entries)
        values |= {"integration_type": kind, "configuration": found.value}
        _mention_ignored(data, found)
    if entries:
        raise Refusal(*entries)
    return values


def parse_changes(data: Mapping[str, Any], stored: Integration, terms: Terms) -> dict[str, Any]:
    """The attributes that a PUT changes; those not sent are left out, and empty means nothing changes.

    The integration type may change when a whole configuration for the new type comes with it. Raises a 422 with
    one entry per fault.
    """
    entries: list[ErrorEntry] = []
    changes: dict[str, Any] = {}
    _check_type(data, entries, required=False)
    if "name" in data:
        changes["name"] = _text(data, "name", entries, required=True)
    if "description" in data:
        changes["description"] = _text(data, "description", entries) or ""
    if "enabled" in data:
        changes["enabled"] = _flag(data, "enabled", entries, stored.enabled)
    if "observes" in data:
        changes["observes"] = _observes(data, entries, terms, stored.observes)
    kind = _kind(data, entries) if "integration_type" in data else stored.integration_type
    if kind is not None and kind is not stored.integration_type:
        changes["integration_type"] = kind
        if "configuration" not in data:
            detail = f"configuration for {kind} is required when integration_type changes to it"
            entries.append(invalid("configuration", detail))
    found = ConfigurationRequest()
    if kind is not None and "configuration" in data:
        found = parse_configuration(kind, data["configuration"], stored.configuration)
        entries.extend(found.entries)
        changes["configuration"] = found.value
    if entries:
        raise Refusal(*entries)
    _mention_ignored(data, found)
    return {name: value for name, value in changes.items() if value != getattr(stored, name)}


def covered_keys(patterns: Sequence[str]) -> list[str]:
    """The keys of the catalog that these keys and globs observe."""
    return [key for key in CATALOG if any(key == pattern or fnmatchcase(key, pattern) for pattern in patterns)]


def _check_type(data: Mapping[str, Any], entries: list[ErrorEntry], *, required: bool) -> None:
    if "type" not in data:
        if required:
            entries.append(invalid("type", "type is required; it is always 'integration'"))
    elif data["type"] != "integration":
        entries.append(invalid("type", "type must be 'integration'"))


def _text(data: Mapping[str, Any], name: str, entries: list[ErrorEntry], *, required: bool = False) -> str | None:
    if name not in data:
        if required:
            entries.append(invalid(name, f"{name} is required"))
        return None
    value = data[name]
    if not isinstance(value, str):
        entries.append(invalid(name, f"{name} must be text"))
        return None
    if required and not value.strip():
        entries.append(invalid(name, f"{name} must not be empty"))
    return value


def _flag(data: Mapping[str, Any], name: str, entries: list[ErrorEntry], default: bool) -> bool:
    value = data.get(name, default)
    if isinstance(value, bool):
        return value
    entries.append(invalid(name, f"{name} must be true or false"))
    return default


def _kind(data: Mapping[str, Any], entries: list[ErrorEntry]) -> IntegrationType | None:
    value = data.get("integration_type")
    known = [str(kind) for kind in IntegrationType]
    if isinstance(value, str) and value in known:
        return IntegrationType(value)
    if "integration_type" not in data:
        detail = f"integration_type is required: {', '.join(known)}"
    else:
        closest = hint(value.replace("-", "_"), known) if isinstance(value, str) else ""
        detail = f"integration_type must be one of {', '.join(known)}{closest}"
    entries.append(invalid("integration_type", detail))
    return None


def _observes(
    data: Mapping[str, Any], entries: list[ErrorEntry], terms: Terms, stored: Sequence[str]
) -> tuple[str, ...]:
    value = data.get("observes")
    if not isinstance(value, list):
        what = "must be a list of event keys" if "observes" in data else "is required"
        entries.append(invalid("observes", f"observes {what}"))
        return ()
    strange = [index for index, key in enumerate(value) if not isinstance(key, str)]
    keys = dict.fromkeys(key for key in value if isinstance(key, str))
    complaints = [f"observes[{index}] must be text" for index in strange[:MAX_ENTRIES]]
    for key in keys:
        if len(complaints) >= MAX_ENTRIES:
            break
        # What is stored already may stay: reading an integration and writing it back must not be refused.
        complaint = None if key in stored else _complaint(key, terms)
        if complaint:
            complaints.append(complaint)
    entries.extend(invalid("observes", complaint) for complaint in complaints)
    if terms.event_limit is not None and len(keys) > terms.event_limit:
        detail = f"You have reached the integration event limit of {terms.event_limit}"
        entries.append(invalid("observes", detail))
    return tuple(keys)


def _complaint(key: str, terms: Terms) -> str | None:
    if terms.globs and set(key) & set("*?["):
        fits = key == "*" or "_ext" in key or any(fnmatchcase(known, key) for known in CATALOG)
        return None if fits else f"{quoted(key)} matches no observable event{hint(key, CATALOG)}"
    if not is_observable(key):
        return f"{quoted(key)} is not an observable event{hint(key, CATALOG)}"
    if terms.scope not in scopes_of(key):
        return f"{quoted(key)} is a store's event; an organization's integration cannot observe it"
    return None


def _mention_ignored(data: Mapping[str, Any], found: ConfigurationRequest) -> None:
    ignored = (*(name for name in data if name not in _WRITABLE), *found.ignored)
    if ignored:
        log.warning(
            "ignored attributes of an integration, read-only or unknown: %s",
            ", ".join(map(repr, ignored[:MAX_ENTRIES])),
        )
