"""Currencies: what prices are in, and how they are written."""

from typing import Any

from emulator.domain.errors import IllegalCommand
from emulator.domain.ports import Shelves
from emulator.domain.resource import Resource
from emulator.store.check import filled, flag, number, text, whole
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.money import DEFAULTS, Currency
from emulator.store.plain import Plain
from emulator.store.work import Name, Work

TYPE = "currency"
_MORE = (
    *("BRL", "CZK", "DKK", "HKD", "HUF", "ILS", "INR", "KRW", "MXN", "MYR", "NOK", "PHP", "PLN", "RON", "SGD"),
    *("THB", "TRY", "TWD", "ZAR"),
)
_PLACES = frozenset(
    {"code", "exchange_rate", "format", "decimal_point", "thousand_separator", "decimal_places", "default"}
)
_ALL = 10_000


def currency_resource(shelves: Shelves, code: str) -> Resource | None:
    """The shop's currency of this code; None where there is none, or nobody has asked for the usual ones yet."""
    if code in DEFAULTS:
        usual = shelves.by_key(f"{TYPE}:house-{list(DEFAULTS).index(code) + 1}")
        if usual is None or not usual.deleted:
            return usual
    found = shelves.page(TYPE, limit=_ALL)[0]
    return next((one for one in found if one.document.get("code") == code), None)


def known_currency(shelves: Shelves, code: str) -> Currency | None:
    """How the shop writes prices in this currency; None for one that it has not."""
    resource = currency_resource(shelves, code)
    if resource is None:
        return DEFAULTS.get(code) if shelves.by_key(f"{TYPE}:house-1") is None else None
    document = resource.document
    return Currency(
        code=document["code"],
        format=document["format"],
        decimal_point=document["decimal_point"],
        thousand_separator=document["thousand_separator"],
        decimal_places=document["decimal_places"],
    )


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """Of the code that is asked for, or one that the shop does not have yet."""
    if "house-" in name.key:
        currency = list(DEFAULTS.values())[name.number - 1]
        return Draft(values=_values(work, name, currency, default=currency.code == "USD"))
    code = attributes.get("code")
    if isinstance(code, str) and currency_resource(work.shelves, code) is not None:
        raise IllegalCommand(f"the shop has the currency {code} already")
    taken = {one.document.get("code") for one in work.shelves.page(TYPE, limit=_ALL)[0]} | set(DEFAULTS)
    free = [each for each in _MORE if each not in taken] or [f"X{name.number:02d}"]
    drawn = free[work.pool.draw(name.key, "code", len(free))]
    currency = Currency(
        code=drawn, format=f"{drawn} {{price}}", decimal_point=".", thousand_separator=",", decimal_places=2
    )
    return Draft(values=_values(work, name, currency, default=False))


def _values(work: Work, name: Name, currency: Currency, *, default: bool) -> dict[str, Any]:
    rate = 1 if default else (work.pool.draw(name.key, "rate", 1_900) + 100) / 1_000
    return {
        "code": currency.code,
        "exchange_rate": rate,
        "format": currency.format,
        "decimal_point": currency.decimal_point,
        "thousand_separator": currency.thousand_separator,
        "decimal_places": currency.decimal_places,
        "default": default,
    }


def _drifted(work: Work, currency: Resource, turn: int) -> Draft:
    """Another exchange rate."""
    return Draft(attributes={"exchange_rate": (work.pool.draw(currency.key, f"rate:{turn}", 1_900) + 100) / 1_000})


GROUP = Plain(
    type=TYPE,
    form=form(TYPE, places=_PLACES),
    fields={
        "code": filled,
        "exchange_rate": number,
        "format": filled,
        "decimal_point": text,
        "thousand_separator": text,
        "decimal_places": whole,
        "default": flag,
        "enabled": flag,
    },
    made=_made,
    drifted=_drifted,
    house=len(DEFAULTS),
    days=(700, 701),
).group()
