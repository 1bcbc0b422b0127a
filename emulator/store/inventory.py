"""Inventory: how much there is of each product whose stock is managed, and the transactions that change it.

Total is what lies in the warehouse, allocated what of it is paid for and waits to be shipped, available the rest (the
provider's document of inventories). A stock transaction never changes once it is there, and the stock is what they come
to. Half the products of the house are managed; the house orders more before it runs out.
"""

from collections.abc import Mapping
from typing import Any

from emulator.domain.errors import IllegalCommand, InvalidInput, UserError
from emulator.domain.resource import Resource
from emulator.store.form import form
from emulator.store.group import Group, Origin, present
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Lifecycle, Step, row
from emulator.store.work import Name, Work

TRANSACTION = "stock-transaction"
INVENTORY = "inventory"

ACTIONS: Mapping[str, tuple[int, int]] = {
    "increment": (1, 0),
    "decrement": (-1, 0),
    "allocate": (0, 1),
    "deallocate": (0, -1),
}
"""What one piece does to total and allocated, by what a caller may ask for."""

SHIP = "ship"
"""A decrement of what was allocated."""

_MOST = 1_000_000_000
_DELIVERY = 1_000
_TURNS = 20


class InsufficientStock(UserError):
    """There is not enough stock to do that."""

    status = 422


def is_of_the_house(product: Resource) -> bool:
    """Whether it has been there since before: its stock is never let run out."""
    return product.key.startswith("product:house-")


def inventory_of(work: Work, product: Resource) -> Resource | None:
    """The stock of this product, None where nobody manages it. What the house has is counted when first needed."""
    key = _key(product)
    found = work.shelves.by_key(key)
    if found is None and is_of_the_house(product) and product.document.get("manage_stock"):
        quantity = 200 + work.pool.draw(key, "quantity", 1_000)
        return _stocked(work, product, quantity, at=product.created_at)
    return None if found is None or found.deleted else found


def moved(
    work: Work, inventory: Resource, action: str, quantity: int, *, order: Resource | None = None
) -> tuple[Resource, Resource]:
    """The stock after so many pieces of this action, and the transaction that says so.

    Raises InsufficientStock when more would be taken than there is.
    """
    total, allocated = (-1, -1) if action == SHIP else ACTIONS[action]
    hidden = inventory.hidden
    after = _counted(hidden["total"] + total * quantity, hidden["allocated"] + allocated * quantity)
    if min(after.values()) < 0:
        raise InsufficientStock(
            f"there are {hidden['total']} of {hidden['product']}, {hidden['allocated']} of them allocated;"
            f" that is too few to {action} {quantity}"
        )
    changed = work.change(inventory, document=after, hidden={**after})
    shown = "decrement" if action == SHIP else action
    transaction = work.add(
        TRANSACTION,
        work.name(TRANSACTION, work.command.alias if work.command.type == TRANSACTION else None),
        {"action": shown, "product.id": inventory.id, "quantity": quantity},
        parent=inventory.key,
        hidden={"state": ["made"], "action": action, "order": None if order is None else order.key},
    )
    work.emit((f"{TRANSACTION}.created",), transaction)
    return changed, work.find(TRANSACTION, transaction.key)


def restocked(work: Work, inventory: Resource) -> Resource:
    """The stock after a delivery."""
    return moved(work, inventory, "increment", _DELIVERY)[0]


def available(inventory: Resource) -> int:
    """How many can still be sold."""
    left: int = inventory.hidden["available"]
    return left


def _create(work: Work, _resource: Resource | None, _step: Step) -> Resource:
    """`quantity` of `product` (one of the house without): from now on its stock is managed.

    Raises IllegalCommand when it is already.
    """
    attributes = work.command.attributes
    reference = attributes.get("product")
    key = f"{INVENTORY}:{work.shelves.made(INVENTORY) + 1}"
    product = work.find("product", str(reference)) if reference else _drawn(work, key, managed=False)
    if inventory_of(work, product) is not None:
        raise IllegalCommand(f"the stock of {product.key} is managed already; change it with stock transactions")
    if work.shelves.by_key(_key(product)) is not None:
        raise IllegalCommand(f"the stock of {product.key} was deleted, which is for good")
    return _stocked(work, product, _quantity(attributes, least=0), at=work.at)


def _delete(work: Work, resource: Resource | None, _step: Step) -> Resource:
    """Nobody manages the product's stock any more."""
    return work.change(present(resource), deleted=True)


def _transact(work: Work, _resource: Resource | None, _step: Step) -> Resource:
    """`action` with `quantity` of `product`; without, a delivery to the house."""
    attributes = work.command.attributes
    reference = attributes.get("product")
    key = work.name(TRANSACTION).key
    product = work.find("product", str(reference)) if reference else _drawn(work, key, managed=True)
    inventory = inventory_of(work, product)
    if inventory is None:
        raise IllegalCommand(f"nobody manages the stock of {product.key}; create an inventory of it first")
    action = attributes.get("action", "increment")
    if action not in ACTIONS:
        raise InvalidInput(f"an action is one of {', '.join(ACTIONS)}", path=("action",))
    drawn = (work.pool.draw(key, "quantity", 20) + 1) * 10
    quantity = _quantity(attributes, least=1) if "quantity" in attributes else drawn
    return moved(work, inventory, action, quantity)[1]


def _drawn(work: Work, key: str, *, managed: bool) -> Resource:
    """A product of the house whose stock is managed, or is not."""
    for turn in range(_TURNS):
        product = one_of_the_house(work, "product", key, f"product:{turn}")
        if (inventory_of(work, product) is not None) == managed:
            return product
    raise IllegalCommand("say which product; the house has none for that")


def _stocked(work: Work, product: Resource, quantity: int, *, at: int) -> Resource:
    counts = _counted(quantity, 0)
    name = Name(_key(product), product.id, work.shelves.made(INVENTORY) + 1)
    hidden = {"state": ["managed"], **counts, "product": product.key}
    return work.add(INVENTORY, name, counts, parent=product.key, hidden=hidden, at=at)


def _counted(total: int, allocated: int) -> dict[str, int]:
    return {"total": total, "available": total - allocated, "allocated": allocated}


def _key(product: Resource) -> str:
    return f"{INVENTORY}:{product.key}"


def _quantity(attributes: Mapping[str, Any], *, least: int) -> int:
    quantity = attributes.get("quantity", 0)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not least <= quantity <= _MOST:
        raise InvalidInput(f"a quantity of stock is a whole number from {least} to {_MOST}", path=("quantity",))
    return quantity


GROUP = Group(
    lifecycle=Lifecycle(
        type=INVENTORY, axes=(("managed",),), rows=(row(None, "create", "managed"), row("managed", "delete", "managed"))
    ),
    handlers={"create": _create, "delete": _delete},
    forms={
        INVENTORY: form(INVENTORY, document_type="stock", places=frozenset({"total", "available", "allocated"})),
    },
)

TRANSACTIONS = Group(
    lifecycle=Lifecycle(
        type=TRANSACTION, axes=(("made",),), rows=(row(None, "create", "made", f"{TRANSACTION}.created"),)
    ),
    handlers={"create": _transact},
    forms={TRANSACTION: form(TRANSACTION, places=frozenset({"action", "quantity", "product.id"}))},
    origin=Origin(type="product", attribute="product"),
)
