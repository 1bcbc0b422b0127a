"""Tender: the currency that a cart, an order or a payment is in, as this shop writes it."""

from emulator.domain.errors import InvalidInput, nearest
from emulator.store.currencies import known_currency
from emulator.store.money import DEFAULTS, Currency, currency_of
from emulator.store.work import Work


def tender(work: Work, code: str) -> Currency:
    """The shop's currency of this code; what was made in one that has gone since is written as it usually is."""
    return known_currency(work.shelves, code) or currency_of(code)


def accepted(work: Work, code: object) -> Currency:
    """The same, for what is made now. Raises InvalidInput for a currency that the shop has not."""
    known = known_currency(work.shelves, code) if isinstance(code, str) else None
    if known is None:
        raise InvalidInput(f"the shop has no currency '{code}'{nearest(str(code), DEFAULTS)}", path=("currency",))
    return known
