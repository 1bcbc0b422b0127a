"""Payments of an order: authorized, taken and given back, in full or in part, whichever transactions that takes."""

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Command, Resource
from emulator.store import transactions
from emulator.store.group import present
from emulator.store.lifecycle import Step
from emulator.store.order_lifecycle import LIFECYCLE
from emulator.store.settlement import owing, refundable_of, settled, transactions_of
from emulator.store.work import Work

IN_PART = ("authorize", "pay", "refund")


def refine(work: Work, command: Command, order: Resource | None) -> str:
    """An amount below what is left makes it a part; a part that is all that is left makes it the whole."""
    verb = command.verb
    if order is None:
        return verb
    payment = order.hidden["state"][1]
    if verb in ("capture", "capture_part"):
        return "capture_part" if payment == "partially_authorized" else "capture"
    base = verb.removesuffix("_part").removesuffix("_rest")
    whole = "pay_rest" if base == "pay" and payment == "partially_authorized" else base
    legal = LIFECYCLE.legal(tuple(order.hidden["state"]))
    if base not in IN_PART or not {whole, f"{base}_part"} & {*legal}:
        return verb
    if base != "refund" and order.hidden.get("pending"):
        raise IllegalCommand(f"{order.key} waits for a transaction; confirm or cancel that first")
    left = refundable_of(work, order) if base == "refund" else owing(order)
    amount = command.attributes.get("amount")
    if amount is None:
        return f"{base}_part" if verb.endswith("_part") and left > 1 else whole  # a single cent has no half
    return whole if checked_amount(amount, left, f"{order.key} has {left} left to {base}") == left else f"{base}_part"


def checked_amount(amount: object, left: int, sentence: str) -> int:
    """The amount. Raises InvalidInput unless it is from 1 to what is left, of which the sentence tells."""
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
        raise InvalidInput("an amount is a whole number of minor units, at least 1", path=("amount",))
    if amount > left:
        raise InvalidInput(f"{sentence}, less than {amount}", path=("amount",))
    return amount


def authorize(work: Work, resource: Resource | None, step: Step) -> Resource:
    """All that is owing, or `amount` of it; in part without an amount is half."""
    return _paid(work, present(resource), step, "authorize")


def pay(work: Work, resource: Resource | None, step: Step) -> Resource:
    """The same, and the money is taken at once."""
    return _paid(work, present(resource), step, "purchase")


def capture(work: Work, resource: Resource | None, step: Step) -> Resource:
    """Everything that was authorized is taken."""
    order = present(resource)
    held = [each for each in transactions_of(work, order) if transactions.is_authorized(each)]
    return settled(work, order, [transactions.moved(work, each, "capture") for each in held], step.state)


def refund(work: Work, resource: Resource | None, step: Step) -> Resource:
    """All that was paid, or `amount` of it, from the oldest payment on; in part without an amount is half of what is
    left."""
    order = present(resource)
    left = _share(work, step, refundable_of(work, order))
    given = []
    for payment in transactions_of(work, order):
        amount = min(left, transactions.refundable(payment))
        if amount or (step.verb == "refund" and transactions.can_be_refunded(payment)):
            given.append(transactions.refunded(work, payment, amount))
            left -= amount
    return settled(work, order, given, step.state)


def _paid(work: Work, order: Resource, step: Step, method: str) -> Resource:
    amount = _share(work, step, owing(order))
    made = transactions.opened(work, order, method, amount, work.command.attributes)
    return settled(work, order, [made], step.state)


def _share(work: Work, step: Step, whole: int) -> int:
    if not step.verb.endswith("_part"):
        return whole
    amount = work.command.attributes.get("amount")
    return amount if isinstance(amount, int) else whole // 2
