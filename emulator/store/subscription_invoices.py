"""Subscription invoices: what a subscription costs for one period; the sum of its products."""

from typing import Any

from emulator.domain.resource import Resource
from emulator.store.draft import Draft, Values
from emulator.store.form import form
from emulator.store.group import Origin
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import row
from emulator.store.plain import Plain
from emulator.store.stamps import timestamp
from emulator.store.work import Name, Work

TYPE = "subscription-invoice"
_RATE = (0.0, 0.05, 0.2)


def _made(work: Work, name: Name, attributes: Values) -> Draft:
    """For the `subscription` named (an id or key), or one of the house."""
    reference = attributes.get("subscription")
    found = work.find("subscription", str(reference)) if reference else one_of_the_house(work, "subscription", name.key)
    return drafted(work, name, found)


def drafted(work: Work, name: Name, found: Resource) -> Draft:
    """The invoice of this subscription for the period that begins now."""
    start, period = work.at, found.hidden.get("period", 0)
    items = [_item(work, key, start, start + period) for key in found.hidden["products"]]
    rate = _RATE[work.pool.draw(name.key, "rate", len(_RATE))]
    total = sum(item["price"]["amount"] for item in items)
    tax = [{"type": "tax_item", "name": "Sales tax", "code": "TAX", "rate": rate, "jurisdiction": "STATE"}]
    values = {
        "billing_period": {"start": timestamp(TYPE, start), "end": timestamp(TYPE, start + period)},
        "invoice_items": items,
        "tax_items": tax if rate else [],
        "invoice.number": name.number,
        "price": {"currency": "USD", "amount": total + round(total * rate), "includes_tax": bool(rate)},
        "subscription.id": found.id,
        "subscriber.id": _subscriber(work, found).id,
    }
    return Draft(values=values, parent=found.key, hidden={"state": ["outstanding"], "total": total})


def _item(work: Work, key: str, start: int, end: int) -> dict[str, Any]:
    product = work.find("subscription-product", key)
    return {
        "description": product.document["attributes"]["name"],
        "price": {"currency": "USD", "amount": product.hidden["amount"], "includes_tax": False},
        "product_id": product.id,
        "from_time_period": timestamp(TYPE, start),
        "until_time_period": timestamp(TYPE, end),
    }


def _subscriber(work: Work, subscription: Resource) -> Resource:
    found = work.shelves.by_key(subscription.hidden["subscriber"])
    assert found is not None, "a subscription is somebody's"
    return found


GROUP = Plain(
    type=TYPE,
    form=form(
        TYPE,
        document_type="subscription_invoice",
        places=frozenset(
            {
                *("billing_period", "invoice_items", "tax_items", "invoice.number", "price"),
                *("subscription.id", "subscriber.id"),
            }
        ),
        inside="attributes",
    ),
    fields={},
    ignored=frozenset({"subscription"}),
    made=_made,
    rows=(
        row(None, "create", "outstanding", f"{TYPE}.created"),
        row("outstanding", "pay", "paid"),
        row("*", "delete", "=", f"{TYPE}.deleted"),
    ),
    axes=(("outstanding", "paid"),),
    moves={"pay": lambda _work, _invoice, _step: Draft(attributes={"outstanding": False})},
    origin=Origin(type="subscription", attribute="subscription"),
).group()
