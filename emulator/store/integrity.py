"""Integrity: whether what stands in the shop hangs together, and what is wrong where it does not."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from emulator.domain.event import Event
from emulator.domain.ports import Shelves
from emulator.domain.resource import Resource
from emulator.store.currencies import known_currency
from emulator.store.kinds import KINDS
from emulator.store.money import formatted
from emulator.store.stamps import stamps_of

_Path = tuple[str, ...]


class Finding(NamedTuple):
    """Something that does not hang together; `resource` is a resource's key."""

    resource: str
    sentence: str


def resource_findings(resource: Resource, shelves: Shelves) -> Iterator[Finding]:
    """What is wrong with a resource as it is now.

    Ids refer to things that are or were there, totals are the sums of the items, prices are written as their currency
    is, and nothing changed before it was made.
    """
    for sentence in _complaints(resource, shelves):
        yield Finding(resource.key, sentence)


def history_findings(events: Iterable[Event]) -> Iterator[Finding]:
    """What is wrong with the events of one resource, in their order.

    Nothing happens to what was deleted; an update that differs in nothing but its time, or not even in that, is none;
    and the time of the last change only moves forward.
    """
    for before, event in pairwise(events):
        for sentence in _contradictions(before, event):
            yield Finding(event.resource, f"{event.identity} {sentence}")


def _complaints(resource: Resource, shelves: Shelves) -> Iterator[str]:
    if resource.parent is not None and shelves.by_key(resource.parent) is None:
        yield f"belongs to {resource.parent}, which has never been there"
    known = () if resource.from_elsewhere else sorted(set(_references(resource.document)))
    for type, id in known:  # what was imported may name what was not
        if shelves.get(type, id) is None and shelves.get(_OTHERWISE.get(type, type), id) is None:
            yield f"refers to the {type} {id}, which has never been there"
    stamps = stamps_of(resource.type)
    if resource.touched_at < resource.created_at:
        yield "was changed before it was made"
    for path in stamps.updated:
        if _at(resource.document, path) != stamps.written(resource.touched_at):
            yield f"says at {'.'.join(path)} that it last changed at {_at(resource.document, path)}, which it did not"
    yield from _money(resource, shelves)


def _references(node: Any) -> Iterator[tuple[str, str]]:
    """Every `{"type", "id"}` and every `…_id` of a type that the shop has."""
    if isinstance(node, Mapping):
        if set(node) == {"type", "id"} and node["type"] in _TYPES:
            yield _TYPES[node["type"]], str(node["id"])
        for name, value in node.items():
            type = _TYPES.get(name.removesuffix("_id")) if name.endswith("_id") else None
            if type is not None and isinstance(value, str) and value:
                yield type, value
            yield from _references(value)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


_OTHERWISE: Mapping[str, str] = {"product": "subscription-product"}
"""What a `product_id` means where it is not the catalogue's: an invoice's is a subscription's."""

_TYPES: Mapping[str, str] = {form.type: name for name, form in KINDS.forms.items() if form.type}


def _money(resource: Resource, shelves: Shelves) -> Iterator[str]:
    for path, price in _prices(resource.document, ()):
        currency = known_currency(shelves, price["currency"])
        right = formatted(price["amount"], currency or price["currency"])["formatted"]
        if price["formatted"] != right:
            yield f"writes {'.'.join(path)} as {price['formatted']}, which is {right}"
    items, totals = resource.hidden.get("items"), _at(resource.document, ("meta", "display_price"))
    if not isinstance(items, list) or not isinstance(totals, Mapping):
        return
    for kind in ("with_tax", "without_tax", "tax"):
        parts = [_at(item, ("meta", "display_price", kind, "value", "amount")) for item in items]
        total = _at(totals, (kind, "amount"))
        if all(isinstance(part, int) for part in parts) and total is not None and total != sum(parts):
            yield f"has {total} in all {kind.replace('_', ' ')}, but its items come to {sum(parts)}"
    whole, parts = (
        _at(totals, ("with_tax", "amount")),
        [_at(totals, (kind, "amount")) for kind in ("without_tax", "tax")],
    )
    if whole is not None and None not in parts and whole != sum(parts):
        yield f"comes to {whole} with tax, but to {parts[0]} without it and {parts[1]} of tax"


def _prices(node: Any, path: _Path) -> Iterator[tuple[_Path, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        if {"amount", "currency", "formatted"} <= set(node):
            yield path, node
        for name, value in node.items():
            yield from _prices(value, (*path, str(name)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _prices(value, (*path, str(index)))


def _contradictions(before: Event, event: Event) -> Iterator[str]:
    if before.deletion:
        yield f"came after {before.identity}"
        return
    if event.deletion:
        return
    paths = stamps_of(event.resource_type).updated
    old, new = _data(before), _data(event)
    for path in paths:
        earlier, later = _at(old, path), _at(new, path)
        if earlier is not None and later is not None and _moment(later) < _moment(earlier):
            yield f"says at {'.'.join(path)} {later}, earlier than {earlier} of {before.identity}"
    if event.key.endswith(".updated") and event.at > before.at + 1 and event.payload == before.payload:
        yield f"says just what {before.identity} said"


def _data(event: Event) -> Mapping[str, Any]:
    payload: Mapping[str, Any] = orjson.loads(event.payload)
    data: Mapping[str, Any] = payload.get("data", payload)
    return data


def _at(node: Any, path: _Path) -> Any:
    for step in path:
        if not isinstance(node, Mapping) or step not in node:
            return None
        node = node[step]
    return node


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
