"""Settlement: where an order stands with what its transactions come to, and what it raises when that changes.

The words are the provider's for split payments. Where something is authorized and not yet taken, an order is
`authorized` when all of it is covered, else `partially_authorized`; where all was taken at once, it is `paid` or
`partially_paid`. What is only pending pays nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.domain.errors import IllegalCommand
from emulator.domain.resource import Resource
from emulator.store import stock
from emulator.store.lifecycle import State
from emulator.store.prices import settlement
from emulator.store.tender import tender
from emulator.store.transactions import is_authorized, is_pending, is_taken, refundable
from emulator.store.work import Work

_STATUS: Mapping[str, str] = {
    **dict.fromkeys(("unpaid", "partially_authorized", "partially_paid"), "incomplete"),
    "authorized": "processing",
    **dict.fromkeys(("paid", "refunded"), "complete"),
}
"""The status of an order by its payment, unless it was cancelled."""

_RAISED: Mapping[str, tuple[str, ...]] = {
    "authorized": ("order.authorized",),
    "paid": ("order.paid", "order.updated"),
    "refunded": ("order.refunded", "order.updated"),
}
"""What an order raises when its payment becomes this; for anything else that changes, `order.updated`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the transactions of an order come to, in minor units; `authorized` includes what is pending."""

    authorized: int
    pending: int
    paid: int
    payment: str

    @classmethod
    def of(cls, total: int, transactions: Sequence[Resource]) -> "Sums":
        """Those of an order over this total."""
        held = sum(each.hidden["amount"] for each in transactions if is_authorized(each))
        pending = sum(
            each.hidden["amount"]
            for each in transactions
            if is_pending(each) and each.hidden["state"][0] == "authorize"
        )
        paid = sum(each.hidden["amount"] for each in transactions if is_taken(each))
        return cls(
            authorized=held + pending, pending=pending, paid=paid, payment=_word(total, transactions, held + paid)
        )


def _word(total: int, transactions: Sequence[Resource], covered: int) -> str:
    if any(is_authorized(each) for each in transactions):
        return "authorized" if covered == total else "partially_authorized"
    taken = [each for each in transactions if is_taken(each)]
    if not taken:
        return "unpaid"
    if covered != total:
        return "partially_paid"
    return "refunded" if all(each.hidden["state"][1] == "refunded" for each in taken) else "paid"


def owing(order: Resource) -> int:
    """What neither an authorization, pending ones too, nor a payment covers yet, in minor units."""
    hidden = order.hidden
    left: int = hidden["total"] - hidden["authorized"] - hidden["paid"]
    return left


def transactions_of(work: Work, order: Resource) -> list[Resource]:
    """All of them, as they are now, the oldest first."""
    keys: list[str] = order.hidden["transactions"]
    return [work.find("transaction", key) for key in keys]


def refundable_of(work: Work, order: Resource) -> int:
    """How much of an order was paid and not yet given back."""
    return sum(refundable(each) for each in transactions_of(work, order))


def settled(work: Work, order: Resource, changed: Sequence[Resource], expected: State | None = None) -> Resource:
    """The order after these transactions were made or changed: its axes, what it says is owing, authorized and paid,
    and what becomes of the stock. `expected` is where a row of its lifecycle leads."""
    hidden = order.hidden
    new = [each.key for each in changed if each.key not in hidden["transactions"]]
    order_keys = [*hidden["transactions"], *new]
    now = {each.key: each for each in changed}
    sums = Sums.of(hidden["total"], [now.get(key) or work.find("transaction", key) for key in order_keys])
    status, before, shipping = hidden["state"]
    state = (status if status == "cancelled" else _STATUS[sums.payment], sums.payment, shipping)
    if expected not in (None, state):
        raise IllegalCommand(
            f"what {order.key} says of its payment is not what its transactions come to; import them too"
        )
    prices = order.document.get("meta", {}).get("display_price", {})
    amounts = settlement(hidden["total"], sums.authorized, sums.paid, tender(work, hidden["currency"]))
    counts = status != "cancelled" or sums.payment == "refunded"
    became = sums.payment if counts and sums.payment != before else ""
    after = work.change(
        order,
        document=dict(zip(("status", "payment", "shipping"), state, strict=True)),
        meta={"display_price": {**prices, **amounts}},
        hidden={
            "state": list(state),
            "authorized": sums.authorized,
            "pending": sums.pending,
            "paid": sums.paid,
            "transactions": order_keys,
            "stock": _stock(work, order, became),
        },
    )
    made = "transaction.created" if new else "transaction.updated"
    work.emit((made, *_RAISED.get(became, ("order.updated",))), *changed, after)
    return after


def _stock(work: Work, order: Resource, became: str) -> str:
    if became == "paid":
        return stock.reserved(work, order)
    if became == "refunded":
        return stock.released(work, order)
    now: str = order.hidden.get("stock", "")
    return now
