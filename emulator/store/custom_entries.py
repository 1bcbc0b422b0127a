"""Custom entries: what stands in a store's Custom APIs, whose types end in `_ext`. A type is a group of its own.

What a caller writes into an entry is the entry: it comes back, and is in messages (the provider's document of commerce
extensions).
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson

from emulator.core.fixture import Form
from emulator.domain.resource import Resource
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import FRAME, Group
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

FIXTURE = "custom-api-entry"
PLACEHOLDER = "customAPIEntryType"
"""Stands among the provider's keys where an entry's type would; here it is a type like any other."""


def is_custom(type: str) -> bool:
    """Whether entries of a Custom API are of this type."""
    return (type.endswith("_ext") and len(type) > len("_ext")) or type == PLACEHOLDER


@lru_cache
def group_of(type: str) -> Group:
    """The group of a Custom API's entries."""

    def made(work: Work, name: Name, attributes: Values) -> Draft:
        given = _own(attributes)
        drawn = {"name": work.pool.product(name.key)["product.name"], "quantity": work.pool.draw(name.key, "n", 9) + 1}
        fields = given or drawn
        return Draft(values={"api_type": type, **_sized(fields, 1)}, document=fields, hidden={"version": 1})

    def asked(_work: Work, entry: Resource, attributes: Values) -> Draft:
        given = _own(attributes)
        return _again(entry, given) if given else Draft()

    def drifted(work: Work, entry: Resource, turn: int) -> Draft:
        return _again(entry, {"quantity": turn + 1 + work.pool.draw(entry.key, f"n:{turn}", 9)})

    return Plain(
        type=type,
        form=_form(type),
        fields={},
        ignored=_Everything(),
        made=made,
        drifted=drifted,
        asked=asked,
    ).group()


def _form(type: str) -> Form:
    """One fixture is for all of them, so its type is filled in."""
    general = form(type, name=FIXTURE, places=frozenset({"api_type", "data_size", "etag"}))
    return replace(general, fixed={**general.fixed, "type": "{{api_type}}"})


class _Everything(frozenset[str]):
    """Nothing that is written into an entry is a field beside it."""

    def __contains__(self, name: object) -> bool:
        return True

    def union(self, *others: Any) -> "frozenset[str]":
        return self


def _own(attributes: Values) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in FRAME}


def _again(entry: Resource, fields: Mapping[str, Any]) -> Draft:
    version = int(entry.hidden.get("version", 1)) + 1
    now = {name: value for name, value in {**entry.document, **fields}.items() if name not in FRAME}
    sized = _sized(now, version)
    meta = {"data_size": sized["data_size"], "resource_version": version, "etag_id": sized["etag"]}
    return Draft(document=fields, meta=meta, hidden={"version": version})


def _sized(fields: Mapping[str, Any], version: int) -> dict[str, Any]:
    text = orjson.dumps(fields)
    return {"data_size": len(text), "etag": blake2b(text + str(version).encode(), digest_size=25).hexdigest()}
