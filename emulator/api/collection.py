"""Collection: the resources of one type at one path: what receivers read back, and what they write."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.body import data_of
from emulator.api.operation import Call, Handler, Operation, Surface
from emulator.api.page import PAGE_PARAMETERS, page_of
from emulator.api.refusal import not_found, quoted, refuse
from emulator.api.schema import array, shape, text
from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store import views
from emulator.store.filters import Predicate, SortKey, parse_filter, parse_sort
from emulator.store.requests import command_for

_MAX_FILTER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One resource type at one path. `catalogue` data may be read with an implicit token too.

    `parent` is the type of what it belongs to, and `owner` the attribute that names that one where it is not the type.
    `called` is what it is in the names of operations where the type is at several paths.
    """

    type: str
    path: str
    parent: str | None = None
    owner: str | None = None
    called: str | None = None
    pim: bool = False
    catalogue: bool = False
    listed: bool = True
    made: bool = False
    changed: bool = False
    deleted: bool = False

    @property
    def word(self) -> str:
        """The path's parameter: `order_id`."""
        return word_of(self.type)

    @property
    def name(self) -> str:
        """What it is called in the names of operations."""
        return "".join(part.capitalize() for part in (self.called or self.type).split("-"))


def word_of(type: str) -> str:
    """The parameter of a path that holds the id of this type."""
    return f"{type.replace('-', '_')}_id"


def found_resource(call: Call, collection: Collection) -> Resource:
    """The living resource that the path names, below its parent where it has one. Raises a 404."""
    shelves = call.shelves
    resource = shelves.get(collection.type, call.word(collection.word))
    if resource is None or resource.deleted:
        raise not_found()
    parent = _parent(call, collection)
    if parent is not None and resource.parent != parent.key:
        raise not_found()
    return resource


def _list(collection: Collection) -> Handler:
    async def handler(call: Call) -> Response:
        _permit(call, collection)
        await call.emulator.furnish(collection.type)
        return listed(call, collection.type, parent=_parent(call, collection), shape=_shape(collection))

    return handler


def listed(
    call: Call,
    type: str,
    *,
    parent: Resource | None = None,
    where: Predicate | None = None,
    shape: views.Shape = views.shown,
) -> Response:
    """A page of this type, as the request's filter, sort and page ask for; `where` is what holds besides."""
    page = page_of(call.request.query_params)
    return answer(
        views.page(
            type,
            call.shelves,
            path=_without_page(call),
            parent=None if parent is None else parent.key,
            limit=page.limit,
            offset=page.offset,
            include=_include(call),
            where=_both(_filter(call), where),
            order=_sort(call),
            shape=shape,
        )
    )


def _both(one: Predicate | None, other: Predicate | None) -> Predicate | None:
    if one is None or other is None:
        return one or other
    return lambda resource: one(resource) and other(resource)


def _read(collection: Collection) -> Handler:
    async def handler(call: Call) -> Response:
        _permit(call, collection)
        await call.emulator.furnish(collection.type)
        resource = found_resource(call, collection)
        return answer(views.read(resource, call.shelves, _include(call), shape=_shape(collection)))

    return handler


def _items(collection: Collection) -> Handler:
    async def handler(call: Call) -> Response:
        _permit(call, collection)
        return answer(views.items(found_resource(call, collection)))

    return handler


def _write(collection: Collection, method: str) -> Handler:
    """A change of the shop: it has happened, and its events are planned, when the answer comes."""

    async def handler(call: Call) -> Response:
        call.caller.must_be_trusted()
        parent = _parent(call, collection)
        current = None if method == "POST" else found_resource(call, collection)
        if method != "DELETE":
            data_of(call.body)
        try:
            command = command_for(
                method,
                collection.type,
                None if current is None else current.id,
                call.body,
                current=current,
                parent=None if parent is None else parent.id,
                owner=collection.owner or collection.parent or "",
            )
            change = await call.emulator.execute(command)
        except InvalidInput as error:
            inner = error.path[1:] if error.path[:1] == ("data",) else error.path
            raise InvalidInput(str(error), path=inner) from None
        if method == "DELETE":
            return Response(status_code=HTTPStatus.NO_CONTENT)
        document = views.read(change.subject, call.shelves, shape=_shape(collection))
        return answer(document, HTTPStatus.CREATED if method == "POST" else HTTPStatus.OK)

    return handler


