"""Money: integer minor units, written out the way the provider formats prices."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emulator.domain.errors import InvalidInput, nearest


class _Currency(NamedTuple):
    symbol: str
    decimals: int


_CURRENCIES: Mapping[str, _Currency] = {
    "AUD": _Currency("A$", 2),
    "CAD": _Currency("CA$", 2),
    "CHF": _Currency("CHF ", 2),
    "EUR": _Currency("€", 2),
    "GBP": _Currency("£", 2),
    "JPY": _Currency("¥", 0),
    "NZD": _Currency("NZ$", 2),
    "SEK": _Currency("kr ", 2),
    "USD": _Currency("$", 2),
}

Price = dict[str, Any]


def check_currency(code: object) -> str:
    """The code itself. Raises InvalidInput for a currency that the shop cannot format."""
    if isinstance(code, str) and code in _CURRENCIES:
        return code
    raise InvalidInput(f"the shop has no currency '{code}'{nearest(str(code), _CURRENCIES)}", path=("currency",))


def formatted(amount: int, currency: str) -> Price:
    """`{"amount": 123456, "currency": "GBP", "formatted": "£1,234.56"}`; a negative one is `-£1.00`."""
    symbol, decimals = _CURRENCIES[currency]
    size = -amount if amount < 0 else amount
    if decimals:
        whole, rest = divmod(size, 100)
        text = f"{symbol}{whole:,}.{rest:02d}"
    else:
        text = f"{symbol}{size:,}"
    return {"amount": amount, "currency": currency, "formatted": f"-{text}" if amount < 0 else text}


def plain(amount: int, currency: str) -> Price:
    """A price as items carry it: never with tax, for the shop has none."""
    return {"amount": amount, "currency": currency, "includes_tax": False}


def item_prices(unit: int, quantity: int, currency: str) -> Price:
    """An item's `display_price`: each kind for one piece and for all of them."""
    pair = {"unit": formatted(unit, currency), "value": formatted(unit * quantity, currency)}
    nothing = formatted(0, currency)
    none = {"unit": nothing, "value": nothing}
    return {"with_tax": pair, "without_tax": pair, "tax": none, "discount": none, "without_discount": pair}


def total_prices(amount: int, currency: str) -> Price:
    """The `display_price` of a whole cart or order."""
    whole, nothing = formatted(amount, currency), formatted(0, currency)
    return {"with_tax": whole, "without_tax": whole, "tax": nothing, "discount": nothing, "without_discount": whole}


def settlement(amount: int, authorized: int, paid: int, currency: str) -> Price:
    """What an order's `display_price` says besides: owing is what neither an authorization nor a payment
    covers."""
    return {
        "balance_owing": formatted(amount - authorized - paid, currency),
        "paid": formatted(paid, currency),
        "authorized": formatted(authorized, currency),
    }


def sum_of(items: Iterable[Mapping[str, Any]]) -> int:
    """The sum of the items' values in minor units."""
    return sum(item["value"]["amount"] for item in items)
