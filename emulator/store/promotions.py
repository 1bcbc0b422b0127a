"""Promotions: the codes that a shopper of this shop can put into a cart."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from emulator.domain.errors import UnknownWord
from emulator.store.money import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Takes `percent` off each line, or a fixed `amount` of minor units off the whole cart."""

    code: str
    name: str
    description: str
    percent: int = 0
    amount: int = 0

    @property
    def of_cart(self) -> bool:
        return self.percent == 0

    def off(self, value: int) -> int:
        """What it takes off this much: negative, and never more than there is."""
        return -half_up(value * self.percent, 100) if self.percent else -min(self.amount, value)


PROMOTIONS: Mapping[str, Promotion] = MappingProxyType(
    {
        promotion.code: promotion
        for promotion in (
            Promotion(code="WELCOME10", name="Welcome", description="A tenth off everything", percent=10),
            Promotion(code="SAVE5", name="Five off", description="Five off the whole cart", amount=500),
            Promotion(code="HALFPRICE", name="Half price", description="Everything at half its price", percent=50),
        )
    }
)


def promotion_of(code: str) -> Promotion:
    """The promotion of this code. Raises UnknownWord with the nearest."""
    found = PROMOTIONS.get(code)
    if found is None:
        raise UnknownWord("promotion code", code, PROMOTIONS)
    return found
