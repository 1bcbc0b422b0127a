"""Our own surface's JSON: events, deliveries, attempts and records as observers see them."""

from collections.abc import Sequence
from typing import Any

from emulator.api.schema import array, boolean, integer, number, shape, text
from emulator.domain.delivery import DeliveryState, FaultNote
from emulator.domain.event import Event
from emulator.domain.moment import to_micros
from emulator.domain.record import Record, RecordKind
from emulator.runtime.journal import AttemptRow, DeliveryRow


def event_document(event: Event) -> dict[str, Any]:
    """An event without its payload."""
    return {
        "identity": event.identity,
        "key": event.key,
        "resource": event.resource,
        "resource_type": event.resource_type,
        "resource_id": event.resource_id,
        "at": to_micros(event.at),
        "deletion": event.deletion,
        "scopes": sorted(event.scopes),
    }


def delivery_document(row: DeliveryRow) -> dict[str, Any]:
    """Where a delivery stands."""
    return {
        "number": row.number,
        "job_id": row.job_id,
        "event": row.event,
        "event_key": row.event_key,
        "resource": row.resource,
        "resource_type": row.resource_type,
        "resource_id": row.resource_id,
        "integration": row.integration,
        "job": row.job,
        "state": str(row.state),
        "due": instant(row.due),
        "attempts": row.attempts,
        "pending": row.pending,
        "created_at": to_micros(row.created_at),
        "last_at": to_micros(row.last_at),
    }


def attempt_document(row: AttemptRow) -> dict[str, Any]:
    """One send that ended, with what the receiver answered and which faults acted on it."""
    record, delivery, data = row.record, row.delivery, row.record.data
    return {
        "delivery": delivery.number,
        "job_id": delivery.job_id,
        "event": delivery.event,
        "event_key": delivery.event_key,
        "resource": delivery.resource,
        "integration": delivery.integration,
        "attempt": record.attempt,
        "copy": record.copy,
        "started_at": to_micros(data["started_at"]),
        "ended_at": to_micros(record.at),
        "succeeded": data["succeeded"],
        "status": data["status"],
        "body": data["body"],
        "error": data["error"],
        "processing_time": data["processing_time"],
        "faults": list(data.get("faults", ())),
    }


def record_document(record: Record) -> dict[str, Any]:
    """A record for the feed: all of it but the receiver's answer, which is asked for where it is wanted.

    Times are microseconds since the epoch, so that a reader can make a Record of it again.
    """
    data = dict(record.data)
    if record.kind is RecordKind.ATTEMPTED:
        data.pop("body", None)
    return {
        "seq": record.seq,
        "at": record.at,
        "kind": str(record.kind),
        "delivery": record.delivery,
        "integration": record.integration,
        "attempt": record.attempt,
        "copy": record.copy,
        "state": None if record.state is None else str(record.state),
        "due": record.due,
        "data": data,
    }


def fault_documents(faults: Sequence[FaultNote]) -> list[dict[str, str]]:
    """What rules did to a send."""
    return [{"rule": note.rule, "fault": note.fault, "detail": note.detail} for note in faults]


def instant(micros: int | None) -> str | None:
    """An instant of our own surfaces, with microseconds."""
    return None if micros is None else to_micros(micros)


_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_INSTANT = {"type": "string", "format": "date-time"}
FAULT = shape({"rule": text("The rule's id"), "fault": text("Its kind"), "detail": text("What it did")}, closed=False)
EVENT = shape(
    {
        "identity": text("Names the event in plans: resource, key and occurrence"),
        "key": text("Such as order.paid"),
        "resource": text("The resource's key, such as order:1"),
        "resource_type": text("Such as order"),
        "resource_id": text("The resource's id"),
        "at": _INSTANT,
        "deletion": boolean("Whether the resource is gone"),
        "scopes": array(text("store or organization"), "Whose event it is"),
        "payload": {"description": "What stands at payload in messages; only where one event is asked for"},
    },
    required=("identity", "key", "resource", "resource_id", "at"),
    closed=False,
)
DELIVERY = shape(
    {
        "number": integer("Its number in the journal"),
        "job_id": text("The id that the receiver sees; the provider's integration job"),
        "event": text("The event's identity"),
        "event_key": text("Such as order.paid"),
        "resource": text("The resource's key"),
        "integration": text("The integration's key"),
        "job": integer("Which job of this event with this integration, from 1"),
        "state": text("Where it stands", enum=[str(state) for state in DeliveryState]),
        "due": _MAYBE_INSTANT,
        "attempts": integer("The highest attempt that has left"),
        "pending": integer("Sends that have not ended"),
        "created_at": _INSTANT,
        "last_at": _INSTANT,
    },
    required=("number", "job_id", "event", "event_key", "integration", "state", "due", "attempts"),
    closed=False,
)
ATTEMPT = shape(
    {
        "delivery": integer("The delivery's number"),
        "job_id": text("The job's id"),
        "event": text("The event's identity"),
        "integration": text("The integration's key"),
        "attempt": integer("From 1"),
        "copy": integer("0, or which further send of this attempt it was"),
        "started_at": _INSTANT,
        "ended_at": _INSTANT,
        "succeeded": boolean("Whether it counts as delivered"),
        "status": {"type": ["integer", "null"], "description": "The receiver's status"},
        "body": {"type": "string", "description": "The receiver's answer"},
        "error": {"type": ["string", "null"], "description": "Why it failed"},
        "processing_time": number("Wall seconds"),
        "faults": array(FAULT, "What chaos rules did to it"),
    },
    required=("delivery", "job_id", "attempt", "copy", "succeeded", "status", "error", "faults"),
    closed=False,
)
