"""Products: made, changed and deleted. Carts and orders keep the prices that they were made with."""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import InvalidInput
from emulator.domain.resource import Resource
from emulator.store.group import Group, custom_of, present
from emulator.store.house import priced, product_values
from emulator.store.lifecycle import Lifecycle, Step, row
from emulator.store.money import check_currency, plain
from emulator.store.work import Work

LIFECYCLE = Lifecycle(
    type="product",
    axes=(("present",),),
    rows=(
        row(None, "create", "present", "product.created"),
        row("present", "update", "present", "product.updated"),
        row("present", "delete", "present", "product.deleted"),
    ),
)

_TEXTS = frozenset({"name", "slug", "sku", "description", "status", "commodity_type", "mpn", "upc_ean"})
_KNOWN = _TEXTS | {"price", "manage_stock"}


def _create(work: Work, _resource: Resource | None, step: Step) -> Resource:
    attributes = work.command.attributes
    name = work.name("product", work.command.alias)
    values = product_values(work, name.key)
    price = _price(attributes) or (values["product.price"], values["currency"])
    values = {**values, "product.price": price[0], **priced(*price)}
    made = work.add(
        "product",
        name,
        values,
        hidden={"state": list(step.state), "price": list(price)},
        document=_written(attributes),
        custom=custom_of(attributes, _KNOWN),
    )
    work.emit(step.raises, made)
    return made


def _update(work: Work, resource: Resource | None, step: Step) -> Resource:
    """Without attributes, the product gets another price."""
    old = present(resource)
    attributes = work.command.attributes
    written = _written(attributes)
    custom = custom_of(attributes, _KNOWN)
    price = _price(attributes)
    if not written and not custom and price is None:
        turn = old.occurrences.get("product.updated", 0) + 1
        amount, currency = price_of(old)
        price = (max(100, amount + (work.pool.draw(old.key, f"price:{turn}", 9) + 1) * 100), currency)
    meta = None
    if price is not None:
        written["price"] = [plain(*price)]
        meta = {"display_price": priced(*price)["display_price"]}
    hidden = {"price": list(price)} if price is not None else None
    changed = work.change(old, document=written, meta=meta, hidden=hidden, custom=custom)
    work.emit(step.raises, changed)
    return changed


def _delete(work: Work, resource: Resource | None, step: Step) -> Resource:
    gone = work.change(present(resource), deleted=True)
    work.emit(step.raises, gone)
    return gone


def price_of(product: Resource) -> tuple[int, str]:
    """Minor units and currency."""
    amount, currency = product.hidden["price"]
    return amount, currency


def _price(attributes: Mapping[str, Any]) -> tuple[int, str] | None:
    if "price" not in attributes:
        return None
    given = attributes["price"]
    first = given[0] if isinstance(given, list) and given else given
    amount = first.get("amount") if isinstance(first, Mapping) else None
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise InvalidInput(
            'a price is [{"amount": <minor units>, "currency": "USD"}], the amount not negative', path=("price",)
        )
    return amount, check_currency(first.get("currency", "USD"))


def _written(attributes: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for field, value in attributes.items():
        if field in _TEXTS and value is not None:
            if not isinstance(value, str):
                raise InvalidInput(f"the {field} of a product is a text", path=(field,))
            written[field] = value
        elif field == "manage_stock":
            written[field] = bool(value)
    return written


GROUP = Group(lifecycle=LIFECYCLE, handlers={"create": _create, "update": _update, "delete": _delete})
