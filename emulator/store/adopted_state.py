"""Adopted state: what the shop has to know of a resource from elsewhere to go on with it, read off its document."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.domain.ports import Shelves
from emulator.domain.resource import Resource
from emulator.store.charges import DISCOUNT, TAX
from emulator.store.kinds import KINDS
from emulator.store.prices import Amounts

Values = Mapping[str, Any]

_AXES = ("status", "state", "payment", "shipping", "transaction-type", "transaction_type")
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message tells of a resource, beside what was known `before`. `key` is the one that it gets here."""

    type: str
    key: str
    document: Values
    included: Values
    before: Resource | None
    shelves: Shelves


class Parent(NamedTuple):
    """The type that a resource belongs to, and where its document names the one."""

    type: str
    path: tuple[str, ...]


PARENTS: Mapping[str, Parent] = {
    "transaction": Parent("order", ("relationships", "order", "data", "id")),
    "address": Parent("customer", ("relationships", "customer", "id")),
}


def state_told(told: Told) -> dict[str, Any]:
    """The hidden state: where the resource stands in its lifecycle, and what its type needs besides."""
    more = _MORE.get(told.type)
    return {"state": _state(told), **(more(told) if more else {})}


def told_of_customer(told: Told) -> dict[str, Any] | None:
    """A customer as an order tells of them: id, name, e-mail; None where it does not."""
    if told.type != "order":
        return None
    id = _at(told.document, "relationships", "customer", "data", "id")
    name, email = _at(told.document, "customer", "name"), _at(told.document, "customer", "email")
    if not (isinstance(id, str) and isinstance(name, str) and isinstance(email, str)):
        return None
    return {"type": "customer", "id": id, "name": name, "email": email, "meta": {"timestamps": _stamps(told.document)}}


def _state(told: Told) -> list[str]:
    """Axis by axis, the word that the document says; where it says none, the one that comes first."""
    group = KINDS.get(told.type)
    axes = group.lifecycle.axes if group else (("present",),)
    said = [_at(place, field) for place in (told.document, _at(told.document, "attributes")) for field in _AXES]
    return [next((word for word in said if word in words), words[0]) for words in axes]


def _order(told: Told) -> dict[str, Any]:
    items = _items(told)
    prices = _at(told.document, "meta", "display_price")
    total = _amount(prices, "with_tax")
    if total is None:
        total = sum(_amount(item, "value") or 0 for item in items)
    payment = _state(told)[1]
    paid, authorized = _amount(prices, "paid"), _amount(prices, "authorized")
    if paid is None:
        paid = total if payment in ("paid", "refunded") else 0
    if authorized is None:
        authorized = total if payment == "authorized" else 0
    payments, _ = told.shelves.page("transaction", parent=told.key, limit=_MOST)
    return {
        **_contents(told, items),
        "total": total,
        "pending": 0,
        "authorized": authorized,
        "paid": paid,
        "transactions": [payment.key for payment in payments],
        "stock": "",
        "cart": None,
    }


def _cart(told: Told) -> dict[str, Any]:
    items = [_priced(item, _currency(told, ())) for item in _items(told)]
    return {
        **_contents(told, items),
        "state": ["filled" if items else "empty"],
        "lines": len(items),
        "charges": 0,
        "customer": _key_there(told, "customer"),
        "account": _key_there(told, "account"),
    }


def _priced(item: Values, currency: str) -> dict[str, Any]:
    """A line with all that the shop reckons with; a message shows it whole, a capture that was edited may not."""
    nothing = {"amount": 0, "currency": currency, "includes_tax": False}
    meta = item.get("meta")
    stamps = _at(meta, "timestamps")
    return {
        "type": "cart_item",
        "quantity": 1,
        "unit_price": nothing,
        "value": nothing,
        **item,
        "meta": {**(meta if isinstance(meta, Mapping) else {}), "timestamps": dict(stamps or {})},
    }


def _contents(told: Told, items: Sequence[Values]) -> dict[str, Any]:
    """What lies in a cart or an order. Its taxes and discounts are in its prices, and not known one by one."""
    prices = _at(told.document, "meta", "display_price")
    return {
        "items": list(items),
        "amounts": [_amount(prices, kind) or 0 for kind in Amounts._fields],
        "currency": _currency(told, items),
        TAX.kept: [],
        DISCOUNT.kept: [],
    }


def _product(told: Told) -> dict[str, Any]:
    price = _at(told.document, "price")
    first = price[0] if isinstance(price, list) and price else price
    shown = _at(told.document, "meta", "display_price", "with_tax")
    for found in (first, shown):
        amount = _at(found, "amount")
        if isinstance(amount, int) and isinstance(_at(found, "currency"), str):
            return {"price": [amount, found["currency"]]}
    return {"price": [0, _CURRENCY]}


def _transaction(told: Told) -> dict[str, Any]:
    document = told.document
    amount, refunded = document.get("amount"), document.get("refunded_amount")
    amount = amount if isinstance(amount, int) else _amount(document.get("meta"), "display_price") or 0
    refunded = refunded if isinstance(refunded, int) else 0
    kind, status = _state(told)
    if refunded and refunded >= amount:
        status = "refunded"
    elif "status" not in document:
        status = "complete"
    return {
        "state": [kind, status],
        "amount": amount,
        "refunded": min(refunded, amount),
        "currency": _currency(told, ()),
    }


_CURRENCY = "USD"
_MORE: Mapping[str, Callable[[Told], dict[str, Any]]] = {
    "order": _order,
    "cart": _cart,
    "product": _product,
    "transaction": _transaction,
}


def _items(told: Told) -> list[dict[str, Any]]:
    """The lines that the message includes; those that were known where it includes none (a large one leaves them
    out)."""
    found = told.included.get("items")
    if isinstance(found, list):
        return [item for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)]
    return list(told.before.hidden.get("items", ())) if told.before else []


def _currency(told: Told, items: Sequence[Values]) -> str:
    document = told.document
    prices = _at(document, "meta", "display_price")
    said = (
        _at(prices, "with_tax", "currency"),
        _at(prices, "currency"),
        document.get("currency"),
        *(_at(item, "value", "currency") for item in items),
    )
    return next((code for code in said if isinstance(code, str) and code), _CURRENCY)


def _key_there(told: Told, type: str) -> str | None:
    """The owner that a cart names, if the shop knows them."""
    related = _at(told.document, "relationships", f"{type}s", "data")
    first = related[0] if isinstance(related, list) and related else related
    id = _at(first, "id")
    found = told.shelves.get(type, id) if isinstance(id, str) else None
    return None if found is None or found.deleted else found.key


def _amount(node: object, name: str) -> int | None:
    amount = _at(node, name, "amount")
    return amount if isinstance(amount, int) and not isinstance(amount, bool) else None


def _stamps(document: Values) -> dict[str, str]:
    found = {name: _at(document, "meta", "timestamps", name) for name in ("created_at", "updated_at")}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _at(node: object, *path: str) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node
