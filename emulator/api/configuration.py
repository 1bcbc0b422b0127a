"""The store's configuration: its settings, payment gateways and currencies."""

from typing import Any

from starlette.responses import Response

from emulator.api.act import Asked, act, written
from emulator.api.answer import answer
from emulator.api.collection import Collection, listed, operations_of
from emulator.api.operation import Call
from emulator.api.reading import reading
from emulator.api.refusal import not_found
from emulator.domain.resource import Change, Command, Resource
from emulator.store import views
from emulator.store.payment_gateways import TYPE as GATEWAY

_MOST = 100
COLLECTIONS = (
    Collection(type="currency", path="/v2/currencies", catalogue=True, made=True, changed=True, deleted=True),
)


def _settings(call: Call) -> Resource:
    """The newest there are: a store has one set of them."""
    newest, _ = call.shelves.page("settings", limit=1, newest_first=True)
    if not newest:
        raise not_found()
    return newest[0]


async def _read_settings(call: Call) -> Response:
    call.caller.must_be_trusted()
    await call.emulator.furnish("settings")
    return answer({"data": views.shown(_settings(call)), "meta": {"owner": "store"}})


def _change_settings(call: Call, asked: Asked) -> Command:
    return Command(type="settings", verb="update", target=_settings(call).id, attributes=_fields(asked))


async def _put_settings(call: Call) -> Response:
    await call.emulator.furnish("settings")
    return await act(_change_settings, _shown_settings)(call)


def _shown_settings(call: Call, change: Change) -> dict[str, Any]:
    return {"data": views.shown(change.subject), "meta": {"owner": "store"}}


def _gateway(call: Call) -> Resource:
    """By its slug."""
    found, _ = call.shelves.page(GATEWAY, limit=_MOST)
    slug = call.word("gateway_slug")
    gateway = next((one for one in found if one.document.get("slug") == slug), None)
    if gateway is None:
        raise not_found()
    return gateway


async def _list_gateways(call: Call) -> Response:
    call.caller.must_be_trusted()
    await call.emulator.furnish(GATEWAY)
    return listed(call, GATEWAY)


async def _read_gateway(call: Call) -> Response:
    call.caller.must_be_trusted()
    await call.emulator.furnish(GATEWAY)
    return answer(views.read(_gateway(call), call.shelves))


def _change_gateway(call: Call, asked: Asked) -> Command:
    return Command(type=GATEWAY, verb="update", target=_gateway(call).id, attributes=_fields(asked))


async def _put_gateway(call: Call) -> Response:
    """Credentials are taken, and shown to nobody."""
    await call.emulator.furnish(GATEWAY)
    return await act(_change_gateway, lambda call, change: views.read(change.subject, call.shelves))(call)


def _fields(asked: Asked) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in ("type", "id")}


OPERATIONS = (
    *(operation for collection in COLLECTIONS for operation in operations_of(collection)),
    reading("/v2/settings", "getSettings", "The store's settings", _read_settings),
    written("PUT", "/v2/settings", "updateSettings", "Changes the store's settings", _put_settings),
    reading("/v2/gateways", "listGateways", "Every payment gateway", _list_gateways, several=True),
    reading("/v2/gateways/{gateway_slug}", "getGateway", "One payment gateway, by its slug", _read_gateway),
    written(
        "PUT",
        "/v2/gateways/{gateway_slug}",
        "updateGateway",
        "Switches a gateway on or off",
        _put_gateway,
    ),
)
