"""Fixture: what a resource's document looks like, as a template, and which placeholders the shop can fill in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emulator.core.template import Template

_COMMON = frozenset({"id", "key", "number", "base_url", "created_at", "updated_at"})
_DRAWN = frozenset(
    {
        *(f"person.{name}" for name in ("first_name", "last_name", "name", "email", "phone", "company")),
        *(f"address.{name}" for name in ("line_1", "line_2", "city", "county", "region", "postcode", "country")),
        *(f"product.{name}" for name in ("name", "sku", "slug", "description", "price", "mpn", "upc_ean")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the fixture of one resource may ask for, and what it must say.

    `name` is that of the fixture's file. `type` is the document's, None where it has neither type nor id. `places` are
    the placeholders that only this resource has, `item_places` all those of one of its items, None where it has none.
    `fixed` is what the shop itself reads back or keeps true, by its dotted path. `inside` is the part of the document
    that holds the fields (JSON:API's `attributes`), None where they lie beside id and type. With `flat` a message
    carries the document without `data` around it.
    """

    name: str
    type: str | None
    places: frozenset[str] = frozenset()
    item_places: frozenset[str] | None = None
    fixed: Mapping[str, str]
    item_fixed: Mapping[str, str] | None = None
    inside: str | None = None
    flat: bool = False

    def placeholders(self, section: str) -> frozenset[str]:
        """What may stand in `document`, `custom` or `item`: what is common to all, what is drawn, and its own."""
        if section == "item" and self.item_places is not None:
            return self.item_places
        return _COMMON | _DRAWN | self.places

    def named(self, name: str) -> "Form":
        """The same form for a fixture of another name."""
        return replace(self, name=name)


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
    """A fixture for each resource of the shop, by name."""

    by_resource: Mapping[str, Fixture]

    def __getitem__(self, resource: str) -> Fixture:
        return self.by_resource[resource]

    def of(self, type: str, form: Form) -> Fixture:
        """The fixture of this type, or that of its form where the type has none of its own."""
        return self.by_resource[type if type in self.by_resource else form.name]
