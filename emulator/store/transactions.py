"""Transactions: the payments of an order. Each has a type and a status of its own.

What is authorized can be captured once, in full; what was captured or purchased can be given back, in parts too. A
`…_setup` makes one that is pending until it is confirmed. Cancelling takes back what is pending or authorized (the
provider's document of orders). Their events are raised with those of their order, by `settlement`.
"""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import IllegalCommand, InvalidInput, nearest
from emulator.domain.resource import Resource
from emulator.store.form import form
from emulator.store.lifecycle import Lifecycle, row
from emulator.store.money import formatted
from emulator.store.tender import tender
from emulator.store.work import Work

LIFECYCLE = Lifecycle(
    type="transaction",
    axes=(("authorize", "capture", "purchase"), ("pending", "complete", "refunded", "cancelled")),
    rows=(
        row(None, "authorize_setup", "authorize pending"),
        row(None, "purchase_setup", "purchase pending"),
        row(None, "authorize", "authorize complete"),
        row(None, "purchase", "purchase complete"),
        row("authorize|purchase pending", "confirm", "= complete"),
        row("authorize complete", "capture", "capture complete"),
        row("capture|purchase complete", "refund", "= refunded"),
        row("capture|purchase complete", "refund_part", "= ="),
        row("authorize|purchase pending", "cancel", "= cancelled"),
        row("authorize complete", "cancel", "= cancelled"),
    ),
)

METHODS = ("authorize", "purchase", "authorize_setup", "purchase_setup")
"""How a payment can be made, by the provider's words."""

GATEWAYS = (
    *("adyen", "authorize_net", "braintree", "card_connect", "cyber_source", "elastic_path_payments_stripe"),
    *("manual", "paypal_express_checkout", "stripe", "stripe_connect", "stripe_payment_intents"),
)
_CANCELLING = tuple(gateway for gateway in GATEWAYS if "stripe" in gateway or "paypal" in gateway)

FORM = form(
    "transaction",
    places=frozenset(
        {
            *("amount", "refunded_amount", "currency", "display_price", "display_refunded_amount"),
            *("method", "status", "gateway", "name", "custom_reference", "order.id"),
        }
    ),
)

_SPELLINGS = ("transaction-type", "transaction_type")  # a transaction keeps the one that it was made with
_SHOWN = {"refunded": "complete"}


def opened(work: Work, order: Resource, method: str, amount: int, asked: Mapping[str, Any]) -> Resource:
    """A new transaction over this amount, by the `gateway` asked for; without, an order's commands pay by the manual
    one, and a transaction's by one that knows every step.

    Raises InvalidInput for a gateway that there is not.
    """
    kind, status = LIFECYCLE.step(None, method, "a transaction").state
    alone = work.command.type == "transaction"
    currency = tender(work, order.hidden["currency"])
    return work.add(
        "transaction",
        work.name("transaction", work.command.alias if alone else None),
        {
            "amount": amount,
            "refunded_amount": 0,
            "currency": currency.code,
            "method": kind,
            "status": status,
            "gateway": _gateway(asked.get("gateway", "stripe" if alone else "manual")),
            "name": _text(asked, "name"),
            "custom_reference": _text(asked, "custom_reference"),
            "display_price": formatted(amount, currency),
            "display_refunded_amount": formatted(0, currency),
            "order.id": order.id,
        },
        parent=order.key,
        hidden={"state": [kind, status], "amount": amount, "refunded": 0, "currency": currency.code},
    )


def moved(work: Work, transaction: Resource, verb: str) -> Resource:
    """A transaction after `confirm`, `capture` or `cancel`. Raises IllegalCommand."""
    kind, status = LIFECYCLE.step(_state(transaction), verb, transaction.key).state
    gateway = transaction.document.get("gateway")
    if verb == "cancel" and gateway not in _CANCELLING:
        raise IllegalCommand(f"{transaction.key} was made with {gateway}; only {', '.join(_CANCELLING)} can cancel one")
    document = {field: kind for field in _SPELLINGS if field in transaction.document}
    reference = _text(work.command.attributes, "custom_reference")
    if verb == "capture" and reference:
        document["custom_reference"] = reference
    return work.change(transaction, document={**document, "status": status}, hidden={"state": [kind, status]})


def refunded(work: Work, transaction: Resource, amount: int) -> Resource:
    """One whose money was taken, with so much more of it given back; what is left to give decides whether that is all.

    Raises IllegalCommand.
    """
    whole = amount == refundable(transaction)
    step = LIFECYCLE.step(_state(transaction), "refund" if whole else "refund_part", transaction.key)
    total = transaction.hidden["refunded"] + amount
    assert 0 <= total <= transaction.hidden["amount"], "nobody gets back more than was paid"
    return work.change(
        transaction,
        document={"refunded_amount": total, "status": _SHOWN.get(step.state[1], step.state[1])},
        meta={"display_refunded_amount": formatted(total, tender(work, transaction.hidden["currency"]))},
        hidden={"state": list(step.state), "refunded": total},
    )


def refundable(transaction: Resource) -> int:
    """How much of it is paid and not yet given back."""
    if not is_taken(transaction):
        return 0
    left: int = transaction.hidden["amount"] - transaction.hidden["refunded"]
    return left


def is_pending(transaction: Resource) -> bool:
    """Whether it waits to be confirmed."""
    return _state(transaction)[1] == "pending"


def is_authorized(transaction: Resource) -> bool:
    """Whether its money is held, and not yet taken."""
    return _state(transaction) == ("authorize", "complete")


def is_taken(transaction: Resource) -> bool:
    """Whether its money was taken, be it given back since or not."""
    kind, status = _state(transaction)
    return kind != "authorize" and status in ("complete", "refunded")


def is_counted(transaction: Resource) -> bool:
    """Whether its order owes that much less: pending authorizations count, pending purchases do not."""
    kind, status = _state(transaction)
    return status != "cancelled" and (kind, status) != ("purchase", "pending")


def can_be_refunded(transaction: Resource) -> bool:
    """Whether its money was taken and is not yet given back, though it be nothing."""
    return is_taken(transaction) and _state(transaction)[1] == "complete"


def _state(transaction: Resource) -> tuple[str, str]:
    kind, status = transaction.hidden["state"]
    return kind, status


def _gateway(gateway: object) -> str:
    if gateway in GATEWAYS:
        return str(gateway)
    raise InvalidInput(f"there is no gateway '{gateway}'{nearest(str(gateway), GATEWAYS)}", path=("gateway",))


def _text(asked: Mapping[str, Any], field: str) -> str:
    given = asked.get(field, "")
    if isinstance(given, str):
        return given
    raise InvalidInput(f"the {field} of a transaction is a text", path=(field,))
