"""Charges: what is laid upon the items of a cart from outside, tax items and custom discounts.

Both are kept with the cart, each with the item that it is of (None: the whole cart), and both have a most for one item
(the provider's document of carts).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.domain.errors import InvalidInput, NotFound
from emulator.domain.identity import derived_id
from emulator.domain.resource import Resource
from emulator.store.check import Check, filled, text
from emulator.store.money import formatted
from emulator.store.prices import WHOLE_RATE
from emulator.store.work import Work

Charge = dict[str, Any]
"""One charge as reads show it, and under `item` the id of what it is of."""

MOST = 5


def _rate(value: Any) -> str | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return None if good else "is a number from 0 to 1: 0.125 for 12.5 %"


def _amount(value: Any) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and value < 0
    return None if good else "is a whole number of minor units below zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeKind:
    """`type` is the provider's word for one, `kept` where a cart keeps them, `linked` the relationship of an item.

    `fields` are what a caller writes, `required` what one cannot be made without, `drawn` what one is made of when
    nothing is asked for.
    """

    type: str
    kept: str
    linked: str
    fields: Mapping[str, Check]
    required: tuple[str, ...]
    drawn: Callable[[Work, str], Mapping[str, Any]]


def _drawn_tax(work: Work, key: str) -> Mapping[str, Any]:
    rate = (0.05, 0.0725, 0.1, 0.2)[work.pool.draw(key, "rate", 4)]
    return {"name": "Sales tax", "jurisdiction": "US", "code": "SALES", "rate": rate}


def _drawn_discount(work: Work, key: str) -> Mapping[str, Any]:
    return {
        "amount": -(work.pool.draw(key, "amount", 20) + 1) * 25,
        "description": "Loyalty discount",
        "discount_code": "LOYALTY",
        "discount_engine": "Loyalty club",
        "external_id": f"loyalty-{work.pool.draw(key, 'external', 100_000):05d}",
    }


TAX = ChargeKind(
    type="tax_item",
    kept="tax_items",
    linked="taxes",
    fields={"name": text, "jurisdiction": text, "code": text, "rate": _rate},
    required=("rate",),
    drawn=_drawn_tax,
)
DISCOUNT = ChargeKind(
    type="custom_discount",
    kept="custom_discounts",
    linked="custom_discounts",
    fields={
        "amount": _amount,
        **dict.fromkeys(("description", "discount_code", "discount_engine", "external_id"), filled),
    },
    required=("amount", "description", "discount_code", "discount_engine", "external_id"),
    drawn=_drawn_discount,
)


def charges_of(cart: Resource, kind: ChargeKind) -> tuple[Charge, ...]:
    """Those that lie on the cart and its items, in the order in which they came."""
    return tuple(cart.hidden[kind.kept])


CHARGES: Mapping[str, ChargeKind] = {kind.kept: kind for kind in (TAX, DISCOUNT)}
"""The kinds, by where carts keep them and reads include them."""


def laid(
    work: Work, cart: str, kind: ChargeKind, number: int, asked: Mapping[str, Any] | None, item: str | None
) -> Charge:
    """The n-th charge of a cart (its key), on one of its items or on the whole of it.

    Raises InvalidInput for what is missing or wrong.
    """
    id = derived_id(work.seed, kind.type, cart, number)
    if asked is None:
        asked = kind.drawn(work, f"{cart}/{kind.type}:{number}")
    for field in kind.required:
        if asked.get(field) is None:
            raise InvalidInput(f"a {kind.type} needs the field {field}", path=(field,))
    return {"id": id, "type": kind.type, **_written(kind, asked), "item": item}


def changed(charges: Sequence[Charge], kind: ChargeKind, id: object, asked: Mapping[str, Any]) -> list[Charge]:
    """The charges with one of them written anew. Raises NotFound, or InvalidInput for what is wrong."""
    index = _place(charges, kind, id)
    return [*charges[:index], {**charges[index], **_written(kind, asked)}, *charges[index + 1 :]]


def without(charges: Sequence[Charge], kind: ChargeKind, id: object) -> list[Charge]:
    """The charges but for one. Raises NotFound."""
    index = _place(charges, kind, id)
    return [*charges[:index], *charges[index + 1 :]]


def checked_most(charges: Sequence[Charge], kind: ChargeKind) -> Sequence[Charge]:
    """The charges. Raises InvalidInput when an item, or the whole cart, has more than the provider lets it have."""
    counts: dict[str | None, int] = {}
    for charge in charges:
        counts[charge["item"]] = counts.get(charge["item"], 0) + 1
    if any(count > MOST for count in counts.values()):
        raise InvalidInput(f"an item has at most {MOST} of type {kind.type}, and so has a cart")
    return charges


def rate_of(taxes: Sequence[Charge]) -> int:
    """The sum of their rates in millionths."""
    return sum(round(tax["rate"] * WHOLE_RATE) for tax in taxes)


def charges_shown(resource: Resource, kind: ChargeKind) -> list[dict[str, Any]]:
    """Those of a cart or an order as reads show them: a custom discount's amount is written out."""
    currency = resource.hidden["currency"]
    charges = resource.hidden[kind.kept]
    entries = [{name: value for name, value in charge.items() if name != "item"} for charge in charges]
    return [
        {**entry, "amount": formatted(entry["amount"], currency)} if "amount" in entry else entry for entry in entries
    ]


def _written(kind: ChargeKind, asked: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: value for name, value in asked.items() if name in kind.fields and value is not None}
    for name, value in written.items():
        complaint = kind.fields[name](value)
        if complaint:
            raise InvalidInput(f"the {name} of a {kind.type} {complaint}", path=(name,))
    return written


def _place(charges: Sequence[Charge], kind: ChargeKind, id: object) -> int:
    for index, charge in enumerate(charges):
        if charge["id"] == id:
            return index
    raise NotFound(f"the cart has no {kind.type} '{id}'")
