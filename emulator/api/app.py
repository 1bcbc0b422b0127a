"""The ASGI application: every operation as a route, behind the guard."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from emulator.api import (
    captures,
    carts,
    catalogue,
    chaos,
    clock,
    configuration,
    deliveries,
    environment,
    events,
    extensions,
    feed,
    health,
    holds,
    integrations,
    integrity,
    logs,
    managed,
    oauth,
    orders,
    people,
    queues,
    records,
    search,
    shop,
    subscriptions,
    traffic,
    waiting,
    why,
)
from emulator.api.descriptions import described
from emulator.api.failures import Failures, emulator_error, http_error
from emulator.api.guard import Guard
from emulator.api.operation import Call, Operation, run
from emulator.api.refusal import ErrorEntry, Refusal, quoted
from emulator.api.tokens import Tokens
from emulator.domain.errors import EmulatorError
from emulator.runtime.emulator import Emulator

# `/v2/integrations/logs` comes before `/v2/integrations/{id}`, which would match it too; so does an event's `why`.
_DESCRIBED: tuple[Operation, ...] = (
    *oauth.OPERATIONS,
    *logs.OPERATIONS,
    *integrations.OPERATIONS,
    *carts.OPERATIONS,
    *orders.OPERATIONS,
    *shop.OPERATIONS,
    *people.OPERATIONS,
    *catalogue.OPERATIONS,
    *configuration.OPERATIONS,
    *subscriptions.OPERATIONS,
    *extensions.OPERATIONS,
    *health.OPERATIONS,
    *why.OPERATIONS,
    *events.OPERATIONS,
    *traffic.OPERATIONS,
    *integrity.OPERATIONS,
    *deliveries.OPERATIONS,
    *captures.OPERATIONS,
    *chaos.OPERATIONS,
    *clock.OPERATIONS,
    *waiting.OPERATIONS,
    *holds.OPERATIONS,
    *managed.OPERATIONS,
    *queues.OPERATIONS,
    *environment.OPERATIONS,
    *records.OPERATIONS,
    *search.OPERATIONS,
    *feed.OPERATIONS,
)
OPERATIONS = (*_DESCRIBED, *described(_DESCRIBED))
"""Every operation, in the order in which their paths are tried."""


def create_app(emulator: Emulator) -> Starlette:
    """The API of a started emulator: the provider's surface and ours. It neither starts nor stops the emulator."""
    tokens = Tokens()
    registering = asyncio.Lock()

    def call_of(request: Request) -> Call:
        return Call(request=request, emulator=emulator, tokens=tokens, registering=registering)

    app = Starlette(
        routes=_routes(OPERATIONS, call_of),
        middleware=[
            Middleware(Guard, allowed_hosts=emulator.settings.allowed_hosts),
            Middleware(Failures),
        ],
        exception_handlers={HTTPException: http_error, EmulatorError: emulator_error},
    )
    app.router.redirect_slashes = False  # a redirect is not an answer in the service's shape
    return app


def _routes(operations: Sequence[Operation], call_of: Callable[[Request], Call]) -> list[Route]:
    """One route a path, so that the 405 of a path names all of its methods."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return [Route(path, _Endpoint(methods, call_of)) for path, methods in paths.items()]


class _Endpoint:
    """One path. An ASGI application rather than a function, for which Starlette would answer other methods itself."""

    def __init__(self, operations: Mapping[str, Operation], call_of: Callable[[Request], Call]) -> None:
        self._operations = operations
        self._call_of = call_of
        self._methods = sorted({*operations, *(["HEAD"] if "GET" in operations else [])})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        answer = await run(self._operation(request.method), self._call_of(request))
        await answer(scope, receive, send)

    def _operation(self, method: str) -> Operation:
        operation = self._operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            detail = f"{quoted(method)} is not allowed here; use {' or '.join(self._methods)}"
            headers = {"Allow": ", ".join(self._methods)}
            raise Refusal(ErrorEntry(status=HTTPStatus.METHOD_NOT_ALLOWED, detail=detail), headers=headers)
        return operation
