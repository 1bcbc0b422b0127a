"""Contents: what lies in a cart, with the taxes and discounts upon it, and what it comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from emulator.domain.resource import Resource
from emulator.store.charges import DISCOUNT, TAX, Charge, ChargeKind, charges_of, rate_of
from emulator.store.money import Currency, plain
from emulator.store.prices import NOTHING, Amounts, Off, by_code, discounts_shown, line_prices, spread, total, worth
from emulator.store.promotions import promotion_of

Item = Mapping[str, Any]
"""One line of a cart, as reads and messages show it."""

PROMOTION = "promotion_item"


class Priced(NamedTuple):
    """The items with their prices as they are now, what they come to, and every discount on them."""

    items: list[Item]
    amounts: Amounts
    offs: list[Off]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Items, and the charges on them: taxes, and custom discounts."""

    items: Sequence[Item] = ()
    taxes: Sequence[Charge] = ()
    discounts: Sequence[Charge] = ()

    @classmethod
    def of(cls, cart: Resource) -> "Contents":
        """What lies in this cart now."""
        return cls(items=cart.hidden["items"], taxes=charges_of(cart, TAX), discounts=charges_of(cart, DISCOUNT))

    @property
    def goods(self) -> list[Item]:
        """What can be ordered: everything but promotions."""
        return [item for item in self.items if item["type"] != PROMOTION]

    def with_charges(self, kind: ChargeKind, charges: Sequence[Charge]) -> "Contents":
        """The same with other charges of this kind."""
        return replace(self, taxes=charges) if kind is TAX else replace(self, discounts=charges)

    def kept(self) -> "Contents":
        """Without the charges on items that are there no more; an empty cart has none at all."""
        if not (self.taxes or self.discounts):
            return self
        there: set[str | None] = {item["id"] for item in self.items}
        there |= {None} if there else set()
        return Contents(
            items=self.items,
            taxes=[tax for tax in self.taxes if tax["item"] in there],
            discounts=[discount for discount in self.discounts if discount["item"] in there],
        )

    def priced(self, currency: Currency, now: str) -> Priced:
        """Everything worked out; items whose prices change have changed `now`."""
        offs = self._offs() if self.discounts or len(self.goods) < len(self.items) else {}
        items: list[Item] = []
        amounts: list[Amounts] = []
        for item in self.items:
            if item["type"] == PROMOTION:
                items.append(_promotion_line(item, offs, currency, now))
                continue
            on_it = offs.get(item["id"], [])
            taxes = [tax for tax in self.taxes if tax["item"] == item["id"]]
            comes_to = worth(
                item["value"]["amount"],
                includes_tax=item["value"].get("includes_tax", False),
                discount=sum(off.amount for off in on_it),
                rate=rate_of(taxes),
            )
            own = [discount for discount in self.discounts if discount["item"] == item["id"]]
            items.append(_line(item, comes_to, on_it, (*taxes, *own), currency, now))
            amounts.append(comes_to)
        return Priced(items, total(amounts), [off for on_it in offs.values() for off in on_it])

    def _offs(self) -> dict[str, list[Off]]:
        """What is off each item: its own discounts first, then the cart's, then the promotions in the order in which
        they came, each of what those before it left."""
        left = {item["id"]: item["value"]["amount"] for item in self.goods}
        offs: dict[str, list[Off]] = {id: [] for id in left}

        def take(id: str, off: Off) -> None:
            if off.amount:
                offs[id].append(off)
                left[id] += off.amount

        def take_from_all(off: Off) -> None:
            for id, part in zip(left, spread(off.amount, list(left.values())), strict=True):
                take(id, off._replace(amount=part))

        for discount in self.discounts:
            off = Off(discount["id"], discount["discount_code"], discount["amount"], discount["item"] is None)
            if discount["item"] is None:
                take_from_all(off._replace(amount=max(off.amount, -sum(left.values()))))
            else:
                take(discount["item"], off._replace(amount=max(off.amount, -left[discount["item"]])))
        for item in self.items:
            if item["type"] == PROMOTION:
                promotion = promotion_of(item["sku"])
                off = Off(item["promotion_id"], promotion.code, 0, promotion.of_cart)
                if promotion.of_cart:
                    take_from_all(off._replace(amount=promotion.off(sum(left.values()))))
                else:
                    for id in left:
                        take(id, off._replace(amount=promotion.off(left[id])))
        return offs


def _line(
    item: Item, amounts: Amounts, offs: Sequence[Off], charges: Sequence[Charge], currency: Currency, now: str
) -> Item:
    prices = line_prices(amounts, item["quantity"], currency)
    if not (offs or charges) and item["meta"].get("display_price") is prices and "relationships" not in item:
        return item
    line = {name: value for name, value in item.items() if name not in ("discounts", "relationships")}
    if offs:
        line["discounts"] = discounts_shown(offs, currency)
        prices = {**prices, "discounts": by_code(offs, currency)}
    if charges:
        line["relationships"] = _links(charges)
    return _at(item, line, prices, now)


def _promotion_line(item: Item, offs: Mapping[str, Sequence[Off]], currency: Currency, now: str) -> Item:
    """What it takes off is on the lines it takes it from, and this is the sum; its display price adds nothing, so that
    those of all items add up."""
    mine = (off.amount for on_it in offs.values() for off in on_it if off.id == item["promotion_id"])
    price = plain(sum(mine), currency)
    return _at(item, {**item, "unit_price": price, "value": price}, line_prices(NOTHING, 1, currency), now)


def _at(item: Item, line: dict[str, Any], prices: Mapping[str, Any], now: str) -> Item:
    """The line with these prices: as it was, when nothing of it is new."""
    meta = item["meta"]
    line["meta"] = {**meta, "display_price": prices} if "display_price" in meta else meta
    if line == item:
        return item
    line["meta"] = {**line["meta"], "timestamps": {**meta["timestamps"], "updated_at": now}}
    return line


def _links(charges: Iterable[Charge]) -> dict[str, Any]:
    links: dict[str, Any] = {}
    for charge in charges:
        name = next(kind.linked for kind in (TAX, DISCOUNT) if kind.type == charge["type"])
        links.setdefault(name, {"data": []})["data"].append({"type": charge["type"], "id": charge["id"]})
    return links
