"""Transactions: the payments of an order. They change through their order's commands, never by themselves."""

from emulator.domain.resource import Resource
from emulator.store.form import form
from emulator.store.lifecycle import Lifecycle, row
from emulator.store.money import formatted
from emulator.store.work import Work

LIFECYCLE = Lifecycle(
    type="transaction",
    axes=(("authorize", "capture", "purchase"),),
    rows=(
        row(None, "authorize", "authorize", "transaction.created"),
        row(None, "purchase", "purchase", "transaction.created"),
        row("authorize", "capture", "capture", "transaction.updated"),
        row("capture|purchase", "refund", "=", "transaction.updated"),
    ),
)

FORM = form(
    "transaction",
    places=frozenset(
        {
            *("amount", "refunded_amount", "currency", "display_price", "display_refunded_amount"),
            *("method", "gateway", "order.id"),
        }
    ),
)

_GATEWAY = "manual"
_SPELLINGS = ("transaction-type", "transaction_type")  # a transaction keeps the one that it was made with


def opened(work: Work, order: Resource, verb: str, amount: int) -> Resource:
    """A new transaction over this amount: `authorize` or `purchase`."""
    step = LIFECYCLE.step(None, verb, "a transaction")
    currency = order.hidden["currency"]
    return work.add(
        "transaction",
        work.name("transaction"),
        {
            "amount": amount,
            "refunded_amount": 0,
            "currency": currency,
            "method": step.state[0],
            "gateway": _GATEWAY,
            "display_price": formatted(amount, currency),
            "display_refunded_amount": formatted(0, currency),
            "order.id": order.id,
        },
        parent=order.key,
        hidden={"state": list(step.state), "amount": amount, "refunded": 0, "currency": currency},
    )


def captured(work: Work, transaction: Resource) -> Resource:
    """An authorized one, with its money taken."""
    step = LIFECYCLE.step(tuple(transaction.hidden["state"]), "capture", transaction.key)
    document = {field: step.state[0] for field in _SPELLINGS if field in transaction.document}
    return work.change(transaction, document=document, hidden={"state": list(step.state)})


def refunded(work: Work, transaction: Resource, amount: int) -> Resource:
    """A paid one, with so much more of its money given back."""
    LIFECYCLE.step(tuple(transaction.hidden["state"]), "refund", transaction.key)
    total = transaction.hidden["refunded"] + amount
    assert total <= transaction.hidden["amount"], "nobody gets back more than was paid"
    return work.change(
        transaction,
        document={"refunded_amount": total},
        meta={"display_refunded_amount": formatted(total, transaction.hidden["currency"])},
        hidden={"refunded": total},
    )


def refundable(transaction: Resource) -> int:
    """How much of it is paid and not yet given back."""
    if transaction.hidden["state"][0] == "authorize":
        return 0
    left: int = transaction.hidden["amount"] - transaction.hidden["refunded"]
    return left
