"""Tender: the currency that a cart, an order or a payment is in, as this shop writes it."""

from emulator.store.money import Currency, currency_of
from emulator.store.work import Work


def tender(_work: Work, code: str) -> Currency:
    """The shop's currency of this code."""
    return currency_of(code)
