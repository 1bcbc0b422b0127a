"""Integrations: registering, changing and removing them, with the events that their own life raises."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Required, TypedDict, Unpack

from emulator.core.drafting import Drafted
from emulator.domain.event import Event
from emulator.domain.identity import derived_id
from emulator.domain.integration import Configuration, Integration, IntegrationType, Scope
from emulator.domain.moment import to_millis
from emulator.domain.record import RecordKind
from emulator.domain.resource import PayloadEdit
from emulator.runtime.acceptance import Happening
from emulator.runtime.by_hand import saved_pauses
from emulator.runtime.parts import Parts
from emulator.store.integration_document import integration_document
from emulator.store.integrations import integration_event
from emulator.store.overrides import edited

_MILLISECOND = 1000


class NewIntegration(TypedDict, total=False):
    """What an integration may be made with besides its name."""

    integration_type: Required[IntegrationType]
    observes: Required[tuple[str, ...]]
    configuration: Required[Configuration]
    description: str
    enabled: bool
    scope: Scope


class Raising(NamedTuple):
    """How what happens to an integration is told: not at all, or with another payload."""

    quiet: bool = False
    edit: PayloadEdit | None = None


AS_USUAL = Raising()


class Registered(NamedTuple):
    """An integration after what was done to it, what that raised, and what is planned of it."""

    integration: Integration
    events: Sequence[Event]
    drafted: Sequence[Drafted]


class Integrations:
    """Managed integrations raise no events: they belong to the test, not to the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, *, name: str, managed: bool = False, **values: Unpack[NewIntegration]) -> Integration:
        """A namesake of one that is or was gets a key of its own."""
        made = await self._parts.acceptance.in_turn(lambda: self.create_now(name, managed, values))
        return made.integration

    async def ensure(self, *, name: str, **values: Unpack[NewIntegration]) -> Integration:
        """The managed integration of this name, made or brought up to date."""

        async def act() -> Registered:
            for one in self._parts.registry.all():
                if one.managed and one.name == name:
                    return await self.update_now(one, values)
            return await self.create_now(name, True, values)

        ensured = await self._parts.acceptance.in_turn(act)
        return ensured.integration

    async def update(self, integration_id: str, **changes: Any) -> Integration:
        """Only what is named changes; nothing named, or nothing new, changes nothing. Raises NotFound."""

        async def act() -> Registered:
            return await self.update_now(self._parts.registry.find(integration_id), changes)

        changed = await self._parts.acceptance.in_turn(act)
        return changed.integration

    async def delete(self, integration_id: str) -> Integration:
        """Raises NotFound."""

        async def act() -> Registered:
            return await self.delete_now(self._parts.registry.find(integration_id))

        deleted = await self._parts.acceptance.in_turn(act)
        return deleted.integration

    # Within a turn

    async def create_now(
        self, name: str, managed: bool, values: NewIntegration, *, how: Raising = AS_USUAL
    ) -> Registered:
        parts = self._parts
        key = parts.registry.free_key(name, managed=managed)
        at = parts.acceptance.next_at()
        integration = Integration(
            key=key,
            id=derived_id(parts.settings.seed, "integration", key),
            name=name,
            managed=managed,
            created_at=at,
            updated_at=at,
            **values,
        )
        return await self._accept(integration, "create", at, how)

    async def update_now(
        self, current: Integration, changes: Mapping[str, Any], *, how: Raising = AS_USUAL
    ) -> Registered:
        changed = replace(current, **changes)
        if changed == current:
            return Registered(current, (), ())
        at = self._parts.acceptance.next_at()
        if to_millis(at) <= to_millis(current.updated_at):
            changed = replace(changed, updated_at=(current.updated_at // _MILLISECOND + 1) * _MILLISECOND)
        else:
            changed = replace(changed, updated_at=at)
        registered = await self._accept(changed, "update", at, how)
        if current.enabled and not changed.enabled:
            self._end(changed.key, "the integration was disabled")
        return registered

    async def delete_now(self, integration: Integration, *, how: Raising = AS_USUAL) -> Registered:
        registered = await self._accept(integration, "delete", self._parts.acceptance.next_at(), how)
        self._end(integration.key, "the integration was deleted")
        self._parts.dispatcher.resume(integration.key)
        return registered

    def _end(self, key: str, why: str) -> None:
        """What is under way to it ends, what was to come is cancelled."""
        parts = self._parts
        parts.journal_all(parts.dispatcher.cancel(key, why, parts.clock.now()))
        parts.engine.abort(key)

    async def _accept(self, integration: Integration, verb: str, at: int, how: Raising) -> Registered:
        parts = self._parts
        removed = verb == "delete"
        told = {"key": integration.key, "name": integration.name, "what": f"{verb}d"}
        standing = {"enabled": integration.enabled, "observes": list(integration.observes)}
        note = parts.scribe.write(RecordKind.INTEGRATION, at, data={**told, **standing})
        events = () if integration.managed or how.quiet else (self._event(integration, verb, at, how.edit),)
        paused = parts.dispatcher.paused
        happening = Happening(
            events=events,
            records=(note,),
            integrations=() if removed else (integration,),
            removed_integrations=(integration.key,) if removed else (),
            meta=saved_pauses(paused - {integration.key}) if removed and integration.key in paused else {},
        )
        return Registered(integration, events, await parts.acceptance.accept(happening))

    def _event(self, integration: Integration, verb: str, at: int, edit: PayloadEdit | None) -> Event:
        parts = self._parts
        document = integration_document(integration, parts.settings.base_url)
        key = integration.key
        event = integration_event(document, verb, key=key, occurrence=self._occurrence(key, verb), at=at)
        if integration.scope is Scope.ORGANIZATION:
            event = replace(event, scopes=frozenset({Scope.ORGANIZATION}))
        return event if edit is None else replace(event, payload=edited(event.payload, edit))

    def _occurrence(self, key: str, verb: str) -> int:
        """The next occurrence of this event on this integration, also when the earlier ones were pruned."""
        newest, _ = self._parts.journal.events(key_glob=f"integration.{verb}d", resource=f"integration:{key}", limit=1)
        return int(newest[0].identity.rpartition(":")[2]) + 1 if newest else 1
