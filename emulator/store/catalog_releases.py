"""Catalog releases: a catalog as it is published, for shoppers to see (the provider's document of catalogs)."""

from emulator.domain.resource import Resource
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step, row
from emulator.store.plain import Plain
from emulator.store.stamps import timestamp
from emulator.store.work import Name, Work

TYPE = "catalog-release"
_DONE = {"PENDING": 0, "IN_PROGRESS": 50, "PUBLISHED": 100, "FAILED": 50}


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the catalog named (an id or key), or one of the house."""
    reference = attributes.get("catalog")
    catalog = work.find("catalog", str(reference)) if reference else one_of_the_house(work, "catalog", name.key)
    known = catalog.document["attributes"]
    products = work.shelves.page("product", limit=1)[1]
    values = {
        "catalog.id": catalog.id,
        "catalog.name": known.get("name", ""),
        "catalog.description": known.get("description", ""),
        "hierarchy.id": (known.get("hierarchy_ids") or [catalog.id])[0],
        "total_products": max(products, 1),
    }
    return Draft(values=values, parent=catalog.key)


def _moved(work: Work, release: Resource, step: Step) -> Draft:
    status = step.state[0]
    now = timestamp(TYPE, work.moment_of(release))
    meta = {"release_status": status, "percent_completed": _DONE[status]}
    if status == "IN_PROGRESS":
        meta["started_at"] = now
    published = {"published_at": now} if status == "PUBLISHED" else {}
    return Draft(meta=meta, attributes=published)


GROUP = Plain(
    type=TYPE,
    form=form(
        TYPE,
        places=frozenset({"catalog.id", "catalog.name", "catalog.description", "hierarchy.id", "total_products"}),
        inside="attributes",
    ),
    fields={},
    ignored=frozenset({"catalog", "export_full_delta", "include_organization_resources"}),
    made=_made,
    axes=(("PENDING", "IN_PROGRESS", "PUBLISHED", "FAILED"),),
    rows=(
        row(None, "create", "PENDING", f"{TYPE}.created"),
        row("PENDING", "start", "IN_PROGRESS", f"{TYPE}.updated"),
        row("IN_PROGRESS", "publish", "PUBLISHED", f"{TYPE}.updated"),
        row("PENDING|IN_PROGRESS", "fail", "FAILED", f"{TYPE}.updated"),
        row("*", "delete", "=", f"{TYPE}.deleted"),
    ),
    moves={"start": _moved, "publish": _moved, "fail": _moved},
    origin=Origin(type="catalog", attribute="catalog"),
).group()
