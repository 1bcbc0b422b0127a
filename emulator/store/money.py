"""Money: integer minor units, and how a currency writes them."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

Price = Mapping[str, Any]


class Currency(NamedTuple):
    """How amounts of one currency are written, in the terms of the provider's document of currencies.

    `format` has `{price}` where the number stands.
    """

    code: str
    format: str
    decimal_point: str = "."
    thousand_separator: str = ","
    decimal_places: int = 2


DEFAULTS: Mapping[str, Currency] = MappingProxyType(
    {
        currency.code: currency
        for currency in (
            Currency("AUD", "A${price}"),
            Currency("CAD", "CA${price}"),
            Currency("CHF", "CHF {price}"),
            Currency("EUR", "€{price}"),
            Currency("GBP", "£{price}"),
            Currency("JPY", "¥{price}", decimal_places=0),
            Currency("NZD", "NZ${price}"),
            Currency("SEK", "kr {price}"),
            Currency("USD", "${price}"),
        )
    }
)
"""The currencies that a shop has unless it says otherwise, by code."""


def currency_of(code: str) -> Currency:
    """The currency of this code; one that nobody has told of is written with its code."""
    return DEFAULTS.get(code) or Currency(code, f"{code} {{price}}")


@lru_cache(maxsize=8192)
def formatted(amount: int, currency: str | Currency) -> Price:
    """`{"amount": 123456, "currency": "GBP", "formatted": "£1,234.56"}`; a negative one is `-£1.00`.

    The few prices of a shop come again and again, so they are shared: nobody may change one.
    """
    written = currency_of(currency) if isinstance(currency, str) else currency
    text = written.format.replace("{price}", _number(abs(amount), written))
    return {"amount": amount, "currency": written.code, "formatted": f"-{text}" if amount < 0 else text}


def plain(amount: int, currency: str | Currency, *, includes_tax: bool = False) -> dict[str, Any]:
    """A price as items and products carry it."""
    code = currency if isinstance(currency, str) else currency.code
    return {"amount": amount, "currency": code, "includes_tax": includes_tax}


def half_up(numerator: int, denominator: int) -> int:
    """The quotient as a whole number, halves away from zero: what is asked of a merchant's rounding."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def _number(size: int, currency: Currency) -> str:
    whole, rest = divmod(size, 10**currency.decimal_places)
    text = f"{whole:,}".replace(",", currency.thousand_separator)
    if currency.decimal_places:
        text += f"{currency.decimal_point}{rest:0{currency.decimal_places}d}"
    return text
