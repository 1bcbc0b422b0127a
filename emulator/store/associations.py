"""Associations: whose a cart is: a customer's, an account's, or nobody's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.domain.resource import Resource
from emulator.store.group import present
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step
from emulator.store.refill import lasting
from emulator.store.work import Work

_OWNERS = ("customer", "account")


class Owner(NamedTuple):
    """Who a cart is of, and how it says so."""

    key: str
    link: Mapping[str, Any]


def associated(work: Work, type: str, reference: object) -> Owner | None:
    """The customer or account of this id, key or `@type`; None for no reference. Raises NotFound."""
    if not reference:
        return None
    owner = work.find(type, str(reference))
    return Owner(owner.key, {"data": [{"type": type, "id": owner.id}]})


def associate(work: Work, resource: Resource | None, step: Step) -> Resource:
    """With the `customer` or `account` of this id; without either, with a customer of the house.

    Raises IllegalCommand when the cart is another's: it can be of one at a time (the provider's document of carts).
    """
    cart, type = present(resource), _owner(work)
    reference = work.command.attributes.get(type)
    owner = associated(work, type, reference or one_of_the_house(work, "customer", cart.key, "owner").key)
    assert owner is not None, "somebody was named"
    if cart.hidden[type] not in (None, owner.key):
        raise IllegalCommand(f"{cart.key} is of another {type} already; a cart is of one at a time")
    return _owned(work, cart, type, owner, step)


def dissociate(work: Work, resource: Resource | None, step: Step) -> Resource:
    """From the `customer` or `account` that it is of, if any; the id need not be said. Raises IllegalCommand when it is
    not of the one that is named."""
    cart, type = present(resource), _owner(work)
    reference = work.command.attributes.get(type)
    if reference and work.find(type, str(reference)).key != cart.hidden[type]:
        raise IllegalCommand(f"{cart.key} is not of that {type}; associate it first")
    return _owned(work, cart, type, Owner("", {}), step)


def _owner(work: Work) -> str:
    asked = [type for type in _OWNERS if type in work.command.attributes]
    if len(asked) > 1:
        raise InvalidInput("say a customer or an account, not both", path=(asked[1],))
    return asked[0] if asked else _OWNERS[0]


def _owned(work: Work, cart: Resource, type: str, owner: Owner, step: Step) -> Resource:
    changed = work.change(
        cart,
        document={"relationships": {**cart.document.get("relationships", {}), f"{type}s": owner.link}},
        meta=lasting(work, cart),
        hidden={type: owner.key or None},
    )
    work.emit(step.raises, changed)
    return changed
