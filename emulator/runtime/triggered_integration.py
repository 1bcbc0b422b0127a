"""Triggered integrations: `trigger integration.updated` and the like register, change and remove a real one."""

import orjson

from emulator.domain.catalog import CATALOG
from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UserError
from emulator.domain.integration import Integration, IntegrationType, WebhookConfiguration
from emulator.domain.resource import PayloadEdit
from emulator.runtime.integrations import AS_USUAL, Integrations, NewIntegration, Raising, Registered
from emulator.runtime.parts import Parts
from emulator.runtime.trigger import TriggerRequest

_PREFIX = "integration."
_NAME = "Triggered by hand"
_SILENT = Raising(quiet=True)


def is_about_integrations(key: str) -> bool:
    """Whether the events of this key are raised by the life of an integration."""
    return key.startswith(_PREFIX) and key in CATALOG


class TriggeredIntegrations:
    """One is registered, disabled, where the event needs one: it shows what its observers are told, and hears nothing
    itself."""

    def __init__(self, parts: Parts, integrations: Integrations) -> None:
        self._registry = parts.registry
        self._integrations = integrations
        self._limit = parts.settings.integration_limit

    async def once(self, request: TriggerRequest) -> list[Registered]:
        """Within a turn: what happens so that the event is raised once, the event itself last.

        Raises NotFound for an `of` that there is not, IllegalCommand for one that cannot be led on, UserError when the
        store has as many integrations as it may have.
        """
        if request.key == "integration.created" and request.of is not None:
            raise IllegalCommand(f"{request.of} is there already; leave --of out to register another one")
        if request.of is not None and request.alias is not None:
            raise InvalidInput(
                f"{request.key} makes nothing new that could be called '{request.alias}'", path=("alias",)
            )
        last = Raising(edit=_edit(request))
        if request.key == "integration.created":
            return [await self._made(request, last)]
        made = [] if request.of else [await self._made(request, _SILENT if request.only else AS_USUAL)]
        target = made[0].integration if made else self._referred(request.of or "")
        if request.key == "integration.updated":
            changes = {"description": f"{target.description} (changed)".strip()}
            return [*made, await self._integrations.update_now(target, changes, how=last)]
        return [*made, await self._integrations.delete_now(target, how=last)]

    async def _made(self, request: TriggerRequest, how: Raising) -> Registered:
        if sum(not one.managed for one in self._registry.all()) >= self._limit:
            raise UserError(f"there are {self._limit} integrations already, as many as there may be; delete one first")
        values: NewIntegration = {
            "integration_type": IntegrationType.WEBHOOK,
            "observes": ("order.created",),
            "configuration": WebhookConfiguration(url="http://127.0.0.1:8000/hook"),
            "description": "Made so that there is an event about it",
            "enabled": False,
        }
        return await self._integrations.create_now(request.alias or _NAME, False, values, how=how)

    def _referred(self, of: str) -> Integration:
        """By id, key or name, or the newest; one that comes and goes with a session tells nobody of itself."""
        own = [one for one in self._registry.all() if not one.managed]
        if of == "last":
            if not own:
                raise NotFound("there is no integration yet that could be the last; leave --of out to make one")
            return own[-1]
        found = self._registry.find(of)
        if found.managed:
            raise UserError(f"{found.name} belongs to a running session, and raises no events; register one first")
        return found


def _edit(request: TriggerRequest) -> PayloadEdit | None:
    if not (request.override or request.add or request.remove or request.raw is not None):
        return None
    return PayloadEdit(
        key=request.key,
        override=dict(request.override),
        add=dict(request.add),
        remove=request.remove,
        raw=None if request.raw is None else orjson.dumps(request.raw).decode(),
    )
