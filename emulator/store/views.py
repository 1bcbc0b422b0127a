"""Views: what the provider's API answers about the shop's resources, as they are now."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from emulator.domain.ports import Shelves
from emulator.domain.resource import Resource
from emulator.store.charges import CHARGES, charges_shown
from emulator.store.filters import Predicate, SortKey, in_order
from emulator.store.kinds import KINDS

_STRIDE = 100
_CALLED = {"main_images": "main_image"}  # what is included is many, what each is related to is one
_TYPES: Mapping[str, str] = {
    **{form.type: type for type, form in KINDS.forms.items() if form.type},
    "main_image": "file",
}
_PIM_RELATIONS = ("children", "component_products", "files", "templates", "variations")

Shape = Callable[[Resource], Mapping[str, Any]]


def shown(resource: Resource) -> dict[str, Any]:
    """The document as a reader sees it: a store's own fields beside the provider's."""
    inside = resource.document.get("attributes")
    if isinstance(inside, Mapping):
        return {**resource.document, "attributes": {**inside, **resource.custom}}
    return {**resource.document, **resource.custom}


def read(resource: Resource, shelves: Shelves, include: Sequence[str] = (), *, shape: Shape = shown) -> dict[str, Any]:
    """The answer about one resource; `include` asks for its items (orders, carts) or for what it is related to."""
    answer: dict[str, Any] = {"data": shape(resource)}
    included = _included([resource], include, shelves)
    if included:
        answer["included"] = included
    return answer


def page(
    type: str,
    shelves: Shelves,
    *,
    path: str,
    parent: str | None = None,
    limit: int = 25,
    offset: int = 0,
    include: Sequence[str] = (),
    where: Predicate | None = None,
    order: Sequence[SortKey] = (),
    newest_first: bool = False,
    shape: Shape = shown,
) -> dict[str, Any]:
    """The answer about a list, in the order they were made.

    `path` is the request's, with the rest of its query, for the links; `where` a parsed filter and `order` a parsed
    sort, both of which read every resource of the type. `limit` and `offset` are records, as the provider's
    `page[limit]` and `page[offset]`. `results.total` counts what matches, on all pages (the provider's document of
    PIM); `results.all`, which its clients page by, counts the same.
    """
    found: Sequence[Resource]
    if order:
        matching = [each for each in _all(type, shelves, parent, newest_first) if where is None or where(each)]
        found, total = in_order(matching, order)[offset : offset + limit], len(matching)
    elif where is None:
        found, total = shelves.page(type, parent=parent, offset=offset, limit=limit, newest_first=newest_first)
    else:
        matching = [each for each in _all(type, shelves, parent, newest_first) if where(each)]
        found, total = list(islice(matching, offset, offset + limit)), len(matching)
    answer: dict[str, Any] = {
        "data": [shape(resource) for resource in found],
        "links": _links(path, limit, offset, total),
        "meta": {
            "page": {
                "limit": limit,
                "offset": offset,
                "current": offset // limit + 1,
                "total": -(-total // limit),
            },
            "results": {"total": total, "all": total},
        },
    }
    included = _included(found, include, shelves)
    if included:
        answer["included"] = included
    return answer


def items(resource: Resource) -> dict[str, Any]:
    """The answer about the lines of an order or a cart; a cart's comes with its totals."""
    answer: dict[str, Any] = {"data": resource.hidden["items"]}
    if resource.type == "cart":
        answer["meta"] = resource.document.get("meta", {})
    return answer


def pim_product(product: Resource) -> dict[str, Any]:
    """A product in the shape of `/pcm/products` (the provider's document of PIM): attributes apart,
    timestamps flat."""
    document = product.document
    links = f"/products/{product.id}"
    relations: dict[str, Any] = {
        name: {
            "data": [],
            "links": {"self": f"{links}/children" if name == "children" else f"{links}/relationships/{name}"},
        }
        for name in _PIM_RELATIONS
    }
    stamps = document["meta"]["timestamps"]
    fields = ("name", "description", "slug", "sku", "status", "commodity_type", "mpn", "upc_ean")
    return {
        "type": "product",
        "id": product.id,
        "attributes": {
            **{field: document[field] for field in fields if field in document},
            **product.custom,
        },
        "relationships": {**relations, "main_image": {"data": None}},
        "meta": {
            "created_at": stamps.get("created_at", stamps["updated_at"]),
            "updated_at": stamps["updated_at"],
            "owner": "store",
            "product_types": ["standard"],
            "variation_matrix": {},
        },
    }


def _included(resources: Sequence[Resource], include: Sequence[str], shelves: Shelves) -> dict[str, Any]:
    """What else was asked for: the lines of orders and carts, or what stands under a relationship of that name."""
    included: dict[str, Any] = {}
    for name in include:
        if name == "items" and any("items" in resource.hidden for resource in resources):
            included["items"] = [item for resource in resources for item in resource.hidden.get("items", ())]
        elif name in CHARGES and any(CHARGES[name].kept in resource.hidden for resource in resources):
            included[name] = [each for resource in resources for each in charges_shown(resource, CHARGES[name])]
        elif any(_CALLED.get(name, name) in resource.document.get("relationships", {}) for resource in resources):
            related = dict.fromkeys(each for resource in resources for each in _related(resource, name))
            found = (shelves.get(type, id) for type, id in related)
            included[name] = [shown(one) for one in found if one is not None and not one.deleted]
    return included


def _related(resource: Resource, name: str) -> Iterator[tuple[str, str]]:
    """Types and ids of what stands under this relationship."""
    relationship = resource.document.get("relationships", {}).get(_CALLED.get(name, name))
    data = relationship.get("data") if isinstance(relationship, Mapping) else None
    for each in data if isinstance(data, list) else [data]:
        if isinstance(each, Mapping) and each.get("type") in _TYPES:
            yield _TYPES[each["type"]], str(each.get("id"))


def _all(type: str, shelves: Shelves, parent: str | None, newest_first: bool) -> Iterator[Resource]:
    offset = 0
    while True:
        found, total = shelves.page(type, parent=parent, offset=offset, limit=_STRIDE, newest_first=newest_first)
        yield from found
        offset += len(found)
        if not found or offset >= total:
            return


def _links(path: str, limit: int, offset: int, total: int) -> dict[str, str | None]:
    """Current, first, last, next and prev; null where there is no such page (the provider's
    `Response.PageLinks`)."""

    begun = f"{path}{'&' if '?' in path else '?'}"

    def at(start: int) -> str:
        return f"{begun}page[offset]={start}&page[limit]={limit}"

    last = max(0, (total - 1) // limit * limit)
    return {
        "current": at(offset),
        "first": at(0),
        "last": at(last) if total > limit else None,
        "next": at(offset + limit) if offset + limit < total else None,
        "prev": at(max(0, offset - limit)) if offset else None,
    }
