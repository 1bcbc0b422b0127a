"""Tender: the currency that a cart, an order or a payment is in, as this shop writes it."""

from emulator.store.money import DEFAULTS, Currency
from emulator.store.work import Work


def tender(_work: Work, code: str) -> Currency:
    """The shop's currency of this code; one that it does not know is written with its code."""
    return DEFAULTS.get(code) or Currency(code, f"{code} {{price}}")
