"""Integrations: registering, changing and removing them, with the events that their own life raises."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Required, TypedDict, Unpack

from emulator.domain.event import Event
from emulator.domain.identity import derived_id
from emulator.domain.integration import Configuration, Integration, IntegrationType, Scope
from emulator.domain.moment import to_millis
from emulator.domain.record import RecordKind
from emulator.runtime.acceptance import Happening
from emulator.runtime.parts import Parts
from emulator.store.integration_document import integration_document
from emulator.store.integrations import integration_event

_MILLISECOND = 1000


class NewIntegration(TypedDict, total=False):
    """What an integration may be made with besides its name."""

    integration_type: Required[IntegrationType]
    observes: Required[tuple[str, ...]]
    configuration: Required[Configuration]
    description: str
    enabled: bool
    scope: Scope


class Integrations:
    """Managed integrations raise no events: they belong to the test, not to the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, *, name: str, managed: bool = False, **values: Unpack[NewIntegration]) -> Integration:
        """A namesake of one that is or was gets a key of its own."""
        return await self._parts.acceptance.in_turn(lambda: self._create(name, managed, values))

    async def ensure(self, *, name: str, **values: Unpack[NewIntegration]) -> Integration:
        """The managed integration of this name, made or brought up to date."""

        async def act() -> Integration:
            for one in self._parts.registry.all():
                if one.managed and one.name == name:
                    return await self._update(one, values)
            return await self._create(name, True, values)

        return await self._parts.acceptance.in_turn(act)

    async def update(self, integration_id: str, **changes: Any) -> Integration:
        """Only what is named changes; nothing named, or nothing new, changes nothing. Raises NotFound."""

        async def act() -> Integration:
            return await self._update(self._parts.registry.find(integration_id), changes)

        return await self._parts.acceptance.in_turn(act)

    async def delete(self, integration_id: str) -> Integration:
        """Raises NotFound."""

        async def act() -> Integration:
            integration = self._parts.registry.find(integration_id)
            await self._accept(integration, "delete", self._parts.acceptance.next_at())
            self._end(integration.key, "the integration was deleted")
            self._parts.dispatcher.resume(integration.key)
            return integration

        return await self._parts.acceptance.in_turn(act)

    async def _create(self, name: str, managed: bool, values: NewIntegration) -> Integration:
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
        await self._accept(integration, "create", at)
        return integration

    async def _update(self, current: Integration, changes: Mapping[str, Any]) -> Integration:
        changed = replace(current, **changes)
        if changed == current:
            return current
        at = self._parts.acceptance.next_at()
        if to_millis(at) <= to_millis(current.updated_at):
            changed = replace(changed, updated_at=(current.updated_at // _MILLISECOND + 1) * _MILLISECOND)
        else:
            changed = replace(changed, updated_at=at)
        await self._accept(changed, "update", at)
        if current.enabled and not changed.enabled:
            self._end(changed.key, "the integration was disabled")
        return changed

    def _end(self, key: str, why: str) -> None:
        """What is under way to it ends, what was to come is cancelled."""
        parts = self._parts
        parts.journal_all(parts.dispatcher.cancel(key, why, parts.clock.now()))
        parts.engine.abort(key)

    async def _accept(self, integration: Integration, verb: str, at: int) -> None:
        parts = self._parts
        removed = verb == "delete"
        note = parts.note(RecordKind.INTEGRATION, key=integration.key, name=integration.name, what=f"{verb}d")
        happening = Happening(
            events=() if integration.managed else (self._event(integration, verb, at),),
            records=(note,),
            integrations=() if removed else (integration,),
            removed_integrations=(integration.key,) if removed else (),
        )
        await parts.acceptance.accept(happening)

    def _event(self, integration: Integration, verb: str, at: int) -> Event:
        parts = self._parts
        document = integration_document(integration, parts.settings.base_url)
        key = integration.key
        event = integration_event(document, verb, key=key, occurrence=self._occurrence(key, verb), at=at)
        if integration.scope is Scope.ORGANIZATION:
            event = replace(event, scopes=frozenset({Scope.ORGANIZATION}))
        return event

    def _occurrence(self, key: str, verb: str) -> int:
        """The next occurrence of this event on this integration, also when the earlier ones were pruned."""
        newest, _ = self._parts.journal.events(key_glob=f"integration.{verb}d", resource=f"integration:{key}", limit=1)
        return int(newest[0].identity.rpartition(":")[2]) + 1 if newest else 1
