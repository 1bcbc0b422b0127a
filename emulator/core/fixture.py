"""Fixture: what a resource's document looks like, as a template, and which placeholders the shop can fill
in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.core.template import Template

_PERSON = frozenset(f"person.{name}" for name in ("first_name", "last_name", "name", "email", "phone", "company"))
_ADDRESS = frozenset(
    f"address.{name}" for name in ("line_1", "line_2", "city", "county", "region", "postcode", "country")
)
_PRODUCT = frozenset(f"product.{name}" for name in ("name", "sku", "slug", "description", "price", "mpn", "upc_ean"))
_COMMON = frozenset({"id", "key", "number", "base_url", "created_at", "updated_at"})
_PRICED = frozenset({"currency", "display_price"})
_ITEM = _PRICED | {
    *("id", "base_url", "created_at", "updated_at", "quantity", "unit_price", "value"),
    *("product.id", "product.name", "product.sku", "product.slug", "product.description"),
}

VOCABULARY: Mapping[str, Mapping[str, frozenset[str]]] = {
    "customer": {"document": _COMMON | _PERSON},
    "address": {"document": _COMMON | _PERSON | _ADDRESS | {"customer.id"}},
    "product": {"document": _COMMON | _PRODUCT | _PRICED},
    "cart": {
        "document": _COMMON | _PRICED | {"name", "description", "expires_at", "customers", "items"},
        "item": _ITEM,
    },
    "order": {
        "document": _COMMON
        | _PERSON
        | _ADDRESS
        | _PRICED
        | {"status", "payment", "shipping", "customer.name", "customer.email", "items", "customer_link"},
        "item": _ITEM | {"cart_item.id"},
    },
    "transaction": {
        "document": _COMMON
        | _PRICED
        | {"amount", "refunded_amount", "display_refunded_amount", "method", "gateway", "order.id"}
    },
}
"""Placeholders by resource and section; `custom` may use those of `document`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """The templates of one resource: its document, one item of it, and the custom fields that reads show
    and messages leave out."""

    resource: str
    document: Template
    item: Template | None = None
    custom: Template | None = None


@dataclass(frozen=True, slots=True)
class Fixtures:
    """A fixture for each resource of the vocabulary."""

    by_resource: Mapping[str, Fixture]

    def __getitem__(self, resource: str) -> Fixture:
        return self.by_resource[resource]
