"""Values to columns and back: JSON for what has no fixed shape."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from emulator.domain.delivery import DeliveryState
from emulator.domain.event import Event
from emulator.domain.integration import (
    Integration,
    IntegrationType,
    Scope,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.record import Record, RecordKind
from emulator.domain.resource import Resource

Row = tuple[Any, ...]

# `_value_` because `value` is a descriptor, and this runs for every record.
_STATES = {state._value_: state for state in DeliveryState}
_KINDS = {kind._value_: kind for kind in RecordKind}

RECORD_COLUMNS = "seq, at, kind, delivery, integration, attempt, copy, state, due, data"
EVENT_COLUMNS = "row, identity, key, resource, resource_type, resource_id, at, payload, deletion, scopes, recorded"
RESOURCE_COLUMNS = "key, type, id, parent, document, custom, hidden, occurrences, created_at, touched_at, deleted"


def dump(value: Any) -> str:
    """JSON text. Raises TypeError for what JSON cannot say.

    orjson is strict about lone surrogates and integers beyond 64 bits, both of which a receiver's answer or a
    custom attribute can hold; the standard library writes them.
    """
    try:
        return orjson.dumps(value, default=_plain).decode()
    except TypeError:
        return json.dumps(value, default=_plain)


def load(text: str) -> Any:
    """The value of a JSON text that `dump` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def record_row(record: Record) -> Row:
    return (
        record.seq,
        record.at,
        record.kind._value_,
        record.delivery,
        record.integration,
        record.attempt,
        record.copy,
        None if record.state is None else record.state._value_,
        record.due,
        dump(record.data) if record.data else None,
    )


def to_record(row: Row) -> Record:
    seq, at, kind, delivery, integration, attempt, copy, state, due, data = row
    return Record(
        seq=seq,
        at=at,
        kind=_KINDS[kind],
        delivery=delivery,
        integration=integration,
        attempt=attempt,
        copy=copy,
        state=None if state is None else _STATES[state],
        due=due,
        data={} if data is None else load(data),
    )


def event_row(row: int, event: Event) -> Row:
    return (
        row,
        event.identity,
        event.key,
        event.resource,
        event.resource_type,
        event.resource_id,
        event.at,
        event.payload,
        int(event.deletion),
        ",".join(sorted(event.scopes)),
        event.recorded,
    )


def to_event(row: Row) -> Event:
    _, identity, key, resource, resource_type, resource_id, at, payload, deletion, scopes, recorded = row
    return Event(
        identity=identity,
        key=key,
        resource=resource,
        resource_type=resource_type,
        resource_id=resource_id,
        at=at,
        payload=payload,
        deletion=bool(deletion),
        scopes=frozenset(Scope(word) for word in scopes.split(",") if word),
        recorded=recorded,
    )


def resource_row(resource: Resource) -> Row:
    return (
        resource.key,
        resource.type,
        resource.id,
        resource.parent,
        dump(resource.document),
        _dump_or_none(resource.custom),
        _dump_or_none(resource.hidden),
        _dump_or_none(resource.occurrences),
        resource.created_at,
        resource.touched_at,
        int(resource.deleted),
    )


def to_resource(row: Row) -> Resource:
    key, type, id, parent, document, custom, hidden, occurrences, created_at, touched_at, deleted = row
    return Resource(
        key=key,
        type=type,
        id=id,
        document=load(document),
        custom=_load_or_empty(custom),
        hidden=_load_or_empty(hidden),
        parent=parent,
        occurrences=_load_or_empty(occurrences),
        created_at=created_at,
        touched_at=touched_at,
        deleted=bool(deleted),
    )


def integration_document(integration: Integration) -> str:
    """Secrets included: the file is its owner's alone, and a restart must be able to deliver."""
    return dump(integration)


def to_integration(document: str) -> Integration:
    fields = load(document)
    kind = IntegrationType(fields.pop("integration_type"))
    given = fields.pop("configuration")
    configuration: WebhookConfiguration | SqsConfiguration | StompConfiguration
    match kind:
        case IntegrationType.WEBHOOK:
            configuration = WebhookConfiguration(**given)
        case IntegrationType.AWS_SQS:
            configuration = SqsConfiguration(**given)
        case IntegrationType.STOMP:
            configuration = StompConfiguration(**{**given, "addresses": tuple(given["addresses"])})
    observes = tuple(fields.pop("observes"))
    scope = Scope(fields.pop("scope"))
    return Integration(integration_type=kind, configuration=configuration, observes=observes, scope=scope, **fields)


def _dump_or_none(value: Mapping[str, Any]) -> str | None:
    return dump(value) if value else None


def _load_or_empty(text: str | None) -> Mapping[str, Any]:
    return {} if text is None else load(text)


def _plain(value: object) -> object:
    """What neither JSON library knows: other mappings, and sets, in a fixed order."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"a {type(value).__name__} cannot be journalled")
