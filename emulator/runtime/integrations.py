"""Integrations: registering, changing and removing them, with the events that their own life raises."""

from dataclasses import replace
from typing import Any

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


class Integrations:
    """Managed integrations raise no events: they belong to the test, not to the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(
        self,
        *,
        name: str,
        integration_type: IntegrationType,
        observes: tuple[str, ...],
        configuration: Configuration,
        description: str = "",
        enabled: bool = False,
        scope: Scope = Scope.STORE,
        managed: bool = False,
    ) -> Integration:
        async def act() -> Integration:
            parts = self._parts
            key = parts.registry.free_key(name)
            at = parts.acceptance.next_at()
            integration = Integration(
                key=key,
                id=derived_id(parts.settings.seed, "integration", key),
                name=name,
                description=description,
                integration_type=integration_type,
                enabled=enabled,
                observes=observes,
                configuration=configuration,
                scope=scope,
                managed=managed,
                created_at=at,
                updated_at=at,
            )
            await self._accept(integration, "create", at)
            return integration

        return await self._parts.acceptance.in_turn(act)

    async def ensure(self, *, name: str, **values: Any) -> Integration:
        """The managed integration of this name, made or brought up to date."""
        for one in self._parts.registry.all():
            if one.managed and one.name == name:
                return await self.update(one.id, **values)
        return await self.create(name=name, managed=True, **values)

    async def update(self, integration_id: str, **changes: Any) -> Integration:
        """Only what is named changes; nothing named, or nothing new, changes nothing. Raises NotFound."""

        async def act() -> Integration:
            parts = self._parts
            current = parts.registry.find(integration_id)
            changed = replace(current, **changes)
            if changed == current:
                return current
            at = parts.acceptance.next_at()
            if to_millis(at) <= to_millis(current.updated_at):
                changed = replace(changed, updated_at=(current.updated_at // _MILLISECOND + 1) * _MILLISECOND)
            else:
                changed = replace(changed, updated_at=at)
            await self._accept(changed, "update", at)
            if current.enabled and not changed.enabled:
                self._end(changed.key, "the integration was disabled")
            return changed

        return await self._parts.acceptance.in_turn(act)

    async def delete(self, integration_id: str) -> Integration:
        """Raises NotFound."""

        async def act() -> Integration:
            integration = self._parts.registry.find(integration_id)
            await self._accept(integration, "delete", self._parts.acceptance.next_at())
            self._end(integration.key, "the integration was deleted")
            return integration

        return await self._parts.acceptance.in_turn(act)

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
        _, before = parts.journal.events(
            key_glob=f"integration.{verb}d", resource=f"integration:{integration.key}", limit=1
        )
        event = integration_event(document, verb, key=integration.key, occurrence=before + 1, at=at)
        if integration.scope is Scope.ORGANIZATION:
            event = replace(event, scopes=frozenset({Scope.ORGANIZATION}))
        return event
