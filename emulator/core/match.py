"""Match: which sends a rule is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson

from emulator.core.condition import Condition
from emulator.core.fields import Fields
from emulator.domain.catalog import event_glob, resource_type
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Every given condition must hold. Event and integration are globs; resource is an id or a key (`order:1`).

    `nth` is the how-manieth event of all that match besides, at each integration; who counts them is the planner.
    `when` is a condition on the message.
    """

    event: str | None = None
    integration: str | None = None
    transport: IntegrationType | None = None
    resource_type: str | None = None
    resource: str | None = None
    attempt: int | None = None
    nth: int | None = None
    when: Condition | None = None

    @classmethod
    def parse(cls, value: object, *path: str | int) -> "Match":
        """A text alone is an event glob. Raises InvalidInput."""
        if isinstance(value, str):
            return cls(event=event_glob(value, *path))
        fields = Fields(value, *path)
        event = fields.text("event", None)
        when = fields.text("when", None)
        of_type = fields.text("resource_type", None)
        match = cls(
            event=None if event is None else event_glob(event, *path, "event"),
            integration=fields.text("integration", None),
            transport=fields.choice("transport", IntegrationType, None),
            resource_type=None if of_type is None else resource_type(of_type, *path, "resource_type"),
            resource=fields.text("resource", None),
            attempt=fields.integer("attempt", None, minimum=1),
            nth=fields.integer("nth", None, minimum=1),
            when=None if when is None else Condition.parse(when, ROOTS, *path, "when"),
        )
        fields.done()
        return match

    def covers_kind(self, event_key: str, resource_type: str, integration: Integration) -> bool:
        """The part that is the same for every event of a key with one integration."""
        return (
            (self.event is None or fnmatchcase(event_key, self.event))
            and (self.integration is None or fnmatchcase(integration.key, self.integration))
            and (self.transport is None or self.transport is integration.integration_type)
            and (self.resource_type is None or self.resource_type == resource_type)
        )

    def covers_one(self, event: Event, attempt: int) -> bool:
        """The rest, but for `attempt` where it is the first event that counts, and `nth`."""
        return (self.attempt is None or self.attempt == attempt) and self.covers_event(event, attempt)

    def covers_event(self, event: Event, attempt: int) -> bool:
        """What is about the event itself, whichever attempt is made; `when` may ask for that too."""
        return (self.resource is None or self.resource in (event.resource, event.resource_id)) and (
            self.when is None or self.when.holds(_names(event, attempt))
        )

    def describe(self) -> Mapping[str, Any]:
        return {
            name: value
            for name in ("event", "integration", "transport", "resource_type", "resource", "attempt", "nth")
            if (value := getattr(self, name)) is not None
        } | ({} if self.when is None else {"when": self.when.text})


ROOTS = ("event", "resource", "resource_type", "attempt", "data", "included")
"""What the paths of a `when` begin with: the key, the resource's key and type, the attempt, and the payload."""


def _names(event: Event, attempt: int) -> Mapping[str, Any]:
    payload: Mapping[str, Any] = orjson.loads(event.payload)
    return {
        "event": event.key,
        "resource": event.resource,
        "resource_type": event.resource_type,
        "attempt": attempt,
        "data": payload.get("data", payload),
        "included": payload.get("included"),
    }
