"""`/_emulator/integrations`: registrations of the emulator's own tools, by globs and beyond quotas."""

from typing import Any

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.integration_request import Terms, covered_keys, parse_creation
from emulator.api.integration_schema import MANAGED, MANAGED_ANSWER, MANAGED_LIST_ANSWER
from emulator.api.operation import Call, Operation, Surface
from emulator.api.schema import shape, text
from emulator.domain.integration import Integration, IntegrationType, Scope
from emulator.store.integration_document import integration_document


async def list_managed(call: Call) -> Response:
    """Every integration there is, the managed ones marked, in order of creation."""
    return answer({"data": [_shown(call, one) for one in call.emulator.integrations()]})


async def ensure_managed(call: Call) -> Response:
    """An integration of this name: made, or reused and brought to what is asked for. Enabled unless told otherwise."""
    sent = {"integration_type": str(IntegrationType.WEBHOOK), **call.body, "type": "integration"}
    scope = Scope(sent.pop("scope", Scope.STORE))
    values = parse_creation(sent, Terms(scope=scope, globs=True), enabled=True)
    integration = await call.emulator.ensure_integration(**values, scope=scope)
    return answer(
        {
            "data": _shown(call, integration),
            "production": production_needs(integration.observes, call.emulator.settings.event_limit),
        }
    )


async def delete_managed(call: Call) -> Response:
    """Removes any integration, by its key or id."""
    integration = call.emulator.integration(call.word("integration"))
    gone = await call.emulator.delete_integration(integration.id)
    return answer({"data": {"type": "integration", "id": gone.id, "key": gone.key}})


def production_needs(observes: tuple[str, ...], event_limit: int) -> dict[str, Any]:
    """What the real service would ask for: keys where this has globs, and as many integrations as that takes."""
    keys = [*covered_keys(observes), *(key for key in observes if _custom(key))]
    needed = max(1, -(-len(keys) // event_limit)) if event_limit else 1
    globs = [pattern for pattern in observes if set(pattern) & set("*?[")]
    notes = []
    if globs:
        notes.append(f"Production knows no globs: {', '.join(globs)} stands for {len(keys)} event keys")
    if needed > 1:
        notes.append(f"Production allows {event_limit} events an integration: register {needed}")
    return {"observes": keys, "integrations": needed, "notes": notes}


def _custom(key: str) -> bool:
    """A Custom API's key, which the catalog cannot list."""
    return "_ext." in key and not set(key) & set("*?[")


def _shown(call: Call, integration: Integration) -> dict[str, Any]:
    return {
        **integration_document(integration, call.emulator.settings.base_url),
        "key": integration.key,
        "scope": str(integration.scope),
        "managed": integration.managed,
    }


OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/integrations",
        name="listManagedIntegrations",
        summary="Every integration, with its key",
        surface=Surface.CONTROL,
        handler=list_managed,
        answers={200: MANAGED_LIST_ANSWER},
    ),
    Operation(
        method="PUT",
        path="/_emulator/integrations",
        name="ensureIntegration",
        summary="Makes an integration, or reuses the one of this name; globs are allowed and quotas do not apply",
        surface=Surface.CONTROL,
        handler=ensure_managed,
        body=MANAGED,
        answers={200: MANAGED_ANSWER},
        refusals=(400, 409, 413, 422, 503),
    ),
    Operation(
        method="DELETE",
        path="/_emulator/integrations/{integration:path}",
        name="removeIntegration",
        summary="Removes an integration, by key or id",
        surface=Surface.CONTROL,
        handler=delete_managed,
        answers={
            200: shape(
                {"data": shape({"id": text("Its id"), "key": text("Its key")}, required=("id", "key"), closed=False)},
                required=("data",),
                closed=False,
            )
        },
        refusals=(404, 422, 503),
    ),
)
