"""The catalogue: products, how shoppers find them, their files and stock, and the catalogs that are published."""

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
from emulator.store.catalog_releases import TYPE as RELEASE
from emulator.store.inventory import INVENTORY, TRANSACTION

_INVENTORY = "/v2/inventories/{product_id}"

COLLECTIONS = (
    Collection(type="product", path="/v2/products", catalogue=True, made=True, changed=True, deleted=True),
    Collection(
        type="product",
        path="/pcm/products",
        pim=True,
        called="pcm-product",
        made=True,
        changed=True,
        deleted=True,
    ),
    *(
        Collection(type=type, path=f"/v2/{several}", catalogue=True, made=True, changed=True, deleted=True)
        for type, several in (("brand", "brands"), ("category", "categories"), ("collection", "collections"))
    ),
    Collection(type="file", path="/v2/files", catalogue=True, made=True, deleted=True),
    *(
        Collection(
            type="catalog-rule",
            path=f"{root}/rules",
            called=f"{called}catalog-rule",
            made=True,
            changed=True,
            deleted=True,
        )
        for root, called in (("/catalogs", ""), ("/pcm/catalogs", "pcm-"))
    ),
    *(
        Collection(type="catalog", path=root, called=f"{called}catalog", made=True, changed=True, deleted=True)
        for root, called in (("/catalogs", ""), ("/pcm/catalogs", "pcm-"))
    ),
    *(
        Collection(
            type=RELEASE,
            path=f"{root}/{{catalog_id}}/releases",
            parent="catalog",
            called=f"{called}{RELEASE}",
            deleted=True,
        )
        for root, called in (("/catalogs", ""), ("/pcm/catalogs", "pcm-"))
    ),
)


async def _publish(call: Call) -> Response:
    """A release is made, and published at once; the answer shows it as it was when it was asked for."""
    call.caller.must_be_trusted()
    await call.emulator.furnish("catalog")
    catalog = living(call, "catalog", call.word("catalog_id"))
    made = await call.emulator.execute(Command(type=RELEASE, verb="create", attributes={"catalog": catalog.id}))
    for verb in ("start", "publish"):
        await call.emulator.execute(Command(type=RELEASE, verb=verb, target=made.subject.id))
    return answer(views.read(made.subject, call.shelves), HTTPStatus.CREATED)


async def _stocked(call: Call) -> Resource:
    """The stock of a product, which is found by the product's id."""
    await call.emulator.furnish("product")
    found = call.shelves.get(INVENTORY, call.word("product_id"))
    if found is None or found.deleted:
        raise not_found()
    return found


async def _read_stock(call: Call) -> Response:
    call.caller.must_be_trusted()
    return answer(views.read(await _stocked(call), call.shelves))


async def _list_stock(call: Call) -> Response:
    call.caller.must_be_trusted()
    return listed(call, INVENTORY)


async def _list_moves(call: Call) -> Response:
    call.caller.must_be_trusted()
    return listed(call, TRANSACTION, parent=await _stocked(call))


def _stock(call: Call, asked: Asked) -> Command:
    product = living(call, "product", call.word("product_id"))
    return Command(type=INVENTORY, verb="create", attributes={**_fields(asked), "product": product.id})


def _move(call: Call, asked: Asked) -> Command:
    product = living(call, "product", call.word("product_id"))
    return Command(type=TRANSACTION, verb="create", attributes={**_fields(asked), "product": product.id})


def _unstock(call: Call, _asked: Asked) -> Command:
    found = living(call, INVENTORY, call.word("product_id"))
    return Command(type=INVENTORY, verb="delete", target=found.id)


def _shown(call: Call, change: Change) -> dict[str, Any]:
    return views.read(change.subject, call.shelves)


def _fields(asked: Asked) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in ("type", "id")}


OPERATIONS = (
    *(operation for collection in COLLECTIONS for operation in operations_of(collection)),
    *(
        written(
            "POST",
            f"{root}/{{catalog_id}}/releases",
            f"publish{name}Release",
            "Publishes the catalog: makes a release of it",
            _publish,
            status=HTTPStatus.CREATED,
            body=False,
        )
        for root, name in (("/catalogs", "Catalog"), ("/pcm/catalogs", "PcmCatalog"))
    ),
    reading("/v2/inventories", "listInventories", "The stock of every product that has one", _list_stock, several=True),
    reading(_INVENTORY, "getInventory", "The stock of a product", _read_stock),
    written(
        "POST",
        _INVENTORY,
        "createInventory",
        "Begins to manage the stock of a product",
        act(_stock, _shown, HTTPStatus.CREATED),
        status=HTTPStatus.CREATED,
    ),
    written(
        "DELETE",
        _INVENTORY,
        "deleteInventory",
        "Manages the stock of a product no more",
        act(_unstock),
        status=HTTPStatus.NO_CONTENT,
        body=False,
    ),
    reading(
        f"{_INVENTORY}/transactions", "listStockTransactions", "What has changed the stock", _list_moves, several=True
    ),
    written(
        "POST",
        f"{_INVENTORY}/transactions",
        "createStockTransaction",
        "Changes the stock: increment, decrement, allocate, deallocate",
        act(_move, _shown, HTTPStatus.CREATED),
        status=HTTPStatus.CREATED,
    ),
)
