"""Record: one line of the journal; and the transaction that journals some of them together."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from emulator.domain.delivery import DeliveryState
from emulator.domain.event import Event
from emulator.domain.integration import Integration
from emulator.domain.resource import Resource

# Four records are made for each delivery: named tuples, which take a third of the time of a frozen dataclass.
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class RecordKind(StrEnum):
    """Every step there is. All of a delivery's steps carry its number."""

    EVENT = "event"  # accepted; data: identity, key, resource, resource_id
    PLANNED = "planned"  # a delivery came to be; data: event, integration, job, job_id, sends
    ADDED = "added"  # further sends of it (a retry, a resend by hand); data: sends
    RELEASED = "released"  # a hold ended; data: attempt, copy, due, why
    SENT = "sent"  # a send left
    ATTEMPTED = "attempted"  # a send ended: EPCC's integration log; data: outcome, started_at, faults
    SETTLED = "settled"  # cancelled or dropped without an attempt; data: why
    INTEGRATION = "integration"  # created, updated or deleted; data: key, name, what, enabled, observes
    CHAOS = "chaos"  # rules or profile changed; data: what, rules
    CALL = "call"  # a rule hit a call of the provider's API; data: call, status, late, faults, text
    NOTICE = "notice"  # something people should hear of: a queue made, a server restarted; data: text
    CONTROL = "control"  # pause, resume, hold, release, clock; data: what


class Record(NamedTuple):
    """One step. `seq` grows by one from record to record, `at` (microseconds) never goes back.

    `delivery` is the delivery's number, 0 where the step is not about one. `state` and `due` are the delivery's
    after this step.
    """

    seq: int
    at: int
    kind: RecordKind
    delivery: int = 0
    integration: str | None = None
    attempt: int = 0
    copy: int = 0
    state: DeliveryState | None = None
    due: int | None = None
    data: Mapping[str, Any] = _NOTHING


class Transaction(NamedTuple):
    """What becomes durable together or not at all. `meta` values are JSON-able; a None removes the key.

    `new` are the keys of resources that are known not to have been there before.
    """

    records: tuple[Record, ...] = ()
    events: tuple[Event, ...] = ()
    resources: tuple[Resource, ...] = ()
    integrations: tuple[Integration, ...] = ()
    removed_integrations: tuple[str, ...] = ()
    meta: Mapping[str, Any] = _NOTHING
    new: frozenset[str] = frozenset()
