"""`/v2/integrations`: register, read, change and remove integrations, as the provider's API does."""

from dataclasses import replace
from http import HTTPStatus

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.body import data_of
from emulator.api.integration_listing import arranged
from emulator.api.integration_request import Terms, parse_changes, parse_creation
from emulator.api.integration_schema import (
    CREATION,
    ERROR_STATUSES,
    INTEGRATION_ANSWER,
    INTEGRATIONS_ANSWER,
    REMOVAL_ANSWER,
    UPDATE,
)
from emulator.api.operation import Call, Operation, Surface
from emulator.api.page import MAX_LIMIT, page_of
from emulator.api.refusal import Refusal, invalid, not_found
from emulator.api.schema import text
from emulator.domain.errors import NotFound
from emulator.domain.integration import Integration
from emulator.store.integration_document import integration_document


async def list_integrations(call: Call) -> Response:
    """All of the caller's store or organization; the provider does not page them, we do when asked."""
    call.caller.must_be_trusted()
    found = arranged(call.emulator.integrations(call.caller.scope), call.request.query_params)
    most = max(MAX_LIMIT, len(found))
    page = page_of(call.request.query_params, default=most, most=most)
    base_url = call.emulator.settings.base_url
    shown = found[page.offset : page.offset + page.limit]
    return answer(
        {
            "data": [integration_document(integration, base_url) for integration in shown],
            "links": {"self": f"{base_url.rstrip('/')}/v2/integrations"},
            **page.meta(len(found)),
        }
    )


async def create_integration(call: Call) -> Response:
    """A new integration; disabled unless the caller or the settings say otherwise."""
    call.caller.must_be_trusted()
    settings = call.emulator.settings
    terms = Terms(scope=call.caller.scope, event_limit=settings.event_limit)
    values = parse_creation(data_of(call.body), terms, enabled=settings.enabled_by_default)
    async with call.registering:
        own = [one for one in call.emulator.integrations(call.caller.scope) if not one.managed]
        if len(own) >= settings.integration_limit:
            detail = f"You have reached the integration limit of {settings.integration_limit}"
            raise Refusal(invalid("data", detail))
        made = await call.emulator.create_integration(**values, scope=call.caller.scope)
    return _shown(call, made, HTTPStatus.CREATED)


async def read_integration(call: Call) -> Response:
    """One integration, secrets of queues masked."""
    return _shown(call, found_integration(call))


async def update_integration(call: Call) -> Response:
    """Changes the attributes that were sent and no other."""
    data = data_of(call.body)
    async with call.registering:
        stored = found_integration(call)
        terms = Terms(scope=stored.scope, event_limit=call.emulator.settings.event_limit)
        if stored.managed:
            terms = replace(terms, event_limit=None, globs=True)
        changes = parse_changes(data, stored, terms)
        if changes:
            stored = await call.emulator.update_integration(stored.id, **changes)
    return _shown(call, stored)


async def delete_integration(call: Call) -> Response:
    """Removes it; what it was still to be sent is cancelled."""
    gone = await call.emulator.delete_integration(found_integration(call).id)
    return answer({"data": {"type": "integration", "id": gone.id}})


def found_integration(call: Call) -> Integration:
    """The integration that the path names by its id. Raises a 404 for an unknown one and for another scope's."""
    call.caller.must_be_trusted()
    wanted = call.word("integration_id")
    try:
        integration = call.emulator.integration(wanted)
    except NotFound:
        raise not_found() from None
    # The facade also finds integrations by key; the provider knows ids only.
    if integration.id != wanted or integration.scope is not call.caller.scope:
        raise not_found()
    return integration


def _shown(call: Call, integration: Integration, status: int = HTTPStatus.OK) -> Response:
    return answer({"data": integration_document(integration, call.emulator.settings.base_url)}, status)


_LISTING = {
    "filter": text("eq(name,…): only those with this name"),
    "sort": text("Order; descending with a minus", enum=["created_at", "-created_at", "name", "-name"]),
}

OPERATIONS = (
    Operation(
        method="GET",
        path="/v2/integrations",
        name="listIntegrations",
        summary="All integrations",
        surface=Surface.EPCC,
        handler=list_integrations,
        query=_LISTING,
        paged=True,
        answers={200: INTEGRATIONS_ANSWER},
        refusals=(401, 403, 422),
    ),
    Operation(
        method="POST",
        path="/v2/integrations",
        name="createIntegration",
        summary="Registers an integration",
        surface=Surface.EPCC,
        handler=create_integration,
        body=CREATION,
        answers={201: INTEGRATION_ANSWER},
        refusals=ERROR_STATUSES,
    ),
    Operation(
        method="GET",
        path="/v2/integrations/{integration_id}",
        name="getIntegration",
        summary="One integration",
        surface=Surface.EPCC,
        handler=read_integration,
        answers={200: INTEGRATION_ANSWER},
        refusals=(401, 403, 404),
    ),
    Operation(
        method="PUT",
        path="/v2/integrations/{integration_id}",
        name="updateIntegration",
        summary="Changes the attributes that are sent",
        surface=Surface.EPCC,
        handler=update_integration,
        body=UPDATE,
        answers={200: INTEGRATION_ANSWER},
        refusals=(*ERROR_STATUSES, 404),
    ),
    Operation(
        method="DELETE",
        path="/v2/integrations/{integration_id}",
        name="deleteIntegration",
        summary="Removes an integration; what it was still to be sent is cancelled",
        surface=Surface.EPCC,
        handler=delete_integration,
        answers={200: REMOVAL_ANSWER},
        refusals=(401, 403, 404, 503),
    ),
)
