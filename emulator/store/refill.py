"""Refill: a cart with other contents, its prices worked out anew."""

from typing import Any

from emulator.domain.moment import DAY
from emulator.domain.resource import Resource
from emulator.store.charges import DISCOUNT, TAX
from emulator.store.contents import Contents
from emulator.store.lifecycle import Step
from emulator.store.money import Currency, formatted
from emulator.store.prices import NOTHING, by_code, total_prices
from emulator.store.stamps import timestamp
from emulator.store.tender import tender
from emulator.store.work import Work

LIFETIME = 7 * DAY
"""A cart is deleted this long after its last change (the provider's document of carts); here it only says so."""


def empty_prices(currency: Currency) -> dict[str, Any]:
    """The `display_price` of a cart with nothing in it. Nothing is shipped here, so shipping costs nothing."""
    return {**total_prices(NOTHING, currency), "shipping": formatted(0, currency)}


def refill(work: Work, cart: Resource, contents: Contents, step: Step, *, lines: int = 0, charges: int = 0) -> Resource:
    """The cart after this step; `lines` and `charges` are how many more it has had."""
    currency = tender(work, cart.hidden["currency"])
    kept = contents.kept()
    priced = kept.priced(currency, timestamp("cart", work.moment_of(cart)))
    prices: dict[str, Any] = {**total_prices(priced.amounts, currency), "shipping": formatted(0, currency)}
    if priced.offs:
        prices["discounts"] = by_code(priced.offs, currency)
    related = [{"type": item["type"], "id": item["id"]} for item in priced.items]
    hidden = cart.hidden
    changed = work.change(
        cart,
        document={"relationships": {**cart.document.get("relationships", {}), "items": {"data": related}}},
        meta={"display_price": prices, **lasting(work, cart)},
        hidden={
            "items": priced.items,
            "amounts": list(priced.amounts),
            "state": list(step.state),
            "lines": hidden["lines"] + lines,
            "charges": hidden["charges"] + charges,
            TAX.kept: list(kept.taxes),
            DISCOUNT.kept: list(kept.discounts),
        },
    )
    work.emit(step.raises, changed)
    return changed


def lasting(work: Work, cart: Resource) -> dict[str, Any]:
    """A change of any kind puts the end of the cart's life off."""
    return {"timestamps": {"expires_at": timestamp("cart", work.moment_of(cart) + LIFETIME)}}
