"""Merchandising: brands, categories and collections of the provider's older catalogue."""

from collections.abc import Mapping, Sequence

from emulator.domain.resource import Resource
from emulator.store.check import filled, one_of, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Group
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

_WORDS: Mapping[str, Sequence[str]] = {
    "brand": ("Fernweh", "Oak & Iron", "Northlight", "Pebble Works", "Tidewater", "Kestrel", "Lumen Hill", "Marlow"),
    "category": ("Kitchen", "Outdoor", "Stationery", "Lighting", "Bedroom", "Travel", "Running", "Gifts"),
    "collection": ("Summer Table", "First Frost", "Back to Desk", "Weekend Away", "Quiet Evenings", "Made to Last"),
}


def _group(type: str) -> Group:
    words = _WORDS[type]

    def made(work: Work, name: Name, _attributes: Values) -> Draft:
        chosen = words[work.pool.draw(name.key, "name", len(words))]
        slug = "".join(letter if letter.isalnum() else "-" for letter in chosen.lower()).replace("---", "-")
        return Draft(values={"name": chosen, "slug": f"{slug}-{work.pool.draw(name.key, 'slug', 10_000):04d}"})

    def drifted(_work: Work, one: Resource, _turn: int) -> Draft:
        """It is taken off the shelves, or put back."""
        return Draft(attributes={"status": "draft" if one.document.get("status") == "live" else "live"})

    return Plain(
        type=type,
        form=form(type, places=frozenset({"name", "slug"})),
        fields={"name": filled, "slug": filled, "description": text, "status": one_of(("live", "draft"))},
        made=made,
        drifted=drifted,
        house=3,
        days=(340, 700),
    ).group()


BRANDS = _group("brand")
CATEGORIES = _group("category")
COLLECTIONS = _group("collection")
