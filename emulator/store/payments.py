"""Payments of an order: authorized, taken and given back, in full or in part."""

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Command, Resource
from emulator.store import transactions
from emulator.store.group import present
from emulator.store.lifecycle import Step
from emulator.store.money import settlement
from emulator.store.order_lifecycle import LIFECYCLE
from emulator.store.work import Work

IN_PART = ("authorize", "pay", "refund")


def refine(work: Work, command: Command, order: Resource | None) -> str:
    """An amount below what is left makes it a part; a part that is all that is left makes it the whole."""
    verb = command.verb
    if order is None:
        return verb
    if verb in ("capture", "capture_part"):
        in_part = order.hidden["state"][1] == "partially_authorized"
        return "capture_part" if in_part else "capture"
    base = verb.removesuffix("_part")
    if base not in IN_PART or verb not in LIFECYCLE.legal(tuple(order.hidden["state"])):
        return verb
    left = _refundable(work, order) if base == "refund" else owing(order)
    amount = command.attributes.get("amount")
    if amount is None:
        return base if left <= 1 else verb  # a single cent has no half
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
        raise InvalidInput("an amount is a whole number of minor units, at least 1", path=("amount",))
    if amount > left:
        raise InvalidInput(f"{order.key} has {left} left to {base}, less than {amount}", path=("amount",))
    return base if amount == left else f"{base}_part"


def owing(order: Resource) -> int:
    """What neither an authorization nor a payment covers yet, in minor units."""
    hidden = order.hidden
    left: int = hidden["total"] - hidden["authorized"] - hidden["paid"]
    return left


def authorize(work: Work, resource: Resource | None, step: Step) -> Resource:
    """All that is owing, or `amount` of it; in part without an amount is half."""
    order = present(resource)
    amount = _share(work, step, owing(order))
    payment = transactions.opened(work, order, "authorize", amount)
    return _settled(work, order, step, [payment], authorized=order.hidden["authorized"] + amount)


def pay(work: Work, resource: Resource | None, step: Step) -> Resource:
    """The same, and the money is taken at once."""
    order = present(resource)
    amount = _share(work, step, owing(order))
    payment = transactions.opened(work, order, "purchase", amount)
    return _settled(work, order, step, [payment], paid=order.hidden["paid"] + amount)


def capture(work: Work, resource: Resource | None, step: Step) -> Resource:
    """Everything that was authorized is taken."""
    order = present(resource)
    taken = [
        transactions.captured(work, payment)
        for payment in _payments(work, order)
        if payment.hidden["state"][0] == "authorize"
    ]
    amount = sum(payment.hidden["amount"] for payment in taken)
    return _settled(
        work,
        order,
        step,
        taken,
        authorized=order.hidden["authorized"] - amount,
        paid=order.hidden["paid"] + amount,
    )


def refund(work: Work, resource: Resource | None, step: Step) -> Resource:
    """All that was paid, or `amount` of it, from the oldest payment on; in part without an amount is half
    of what is left."""
    order = present(resource)
    left = _share(work, step, _refundable(work, order))
    given = []
    for payment in _payments(work, order):
        amount = min(left, transactions.refundable(payment))
        if amount:
            given.append(transactions.refunded(work, payment, amount))
            left -= amount
    return _settled(work, order, step, given)


def _share(work: Work, step: Step, whole: int) -> int:
    if not step.verb.endswith("_part"):
        return whole
    amount = work.command.attributes.get("amount")
    return amount if isinstance(amount, int) else whole // 2


def _settled(
    work: Work,
    order: Resource,
    step: Step,
    payments: list[Resource],
    *,
    authorized: int | None = None,
    paid: int | None = None,
) -> Resource:
    """The order after a payment: its axes, and what it says is owing, authorized and paid."""
    hidden = order.hidden
    authorized = hidden["authorized"] if authorized is None else authorized
    paid = hidden["paid"] if paid is None else paid
    prices = order.document.get("meta", {}).get("display_price", {})
    status, payment, shipping = step.state
    new = [entry.key for entry in payments if entry.key not in hidden["transactions"]]
    changed = work.change(
        order,
        document={"status": status, "payment": payment, "shipping": shipping},
        meta={"display_price": {**prices, **settlement(hidden["total"], authorized, paid, hidden["currency"])}},
        hidden={
            "state": list(step.state),
            "authorized": authorized,
            "paid": paid,
            "transactions": [*hidden["transactions"], *new],
        },
    )
    work.emit(step.raises, *payments, changed)
    return changed


def _payments(work: Work, order: Resource) -> list[Resource]:
    keys: list[str] = order.hidden["transactions"]
    return [work.find("transaction", key) for key in keys]


def _refundable(work: Work, order: Resource) -> int:
    return sum(transactions.refundable(payment) for payment in _payments(work, order))
