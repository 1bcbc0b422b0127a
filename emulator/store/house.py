"""House: the customers and products that have been there since before anybody asked."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import UserError
from emulator.domain.identity import derived_id
from emulator.domain.moment import DAY, HOUR
from emulator.domain.resource import Resource
from emulator.store.money import item_prices
from emulator.store.work import HOUSE, Name, Work

_CURRENCY = "USD"


def house_customer(work: Work, resource: str) -> Resource:
    """The customer that this resource's draw chooses."""
    return _chosen(work, "customer", resource, "customer")


def house_product(work: Work, resource: str, purpose: str) -> Resource:
    """The product that this resource's draw chooses."""
    return _chosen(work, "product", resource, purpose)


def customer_values(work: Work, key: str) -> Mapping[str, Any]:
    """What a customer's fixture can show; the mailbox has a number of its own, for names come twice."""
    person = work.pool.person(key)
    mailbox, _, host = person["person.email"].partition("@")
    return {**person, "person.email": f"{mailbox}{work.pool.draw(key, 'mailbox', 10_000)}@{host}"}


def product_values(work: Work, key: str) -> Mapping[str, Any]:
    """What a product's fixture can show."""
    drawn = work.pool.product(key)
    return {**drawn, **priced(drawn["product.price"], _CURRENCY)}


def priced(amount: int, currency: str) -> dict[str, Any]:
    """The values that show a product's price."""
    prices = item_prices(amount, 1, currency)
    shown = {kind: prices[kind]["unit"] for kind in ("with_tax", "without_tax", "tax")}
    return {"currency": currency, "display_price": shown}


def _chosen(work: Work, type: str, resource: str, purpose: str) -> Resource:
    """One of the house; or, when all of them were deleted, the newest there is."""
    _furnish(work, type)
    keys = [f"{type}:house-{number}" for number in range(1, HOUSE[type] + 1)]
    first = work.pool.draw(resource, purpose, len(keys))
    for key in (*keys[first:], *keys[:first]):
        found = work.shelves.by_key(key)
        if found is not None and not found.deleted:
            return found
    newest, _ = work.shelves.page(type, limit=1, newest_first=True)
    if not newest:
        raise UserError(f"every {type} was deleted; create one first: trigger {type}.created")
    return newest[0]


def _furnish(work: Work, type: str) -> None:
    if work.shelves.by_key(f"{type}:house-1") is not None:
        return
    for number in range(1, HOUSE[type] + 1):
        key = f"{type}:house-{number}"
        age = (work.pool.draw(key, "age", 300) + 30) * DAY + work.pool.draw(key, "hour", 24) * HOUR
        hidden: dict[str, Any] = {"state": ["present"]}
        if type == "customer":
            values = customer_values(work, key)
        else:
            values = product_values(work, key)
            hidden["price"] = [values["product.price"], values["currency"]]
        work.add(
            type,
            Name(key, derived_id(work.seed, type, key), number),
            values,
            hidden=hidden,
            at=max(0, work.at - age),
        )
