"""Orders: what their commands do beside payments."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.resource import Command, Resource
from emulator.store import payments, stock, transactions
from emulator.store.cart_lines import ITEM_PLACES
from emulator.store.checkout import checkout
from emulator.store.form import form
from emulator.store.group import Group, Origin, custom_of, present
from emulator.store.lifecycle import Step
from emulator.store.order_fields import KNOWN, addressed, erased, written
from emulator.store.order_lifecycle import LIFECYCLE
from emulator.store.work import Work

_STAR = "*"


def _update(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`order_number`, `external_ref` and a store's own fields. Without any, the order is only touched."""
    return _moved(work, present(resource), step)


def _with_address(work: Work, resource: Resource | None, step: Step) -> Resource:
    """The same, and `shipping_address`: the parts that are not sent stay."""
    return _sent(work, present(resource), step)


def _fulfill(work: Work, resource: Resource | None, step: Step) -> Resource:
    """The goods leave, to the address that comes along, if one does."""
    return _sent(work, present(resource), step, stock.shipped(work, present(resource)))


def _cancel(work: Work, resource: Resource | None, step: Step) -> Resource:
    """What was reserved for it is free again. No money is given back."""
    return _sent(work, present(resource), step, stock.released(work, present(resource)))


def _anonymize(work: Work, resource: Resource | None, step: Step) -> Resource:
    """Whoever bought it becomes unknown: what tells of a person is replaced with `*` (the provider's
    document of orders)."""
    order = present(resource)
    hidden = {
        field: {part: _STAR if isinstance(value, str) else value for part, value in order.document[field].items()}
        for field in ("customer", "contact", "shipping_address", "billing_address")
        if isinstance(order.document.get(field), Mapping)
    }
    return _moved(work, order, step, {**hidden, "anonymized": True})


def _delete(work: Work, resource: Resource | None, step: Step) -> Resource:
    gone = work.change(present(resource), deleted=True)
    work.emit(step.raises, gone)
    return gone


def _sent(work: Work, order: Resource, step: Step, goods: str | None = None) -> Resource:
    """The order at the end of this step, bound for the address that came along, and what became of its goods."""
    document = addressed(order, work.command.attributes, ("shipping_address",))
    return _moved(work, order, step, document, {} if goods is None else {"stock": goods})


def _moved(
    work: Work,
    order: Resource,
    step: Step,
    document: Mapping[str, Any] | None = None,
    hidden: Mapping[str, Any] | None = None,
) -> Resource:
    """The order at the end of this step, with what the caller sent along."""
    attributes = work.command.attributes
    status, payment, shipping = step.state
    axes = {"status": status, "payment": payment, "shipping": shipping}
    changed = work.change(
        order,
        document={**axes, **written(attributes), **(document or {})},
        hidden={"state": list(step.state), **(hidden or {})},
        custom=custom_of(attributes, KNOWN),
        without=erased(attributes),
    )
    work.emit(step.raises, changed)
    return changed


FORM = form(
    "order",
    places=frozenset(
        {
            *("status", "payment", "shipping", "currency", "display_price", "items"),
            *("customer.name", "customer.email", "customer_link"),
        }
    ),
    item_places=ITEM_PLACES | {"cart_item.id"},
)

GROUP = Group(
    lifecycle=LIFECYCLE,
    forms={"order": FORM, "transaction": transactions.FORM},
    origin=Origin(
        type="cart",
        attribute="cart",
        before=(Command(type="cart", verb="create"), Command(type="cart", verb="add_item", target="@cart")),
    ),
    handlers={
        "checkout": checkout,
        "update": _update,
        "change_address": _with_address,
        "authorize": payments.authorize,
        "authorize_part": payments.authorize,
        "pay": payments.pay,
        "pay_part": payments.pay,
        "pay_rest": payments.pay,
        "capture": payments.capture,
        "capture_part": payments.capture,
        "fulfill": _fulfill,
        "cancel": _cancel,
        "refund": payments.refund,
        "refund_part": payments.refund,
        "anonymize": _anonymize,
        "delete": _delete,
    },
    refine=payments.refine,
)
