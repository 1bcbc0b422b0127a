"""Misbehaviour of the provider's surface: calls are answered late, or refused, because a rule says so."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from emulator.api.connection import hung_up
from emulator.api.refusal import NOT_FOUND_DETAIL, ErrorEntry, Refusal
from emulator.core.misbehaviour import Verdict
from emulator.domain.errors import EmulatorError
from emulator.domain.identity import derived_id
from emulator.domain.moment import SECOND
from emulator.runtime.emulator import Emulator


async def misbehaving(
    emulator: Emulator, request: Request, method: str, work: Callable[[], Awaitable[Response]]
) -> Response:
    """Does one call of the provider's surface, unless the rules refuse it; late, where they say so.

    What is late is the answer: the work has been done by then, so that a caller who gives up waiting has changed the
    shop all the same. Raises the refusal in the provider's shape, with nothing in it that tells that it is made up.
    """
    verdict = emulator.verdict(method, request.scope["path"])
    try:
        if verdict.status is not None:
            raise _refusal(verdict, emulator.settings.seed)
        done = await work()
    except EmulatorError:
        await _linger(request, verdict.late)
        raise
    await _linger(request, verdict.late)
    return done


def _refusal(verdict: Verdict, seed: int) -> Refusal:
    assert verdict.status is not None
    entry = ErrorEntry(
        status=verdict.status,
        detail=NOT_FOUND_DETAIL if verdict.status == HTTPStatus.NOT_FOUND else None,
        request_id=derived_id(seed, "request", verdict.turn)
        if verdict.status == HTTPStatus.INTERNAL_SERVER_ERROR
        else None,
    )
    headers = {}
    if verdict.retry_after is not None:
        headers["Retry-After"] = str(max(1, -(-verdict.retry_after // SECOND)))
    return Refusal(entry, headers=headers)


async def _linger(request: Request, micros: int) -> None:
    """Waits, but not for a caller who has gone."""
    if not micros:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(micros / SECOND):
            await hung_up(request)
