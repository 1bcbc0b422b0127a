"""Adoption: what the shop makes of the resources that messages of another shop tell of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

import orjson

from emulator.core.recording import changed_at, stamp_of
from emulator.domain.ports import Shelves
from emulator.domain.recording import Recording
from emulator.domain.resource import Resource, key_from_elsewhere
from emulator.store.adopted_state import PARENTS, Told, state_told, told_of_customer
from emulator.store.overlay import Overlay
from emulator.store.stamps import stamps_of

_SHORT = 8
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KEPT_ELSEWHERE = frozenset({"integration"})
_STUB = "stub"


class Fate(StrEnum):
    """What became of a message's resource."""

    LOADED = "loaded"
    DELETED = "deleted"
    KNOWN = "known"  # it is here already as it was then, or newer
    PASSED = "passed"  # the message tells of nothing that the shop keeps: it has no id, or is an integration


def key_of(type: str, id: str, shelves: Shelves) -> str:
    """The key of the resource of this id: the one that it has, or that it gets when it is adopted."""
    found = shelves.get(type, id)
    if found is not None:
        return found.key
    short = key_from_elsewhere(type, id[:_SHORT]) if _UUID.fullmatch(id) else ""
    return short if short and shelves.by_key(short) is None else key_from_elsewhere(type, id)


class Adoption:
    """Takes messages one after the other, each seeing what those before it brought. Nothing outside changes.

    Of what is told of one resource the newest counts, by its own `updated_at`, else by when the message came; where
    neither says, the later message. A deleted resource stays deleted. `now` is for what tells no time at all.
    """

    def __init__(self, shelves: Shelves, *, now: int) -> None:
        self._shelves = Overlay(shelves)
        self._now = now
        self._touched: dict[str, None] = {}

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All that is to be stored, as it will be."""
        return tuple(found for key in self._touched if (found := self._shelves.by_key(key)) is not None)

    def take(self, recording: Recording) -> Fate:
        """What one message tells."""
        if not recording.resource_id or recording.resource_type in _KEPT_ELSEWHERE:
            return Fate.PASSED
        type, id = recording.resource_type, recording.resource_id
        old = self._shelves.get(type, id)
        payload = orjson.loads(recording.payload)
        document = payload.get("data", payload)
        told_at = changed_at(document)
        told_at = recording.at if told_at is None else told_at
        if recording.deletion:
            return self._delete(recording, old, told_at)
        moment = self._now if told_at is None else told_at
        if stamp_of(document, "updated_at") is None:
            document = _stamped(type, document, moment)
        if old is not None and (old.deleted or self._is_newer(old, document, told_at)):
            return Fate.KNOWN
        told = Told(
            type=type,
            key=key_of(type, id, self._shelves),
            document=document,
            included=_mapping(payload.get("included")),
            before=old,
            shelves=self._shelves,
        )
        parent = self._parent_of(told) or (old.parent if old else None)
        created = stamp_of(document, "created_at") or (old.created_at if old else moment)
        self._put(
            Resource(
                key=told.key,
                type=type,
                id=id,
                document=document,
                custom=old.custom if old else {},
                hidden=state_told(told),
                parent=parent,
                occurrences=old.occurrences if old else {},
                created_at=min(created, moment),
                touched_at=moment,
            )
        )
        self._add_customer(told, moment)
        self._add_to_order(told, parent)
        return Fate.LOADED

    def _delete(self, recording: Recording, old: Resource | None, told_at: int | None) -> Fate:
        """It is gone for good; one that was never seen is noted as gone, or an older message would bring it back."""
        if old is not None and old.deleted:
            return Fate.KNOWN
        moment = self._now if told_at is None else told_at
        if old is None:
            old = Resource(
                key=key_of(recording.resource_type, recording.resource_id, self._shelves),
                type=recording.resource_type,
                id=recording.resource_id,
                document=orjson.loads(recording.payload),
                created_at=moment,
                touched_at=moment,
            )
        self._put(replace(old, deleted=True, touched_at=max(moment, old.touched_at)))
        return Fate.DELETED

    def _is_newer(self, old: Resource, document: Mapping[str, Any], told_at: int | None) -> bool:
        """Whether what is here is as new as what the message tells, or newer; a stub is older than anything."""
        if old.hidden.get(_STUB) or told_at is None:
            return False
        return old.touched_at > told_at or (old.touched_at == told_at and old.document == document)

    def _parent_of(self, told: Told) -> str | None:
        found = PARENTS.get(told.type)
        if found is None:
            return None
        id = _at(told.document, found.path)
        return key_of(found.type, id, self._shelves) if isinstance(id, str) else None

    def _add_customer(self, told: Told, moment: int) -> None:
        """Whoever an order is of, where it says so much of them and nothing is known yet."""
        customer = told_of_customer(told)
        if customer is None or self._shelves.get("customer", customer["id"]) is not None:
            return
        self._put(
            Resource(
                key=key_of("customer", customer["id"], self._shelves),
                type="customer",
                id=customer["id"],
                document=customer,
                hidden={"state": ["present"], _STUB: True},
                created_at=moment,
                touched_at=moment,
            )
        )

    def _add_to_order(self, told: Told, parent: str | None) -> None:
        order = None if parent is None or told.type != "transaction" else self._shelves.by_key(parent)
        if order is not None and told.key not in order.hidden.get("transactions", ()):
            known: Sequence[str] = order.hidden.get("transactions", ())
            self._put(replace(order, hidden={**order.hidden, "transactions": [*known, told.key]}))

    def _put(self, resource: Resource) -> None:
        self._shelves.put(resource, new=self._shelves.by_key(resource.key) is None)
        self._touched[resource.key] = None


def _stamped(type: str, document: Mapping[str, Any], moment: int) -> Mapping[str, Any]:
    """With the time that every reader expects, where the message left it out."""
    meta = document.get("meta", {})
    whole = isinstance(meta, Mapping) and isinstance(meta.get("timestamps", {}), Mapping)
    return stamps_of(type).moved(document, moment) if whole else document


def _at(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    found: Any = document
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
