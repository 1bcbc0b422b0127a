"""Pool: the people and products that the shop's data is drawn from, seeded, built once when first needed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

_PEOPLE = 200
_KEPT = 4  # seeds; rehearsals, and runs that begin anew, have shops of the same one again and again
_PROVIDERS = ("person", "address", "phone_number", "company")

_MAKES = (
    *("Amber", "Birch", "Cobalt", "Coral", "Fern", "Harbour", "Juniper", "Linden", "Maple", "Meadow"),
    *("Midnight", "Orchard", "Pebble", "Saffron", "Sandstone", "Slate", "Summit", "Thistle", "Walnut", "Willow"),
)
_GOODS = (
    ("Travel Mug", "Keeps a drink warm through a whole morning."),
    ("Desk Lamp", "A warm light on a short arm, made for late work."),
    ("Rain Jacket", "Light, packable, and dry in a downpour."),
    ("Notebook", "Ruled pages that lie flat and take ink well."),
    ("Wool Blanket", "Woven thick, soft enough for a cold evening."),
    ("Chef's Knife", "A balanced blade that keeps its edge."),
    ("Running Shoes", "Cushioned for long roads and quick turns."),
    ("Wall Clock", "A quiet movement behind a plain face."),
    ("Canvas Backpack", "Two pockets outside, a sleeve for a laptop inside."),
    ("Teapot", "Pours without a drip and holds four cups."),
)
_ENDINGS = (0, 49, 50, 95, 99)


class Pool:
    """People and products, each a mapping of placeholders to values, and the draws that choose among them.

    A draw depends on the seed, the key of the resource that it is for, and its purpose; so one resource more
    changes no other's data.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._key = str(seed).encode()[-64:]
        self._people: Sequence[Mapping[str, Any]] = ()
        self._products: Sequence[Mapping[str, Any]] = ()

    @property
    def version(self) -> str:
        """The version of Faker, which plans and cases record: another one may invent other people."""
        from faker import VERSION

        return VERSION

    def draw(self, resource: str, purpose: str, bound: int) -> int:
        """A number from 0 to bound - 1."""
        digest = blake2b(f"{resource}\x1f{purpose}".encode(), digest_size=8, key=self._key, person=b"epcc-pool")
        return int.from_bytes(digest.digest(), "big") % bound

    def person(self, resource: str, purpose: str = "person") -> Mapping[str, Any]:
        """Somebody and where they live: `person.*` and `address.*`."""
        if not self._people:
            self._people = _people(self._seed)
        return self._people[self.draw(resource, purpose, _PEOPLE)]

    def product(self, resource: str) -> Mapping[str, Any]:
        """Something to sell: `product.*`, its price in minor units; the number in its SKU is this
        resource's own."""
        if not self._products:
            self._products = _products(self._seed)
        drawn = self._products[self.draw(resource, "product", len(self._products))]
        number = self.draw(resource, "sku", 10_000)
        return {**drawn, "product.sku": f"{drawn['product.slug']}-{number:04d}"}


@lru_cache(maxsize=_KEPT)
def _people(seed: int) -> Sequence[Mapping[str, Any]]:
    from faker.factory import Factory

    names = [f"faker.providers.{name}" for name in _PROVIDERS]
    fake: Any = Factory.create("en_US", providers=names, use_weighting=False)
    fake.seed_instance(seed)
    return tuple(_person(fake) for _ in range(_PEOPLE))


def _person(fake: Any) -> Mapping[str, Any]:
    first, last = fake.first_name(), fake.last_name()
    region = fake.state_abbr(include_territories=False, include_freely_associated_states=False)
    return MappingProxyType(
        {
            "person.first_name": first,
            "person.last_name": last,
            "person.name": f"{first} {last}",
            "person.email": f"{first}.{last}@example.com".lower().replace(" ", ""),
            "person.phone": fake.numerify("(###) 555-01##"),
            "person.company": fake.company(),
            "address.line_1": f"{fake.building_number()} {fake.street_name()}",
            "address.line_2": fake.secondary_address(),
            "address.city": fake.city(),
            "address.county": f"{fake.last_name()} County",
            "address.region": region,
            "address.postcode": fake.postcode_in_state(region),
            "address.country": "US",
        }
    )


@lru_cache(maxsize=_KEPT)
def _products(seed: int) -> Sequence[Mapping[str, Any]]:
    """Every make of every good: 200 names, the prices drawn."""
    pool = Pool(seed)
    return tuple(_product(pool, f"{make} {good}", description) for make in _MAKES for good, description in _GOODS)


def _product(pool: Pool, name: str, description: str) -> Mapping[str, Any]:
    slug = name.lower().replace("'", "").replace(" ", "-")
    number = f"{pool.draw(name, 'number', 1_000_000_000_000):012d}"
    return MappingProxyType(
        {
            "product.name": name,
            "product.slug": slug,
            "product.description": description,
            "product.price": (pool.draw(name, "price", 180) + 5) * 100
            + _ENDINGS[pool.draw(name, "ending", len(_ENDINGS))],
            "product.mpn": f"{number[4:8]}-{number[8:]}",
            "product.upc_ean": number,
        }
    )
