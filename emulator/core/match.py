"""Match: which sends a rule is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from emulator.core.fields import Fields
from emulator.domain.catalog import event_glob
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Every given condition must hold. Event and integration are globs; resource is an id or a key (`order:1`)."""

    event: str | None = None
    integration: str | None = None
    transport: IntegrationType | None = None
    resource_type: str | None = None
    resource: str | None = None
    attempt: int | None = None

    @classmethod
    def parse(cls, value: object, *path: str | int) -> "Match":
        """A text alone is an event glob. Raises InvalidInput."""
        if isinstance(value, str):
            return cls(event=event_glob(value, *path))
        fields = Fields(value, *path)
        event = fields.text("event", None)
        match = cls(
            event=None if event is None else event_glob(event, *path, "event"),
            integration=fields.text("integration", None),
            transport=fields.choice("transport", IntegrationType, None),
            resource_type=fields.text("resource_type", None),
            resource=fields.text("resource", None),
            attempt=fields.integer("attempt", None, minimum=1),
        )
        fields.done()
        return match

    def covers(self, event: Event, integration: Integration, attempt: int) -> bool:
        return self.covers_kind(event.key, event.resource_type, integration) and self.covers_one(event, attempt)

    def covers_kind(self, event_key: str, resource_type: str, integration: Integration) -> bool:
        """The part that is the same for every event of a key with one integration."""
        return (
            (self.event is None or fnmatchcase(event_key, self.event))
            and (self.integration is None or fnmatchcase(integration.key, self.integration))
            and (self.transport is None or self.transport is integration.integration_type)
            and (self.resource_type is None or self.resource_type == resource_type)
        )

    def covers_one(self, event: Event, attempt: int) -> bool:
        """The rest."""
        return (self.attempt is None or self.attempt == attempt) and (
            self.resource is None or self.resource in (event.resource, event.resource_id)
        )

    def describe(self) -> Mapping[str, Any]:
        return {
            name: value
            for name in ("event", "integration", "transport", "resource_type", "resource", "attempt")
            if (value := getattr(self, name)) is not None
        }
