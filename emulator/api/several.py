"""Several: a request for several things at once, of which all are done, or those that can be."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.act import done, several_of
from emulator.api.answer import answer
from emulator.api.operation import Call, Handler
from emulator.api.refusal import ErrorEntry, Refusal, refusal_of
from emulator.domain.errors import EmulatorError
from emulator.domain.resource import Change, Command
from emulator.store.entries import EntryRefused
from emulator.store.inventory import InsufficientStock


def several(
    command: Callable[[Call, Sequence[Any]], Command],
    shown: Callable[[Call, Change], Mapping[str, Any]],
    option: str = "add_all_or_nothing",
) -> Handler:
    """Does what `command` makes of all entries at once. Where one is refused, so is all, if there is but one or the
    request's `option` says so; else the others are done, and the answer tells of those that were not (the provider's
    bulk requests)."""

    async def handler(call: Call) -> Response:
        call.caller.must_be_trusted()
        entries = several_of(call)
        alone = isinstance(call.body["data"], Mapping) or _all_or_nothing(call, option)
        refused: list[ErrorEntry] = []
        while entries:
            try:
                change = await done(call, command(call, entries))
            except EntryRefused as error:
                reason = _entries(error.reason)
                if alone:
                    raise Refusal(*reason) from None
                refused += reason
                entries = [entry for index, entry in enumerate(entries) if index != error.index]
            else:
                document = dict(shown(call, change))
                if refused:
                    document["errors"] = [entry.document(call.request.scope["path"]) for entry in refused]
                return answer(document)
        raise Refusal(*refused)

    return handler


def _all_or_nothing(call: Call, option: str) -> bool:
    options = call.body.get("options")
    return isinstance(options, Mapping) and options.get(option) is True


def _entries(reason: EmulatorError) -> tuple[ErrorEntry, ...]:
    if isinstance(reason, InsufficientStock):
        return (ErrorEntry(status=HTTPStatus.BAD_REQUEST, title="Insufficient stock", detail=str(reason)),)
    return refusal_of(reason).entries
