"""Operation: one method on one path, with what the OpenAPI document says of it; and how a call of it runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.api.body import decoded, read_body
from emulator.api.caller import Caller, caller_of
from emulator.api.misbehaviour import misbehaving
from emulator.api.page import PAGE_PARAMETERS
from emulator.api.refusal import MAX_ENTRIES, ErrorEntry, Refusal, hint, invalid, quoted, refuse
from emulator.api.schema import Schema, faults_of
from emulator.api.tokens import Tokens
from emulator.domain.catalog import event_glob
from emulator.domain.errors import JournalUnwritable
from emulator.domain.ports import Shelves
from emulator.runtime.emulator import Emulator
from emulator.runtime.journal import Journal

SAVED = "this is a saved journal; it can be looked at, not changed"


class Surface(StrEnum):
    """Whose API an operation belongs to."""

    EPCC = "epcc"
    CONTROL = "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the request and everything a handler may use.

    `body` is the decoded JSON, None where none is read. `registering` is held from reading integrations until they
    are changed, so that two calls at once neither take the same last place nor undo each other.
    """

    request: Request
    emulator: Emulator
    tokens: Tokens
    registering: asyncio.Lock
    caller: Caller = field(default_factory=Caller)
    body: Any = None

    @property
    def shelves(self) -> Shelves:
        """The shop as this call sees it: a read as it was a consistency lag ago, a write as it is."""
        reads = self.request.method in ("GET", "HEAD")
        return self.emulator.lagging_shelves if reads else self.emulator.shelves

    def word(self, name: str) -> str:
        """A part of the path."""
        found: str = self.request.path_params[name]
        return found

    def query(self, name: str) -> str | None:
        """A query parameter, None when it is absent or empty."""
        return self.request.query_params.get(name) or None

    def event_glob(self, name: str) -> str | None:
        """A query parameter that is an event's key or a glob. Raises InvalidInput for one that can match none."""
        pattern = self.query(name)
        return None if pattern is None else event_glob(pattern, name)

    async def history(self) -> Journal:
        """The journal, once it holds what happened before this call; as it is, while it cannot be written."""
        journal = self.emulator.journal
        if self.emulator.healthy:
            with suppress(JournalUnwritable):
                await journal.flush()
        return journal


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    `body` is the schema of a JSON body; on the control surface it is also checked, on EPCC's the handler does that
    (it must ignore what it does not know). `form` only documents. `query` maps parameters to their schemas;
    `paged` adds those of pages.
    `public` needs no token; `raw` handlers read the body themselves; `timeless` ones may let virtual time move
    while they run. `answers` maps statuses to schemas (None: no body), `refusals` names the statuses of errors.
    """

    method: str
    path: str
    name: str
    summary: str
    surface: Surface
    handler: Handler
    paged: bool = False
    public: bool = False
    raw: bool = False
    timeless: bool = False
    body: Schema | None = None
    body_optional: bool = False
    form: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    answers: Mapping[int, Schema | None] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    media_type: str = "application/json"

    @property
    def changes(self) -> bool:
        """Whether it may change anything; reads of the provider's surface let a shop's furniture be there."""
        return self.method != "GET" or self.surface is Surface.EPCC

    def parameters(self) -> Mapping[str, Schema]:
        """The query parameters and their schemas."""
        return {**self.query, **PAGE_PARAMETERS} if self.paged else self.query


async def run(operation: Operation, call: Call) -> Response:
    """Answers one call: who calls, what they sent, then the handler, with virtual time standing still."""
    if call.emulator.settings.saved is not None and operation.changes:
        raise refuse(HTTPStatus.CONFLICT, SAVED)
    if operation.surface is Surface.CONTROL:
        _check_query(operation, call.request)
        if operation.timeless:
            return await operation.handler(await _with_body(operation, call))
    with call.emulator.call():
        if operation.surface is Surface.CONTROL:
            return await operation.handler(await _with_body(operation, call))
        return await misbehaving(call.emulator, call.request, operation.method, partial(_done, operation, call))


async def _done(operation: Operation, call: Call) -> Response:
    """A call of the provider's surface, from whoever may make it."""
    if not operation.public:
        authorization = call.request.headers.get("authorization")
        call = replace(call, caller=caller_of(authorization, call.tokens, call.emulator.settings.auth))
    return await operation.handler(await _with_body(operation, call))


async def _with_body(operation: Operation, call: Call) -> Call:
    if operation.body is None or operation.raw:
        return call
    raw = await read_body(call.request, call.emulator.settings.body_limit)
    body: Any = {} if operation.body_optional and not raw.strip() else decoded(raw)
    if operation.surface is Surface.CONTROL:
        entries = tuple(islice(faults_of(operation.body, body), MAX_ENTRIES))
        if entries:
            raise Refusal(*entries)
    return replace(call, body=body)


def _check_query(operation: Operation, request: Request) -> None:
    """On our own surface an unknown parameter is a mistake, not something to ignore."""
    known = operation.parameters()
    entries: list[ErrorEntry] = [
        invalid(name, f"{quoted(name)} is not a parameter of this call{hint(name, known)}")
        for name in [name for name in request.query_params if name not in known][:MAX_ENTRIES]
    ]
    if entries:
        raise Refusal(*entries)
