"""Extensions: Custom APIs over the API, and what stands in them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from emulator.api.act import Asked, act, living, written
from emulator.api.answer import answer
from emulator.api.collection import Collection, listed, operations_of
from emulator.api.operation import Call
from emulator.api.reading import reading
from emulator.api.refusal import not_found
from emulator.domain.resource import Change, Command, Resource
from emulator.store import views
from emulator.store.custom_apis import TYPE as CUSTOM_API
from emulator.store.custom_entries import is_custom

_ROOT = "/v2/settings/extensions/custom-apis"
_ENTRIES = "/v2/extensions/{custom_api_slug}"
_BELOW = f"{_ROOT}/{{custom_api_id}}/entries"
_ENTRY = "custom_api_entry_id"
_MOST = 1_000

COLLECTIONS = (Collection(type=CUSTOM_API, path=_ROOT, made=True, changed=True, deleted=True),)

Type = Callable[[Call], str]


def _by_slug(call: Call) -> str:
    """The type of the Custom API's entries; a type is its own slug where nobody has made a Custom API of it."""
    slug = call.word("custom_api_slug")
    for one in call.shelves.page(CUSTOM_API, limit=_MOST)[0]:
        if one.document.get("slug") == slug:
            return str(one.document["api_type"])
    if not is_custom(slug):
        raise not_found()
    return slug


def _by_id(call: Call) -> str:
    return str(living(call, CUSTOM_API, call.word("custom_api_id")).document["api_type"])


def _entry(call: Call, type: str) -> Resource:
    return living(call, type, call.word(_ENTRY))


def _read(type_of: Type) -> Callable[[Call], Any]:
    async def handler(call: Call) -> Response:
        call.caller.must_be_trusted()
        return answer(views.read(_entry(call, type_of(call)), call.shelves))

    return handler


def _list(type_of: Type) -> Callable[[Call], Any]:
    async def handler(call: Call) -> Response:
        call.caller.must_be_trusted()
        return listed(call, type_of(call))

    return handler


def _write(type_of: Type, verb: str) -> Callable[[Call, Asked], Command]:
    def command(call: Call, asked: Asked) -> Command:
        type = type_of(call)
        target = None if verb == "create" else _entry(call, type).id
        fields = {name: value for name, value in asked.items() if name not in ("type", "id")}
        return Command(type=type, verb=verb, target=target, attributes=fields)

    return command


def _shown(call: Call, change: Change) -> dict[str, Any]:
    return views.read(change.subject, call.shelves)


def _operations(path: str, type_of: Type, called: str) -> tuple[Any, ...]:
    one = f"{path}/{{{_ENTRY}}}"
    made = HTTPStatus.CREATED
    gone = HTTPStatus.NO_CONTENT
    return (
        reading(path, f"list{called}Entries", "The entries of a Custom API", _list(type_of), several=True),
        written(
            "POST",
            path,
            f"create{called}Entry",
            "Makes an entry",
            act(_write(type_of, "create"), _shown, made),
            status=made,
        ),
        reading(one, f"get{called}Entry", "One entry", _read(type_of)),
        written("PUT", one, f"update{called}Entry", "Changes an entry", act(_write(type_of, "update"), _shown)),
        written(
            "DELETE",
            one,
            f"delete{called}Entry",
            "Deletes an entry",
            act(_write(type_of, "delete")),
            status=gone,
            body=False,
        ),
    )


OPERATIONS = (
    *(operation for collection in COLLECTIONS for operation in operations_of(collection)),
    *_operations(_BELOW, _by_id, "CustomApi"),
    *_operations(_ENTRIES, _by_slug, "Extension"),
)
