"""Products. Carts and orders keep the prices that they were made with."""

from collections.abc import Mapping

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.house import priced, product_values
from emulator.store.money import check_currency, plain
from emulator.store.plain import Draft, Plain, Values, flag, text
from emulator.store.work import Name, Work

_TEXTS = ("name", "slug", "sku", "description", "status", "commodity_type", "mpn", "upc_ean")


def price_of(product: Resource) -> tuple[int, str]:
    """Minor units and currency."""
    amount, currency = product.hidden["price"]
    return amount, currency


def _made(work: Work, name: Name) -> Draft:
    values = product_values(work, name.key)
    price = _price(work.command.attributes) or (values["product.price"], values["currency"])
    return Draft(values={**values, "product.price": price[0], **priced(*price)}, hidden={"price": list(price)})


def _drifted(work: Work, product: Resource, turn: int) -> Draft:
    """The product gets another price."""
    amount, currency = price_of(product)
    return _at(max(100, amount + (work.pool.draw(product.key, f"price:{turn}", 9) + 1) * 100), currency)


def _asked(attributes: Values) -> Draft:
    price = _price(attributes)
    return Draft() if price is None else _at(*price)


def _at(amount: int, currency: str) -> Draft:
    return Draft(
        document={"price": [plain(amount, currency)]},
        meta={"display_price": priced(amount, currency)["display_price"]},
        hidden={"price": [amount, currency]},
    )


def _price(attributes: Values) -> tuple[int, str] | None:
    given = attributes.get("price")
    if given is None:
        return None
    first = given[0] if isinstance(given, list) and given else given
    amount = first.get("amount") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise InvalidInput(
            'a price is [{"amount": <minor units>, "currency": "USD"}], the amount not negative', path=("price",)
        )
    return amount, check_currency(first.get("currency", "USD"))


GROUP = Plain(
    type="product",
    fields={**dict.fromkeys(_TEXTS, text), "manage_stock": flag},
    ignored=frozenset({"price"}),
    made=_made,
    drifted=_drifted,
    asked=_asked,
).group()