def _permit(call: Call, collection: Collection) -> None:
    if not collection.catalogue:
        call.caller.must_be_trusted()


def _parent(call: Call, collection: Collection) -> Resource | None:
    if collection.parent is None:
        return None
    parent = call.shelves.get(collection.parent, call.word(word_of(collection.parent)))
    if parent is None or parent.deleted:
        raise not_found()
    return parent


def _without_page(call: Call) -> str:
    """The request's path and query but for the page: what the links to other pages begin with."""
    rest = [(name, value) for name, value in call.request.query_params.multi_items() if name not in PAGE_PARAMETERS]
    path: str = call.request.scope["path"]
    return f"{path}?{urlencode(rest, safe='(),:', quote_via=quote)}" if rest else path


def _shape(collection: Collection) -> views.Shape:
    return views.pim_product if collection.pim else views.shown


def _include(call: Call) -> tuple[str, ...]:
    return tuple(name.strip() for name in (call.query("include") or "").split(",") if name.strip())


def _filter(call: Call) -> Predicate | None:
    wanted = call.query("filter")
    if wanted is None:
        return None
    if len(wanted) > _MAX_FILTER:
        detail = f"The filter {quoted(wanted)} is longer than {_MAX_FILTER} characters"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, detail, source="filter")
    try:
        return parse_filter(wanted)
    except InvalidInput as error:
        raise error.under("filter") from None


def _sort(call: Call) -> tuple[SortKey, ...]:
    wanted = call.query("sort")
    if wanted is None:
        return ()
    try:
        return parse_sort(wanted)
    except InvalidInput as error:
        raise error.under("sort") from None


_WITH_ITEMS = ("order", "cart")

_DATA = shape({"data": shape({}, closed=False)}, required=("data",), closed=False)
_LIST = shape({"data": array(shape({}, closed=False), "This page")}, required=("data",), closed=False)
_INCLUDE = {"include": text("What to include, parted by commas, such as items")}
_FILTER = {"filter": text("Such as ge(updated_at,2026-01-01):eq(payment,paid)")}
_SORT = {"sort": text("Such as name, or -created_at for the newest first")}
_READ = (401, 403, 404, 422)
_WRITES = (400, 401, 403, 404, 409, 413, 422, 503)


def operations_of(collection: Collection) -> list[Operation]:
    """The calls that this collection answers."""
    one = f"{collection.path}/{{{collection.word}}}"
    name = collection.name
    writes: dict[str, Any] = {"body": _DATA, "refusals": _WRITES}
    made = []
    if collection.listed:
        made.append(
            _operation(
                "GET",
                collection.path,
                f"list{_several(name)}",
                f"Every {collection.type}, oldest first",
                _list(collection),
                query=_INCLUDE | _FILTER | _SORT,
                paged=True,
                answers={200: _LIST},
                refusals=_READ,
            )
        )
    if collection.made:
        summary = f"Makes a new {collection.type}"
        handler = _write(collection, "POST")
        made.append(
            _operation("POST", collection.path, f"create{name}", summary, handler, answers={201: _DATA}, **writes)
        )
    summary = f"One {collection.type}, as it is now"
    made.append(
        _operation(
            "GET", one, f"get{name}", summary, _read(collection), query=_INCLUDE, answers={200: _DATA}, refusals=_READ
        )
    )
    if collection.changed:
        summary = f"Changes the {collection.type}; unknown attributes are kept as a store's own fields"
        handler = _write(collection, "PUT")
        made.append(_operation("PUT", one, f"update{name}", summary, handler, answers={200: _DATA}, **writes))
    if collection.deleted:
        summary, handler = f"Deletes the {collection.type}", _write(collection, "DELETE")
        made.append(_operation("DELETE", one, f"delete{name}", summary, handler, answers={204: None}, refusals=_WRITES))
    if collection.type in _WITH_ITEMS:
        summary = f"The items of the {collection.type}"
        handler = _items(collection)
        made.append(
            _operation(
                "GET", f"{one}/items", f"list{name}Items", summary, handler, answers={200: _LIST}, refusals=_READ
            )
        )
    return made


def _several(name: str) -> str:
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _operation(method: str, path: str, name: str, summary: str, handler: Handler, **more: Any) -> Operation:
    return Operation(
        method=method, path=path, name=name, summary=summary, surface=Surface.EPCC, handler=handler, **more
    )
