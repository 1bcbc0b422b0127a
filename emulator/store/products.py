"""Products. Carts and orders keep the prices that they were made with."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.check import flag, text
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.house import one_of_the_house
from emulator.store.money import plain
from emulator.store.plain import Plain
from emulator.store.prices import total_prices, worth
from emulator.store.tender import accepted, tender
from emulator.store.work import Name, Work

_CURRENCY = "USD"

_FOUND_BY = ("brand", "category", "collection", "file")
_TEXTS = ("name", "slug", "sku", "description", "status", "commodity_type", "mpn", "upc_ean")


def price_of(product: Resource) -> tuple[int, str]:
    """Minor units and currency."""
    amount, currency = product.hidden["price"]
    return amount, currency


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    drawn = work.pool.product(name.key)
    amount, currency = _price(work, attributes) or (drawn["product.price"], _CURRENCY)
    shown = {
        "product.price": amount,
        "currency": currency,
        "display_price": _display_price(work, amount, currency),
        **{f"{type}.id": one_of_the_house(work, type, name.key).id for type in _FOUND_BY},
    }
    stocked = {"manage_stock": True} if name.key.startswith("product:house-") and name.number % 2 == 0 else {}
    return Draft(values={**drawn, **shown}, document=stocked, hidden={"price": [amount, currency]})


def _drifted(work: Work, product: Resource, turn: int) -> Draft:
    """The product gets another price."""
    amount, currency = price_of(product)
    return _at(work, max(100, amount + (work.pool.draw(product.key, f"price:{turn}", 9) + 1) * 100), currency)


def _asked(work: Work, _product: Resource, attributes: Values) -> Draft:
    price = _price(work, attributes)
    return Draft() if price is None else _at(work, *price)


def _at(work: Work, amount: int, currency: str) -> Draft:
    return Draft(
        document={"price": [plain(amount, currency)]},
        meta={"display_price": _display_price(work, amount, currency)},
        hidden={"price": [amount, currency]},
    )


def _display_price(work: Work, amount: int, currency: str) -> dict[str, Any]:
    prices = total_prices(worth(amount), tender(work, currency))
    return {kind: prices[kind] for kind in ("with_tax", "without_tax", "tax")}


def _price(work: Work, attributes: Values) -> tuple[int, str] | None:
    given = attributes.get("price")
    if given is None:
        return None
    first = given[0] if isinstance(given, list) and given else given
    amount = first.get("amount") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise InvalidInput(
            'a price is [{"amount": <minor units>, "currency": "USD"}], the amount not negative', path=("price",)
        )
    return amount, accepted(work, first.get("currency", "USD")).code


GROUP = Plain(
    type="product",
    form=form("product", places=frozenset({"currency", "display_price", *(f"{type}.id" for type in _FOUND_BY)})),
    fields={**dict.fromkeys(_TEXTS, text), "manage_stock": flag},
    ignored=frozenset({"price"}),
    made=_made,
    drifted=_drifted,
    asked=_asked,
    house=6,
).group()
