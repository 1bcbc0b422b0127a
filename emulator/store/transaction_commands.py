"""Commands about one transaction: made, confirmed, captured, refunded and cancelled, as the provider's API has them."""

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Command, Resource
from emulator.store import transactions
from emulator.store.group import Group, Origin, present, state_of
from emulator.store.lifecycle import Step
from emulator.store.order_lifecycle import LIFECYCLE as OF_ORDERS
from emulator.store.payments import checked_amount
from emulator.store.settlement import owing, settled
from emulator.store.work import Work


def _refine(_work: Work, command: Command, transaction: Resource | None) -> str:
    """A refund of all that is left is the whole, however it is said."""
    if transaction is None or command.verb not in ("refund", "refund_part") or not transactions.is_taken(transaction):
        return command.verb
    left, amount = transactions.refundable(transaction), command.attributes.get("amount")
    if amount is None:
        return "refund_part" if command.verb == "refund_part" and left > 1 else "refund"
    sentence = f"{transaction.key} has {left} left to refund"
    return "refund" if checked_amount(amount, left, sentence) == left else "refund_part"


def _open(work: Work, _resource: Resource | None, step: Step) -> Resource:
    """For `order`: all that is owing, or `amount` of it, by `gateway` (manual without)."""
    attributes = work.command.attributes
    reference = attributes.get("order")
    if not isinstance(reference, str):
        raise InvalidInput("a transaction is of an order; say which", path=("order",))
    order = work.find("order", reference)
    _check(order, "authorize" if step.verb.startswith("authorize") else "pay_part")
    left, amount = owing(order), attributes.get("amount")
    if not left and order.hidden["total"]:
        raise IllegalCommand(f"{order.key} waits for a transaction that covers it; confirm or cancel that first")
    if amount is not None:
        left = checked_amount(amount, left, f"{order.key} owes {left}")
    made = transactions.opened(work, order, step.verb, left, attributes)
    settled(work, order, [made])
    return _now(work, made)


def _confirm(work: Work, resource: Resource | None, _step: Step) -> Resource:
    """What was pending holds from now on. Raises InvalidInput when the order has been paid for otherwise since."""
    transaction, order = _with_order(work, resource)
    _check(order, "authorize")
    if not transactions.is_counted(transaction):
        left = owing(order)
        checked_amount(transaction.hidden["amount"], left, f"{order.key} owes {left}")
    return _settle(work, order, transactions.moved(work, transaction, "confirm"))


def _capture(work: Work, resource: Resource | None, _step: Step) -> Resource:
    """The money that it holds is taken."""
    transaction, order = _with_order(work, resource)
    _check(order, "capture_part" if order.hidden["state"][1] == "partially_authorized" else "capture")
    return _settle(work, order, transactions.moved(work, transaction, "capture"))


def _refund(work: Work, resource: Resource | None, step: Step) -> Resource:
    """All that is left of it is given back, or `amount` of it; in part without an amount is half."""
    transaction, order = _with_order(work, resource)
    _check(order, "refund")
    left, asked = transactions.refundable(transaction), work.command.attributes.get("amount")
    part = asked if isinstance(asked, int) else left // 2
    return _settle(work, order, transactions.refunded(work, transaction, part if step.verb == "refund_part" else left))


def _cancel(work: Work, resource: Resource | None, _step: Step) -> Resource:
    """What it holds, or would have held, is let go."""
    transaction, order = _with_order(work, resource)
    return _settle(work, order, transactions.moved(work, transaction, "cancel"))


def _with_order(work: Work, resource: Resource | None) -> tuple[Resource, Resource]:
    transaction = present(resource)
    assert transaction.parent is not None, "a transaction is of an order"
    return transaction, work.find("order", transaction.parent)


def _check(order: Resource, verb: str) -> None:
    """Raises IllegalCommand where the order's own life does not allow it."""
    OF_ORDERS.step(state_of(order), verb, order.key)


def _settle(work: Work, order: Resource, transaction: Resource) -> Resource:
    settled(work, order, [transaction])
    return _now(work, transaction)


def _now(work: Work, transaction: Resource) -> Resource:
    """With the events that it has raised counted."""
    return work.find("transaction", transaction.key)


GROUP = Group(
    lifecycle=transactions.LIFECYCLE,
    forms={"transaction": transactions.FORM},
    handlers={
        **dict.fromkeys(transactions.METHODS, _open),
        "confirm": _confirm,
        "capture": _capture,
        "refund": _refund,
        "refund_part": _refund,
        "cancel": _cancel,
    },
    refine=_refine,
    origin=Origin(
        type="order",
        attribute="order",
        before=(
            Command(type="cart", verb="create"),
            Command(type="cart", verb="add_item", target="@cart"),
            Command(type="order", verb="checkout", attributes={"cart": "@cart"}),
        ),
    ),
)
