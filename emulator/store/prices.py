"""Prices: what one line, and what a whole cart or order comes to, with discount and tax.

Amounts are integers of minor units. Discounts are negative and come off first, tax is of what is left; it is worked out
for each line and rounded half up to the minor unit (the provider's line calculation, its default). Everything else is
sums. Where a line's price includes tax, the tax is what is in it. `without_discount` is the price as it was set: with
tax where that includes it, else without.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from emulator.store.money import Currency, Price, formatted, half_up

WHOLE_RATE = 1_000_000
"""A rate is counted in millionths: 12.5 % is 125,000."""

_KINDS = ("with_tax", "without_tax", "tax", "discount", "without_discount")


class Amounts(NamedTuple):
    """What a line, a cart or an order comes to, in the order and by the names of `display_price`."""

    with_tax: int
    without_tax: int
    tax: int
    discount: int
    without_discount: int


NOTHING = Amounts(0, 0, 0, 0, 0)


class Off(NamedTuple):
    """One discount on one line: `amount` is negative. `of_cart` is a line's share of what is off the whole cart."""

    id: str
    code: str
    amount: int
    of_cart: bool = False


def worth(value: int, *, includes_tax: bool = False, discount: int = 0, rate: int = 0) -> Amounts:
    """What a line of this value comes to. `rate` is in millionths, the sum of its taxes' rates."""
    left = value + discount
    if not rate:
        return Amounts(left, left, 0, discount, value)
    if includes_tax:
        without = half_up(left * WHOLE_RATE, WHOLE_RATE + rate)
        return Amounts(left, without, left - without, discount, value)
    tax = half_up(left * rate, WHOLE_RATE)
    return Amounts(left + tax, left, tax, discount, value)


def total(amounts: Iterable[Amounts]) -> Amounts:
    """The sum, kind by kind."""
    return Amounts(*map(sum, zip(NOTHING, *amounts, strict=True)))


@lru_cache(maxsize=4096)
def line_prices(amounts: Amounts, quantity: int, currency: str | Currency) -> Price:
    """An item's `display_price`: each kind for one piece (rounded where it does not go even) and for all of them."""
    return {
        kind: {
            "unit": formatted(half_up(amount, quantity), currency),
            "value": formatted(amount, currency),
        }
        for kind, amount in zip(_KINDS, amounts, strict=True)
    }


@lru_cache(maxsize=1024)
def total_prices(amounts: Amounts, currency: str | Currency) -> Price:
    """The `display_price` of a whole cart or order."""
    return {kind: formatted(amount, currency) for kind, amount in zip(_KINDS, amounts, strict=True)}


def discounts_shown(offs: Sequence[Off], currency: str | Currency) -> list[dict[str, Any]]:
    """An item's `discounts`: one entry for each that is on it."""
    entries = []
    for off in offs:
        price = formatted(off.amount, currency)
        entry = {
            "amount": {"amount": off.amount, "currency": price["currency"], "includes_tax": False},
            "code": off.code,
            "id": off.id,
        }
        entries.append({**entry, "is_cart_discount": True} if off.of_cart else entry)
    return entries


def by_code(offs: Iterable[Off], currency: str | Currency) -> dict[str, Price]:
    """The `discounts` of a `display_price`: what each code takes off."""
    taken: dict[str, int] = {}
    for off in offs:
        taken[off.code] = taken.get(off.code, 0) + off.amount
    return {code: formatted(amount, currency) for code, amount in taken.items()}


def spread(amount: int, over: Sequence[int]) -> list[int]:
    """An amount in parts as these sizes are to each other; the parts add up to it, to the last minor unit."""
    whole = sum(over)
    if not whole:
        return [0 for _ in over]
    parts, reached, given = [], 0, 0
    for size in over:
        reached += size
        upto = half_up(amount * reached, whole)
        parts.append(upto - given)
        given = upto
    return parts


def settlement(amount: int, authorized: int, paid: int, currency: str | Currency) -> Mapping[str, Price]:
    """What an order's `display_price` says besides: owing is what neither an authorization nor a payment covers (the
    provider's document of payments)."""
    return {
        "balance_owing": formatted(amount - authorized - paid, currency),
        "paid": formatted(paid, currency),
        "authorized": formatted(authorized, currency),
    }
