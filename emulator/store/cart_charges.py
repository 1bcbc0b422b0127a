"""What is laid upon a cart: tax items and custom discounts, one or several at a time, changed and taken off."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound
from emulator.domain.resource import Resource
from emulator.store.charges import DISCOUNT, TAX, Charge, ChargeKind, changed, charges_of, checked_most, laid, without
from emulator.store.contents import Contents
from emulator.store.entries import entries_of, entry
from emulator.store.group import Handler, present
from emulator.store.lifecycle import Step
from emulator.store.refill import refill
from emulator.store.work import Work

_OF_CART = "cart"


def charge_handlers() -> dict[str, Handler]:
    """What the commands about taxes and discounts do."""
    return {
        f"{verb}_{word}": _handler(kind, act)
        for kind, words in ((TAX, ("tax", "taxes")), (DISCOUNT, ("discount", "discounts")))
        for verb, word, act in (
            ("add", words[0], _add),
            ("update", words[0], _update),
            ("remove", words[0], _remove),
            ("clear", words[1], _clear),
        )
    }


_Act = Callable[[Work, Resource, ChargeKind, Sequence[Charge]], Sequence[Charge]]


def _handler(kind: ChargeKind, act: _Act) -> Handler:
    def handler(work: Work, resource: Resource | None, step: Step) -> Resource:
        cart = present(resource)
        old = charges_of(cart, kind)
        new = act(work, cart, kind, old)
        contents = Contents.of(cart).with_charges(kind, new)
        return refill(work, cart, contents, step, charges=max(0, len(new) - len(old)))

    return handler


def _add(work: Work, cart: Resource, kind: ChargeKind, charges: Sequence[Charge]) -> Sequence[Charge]:
    """One, as its fields say, on `item` (its id; the first without; a discount on `cart`, on the whole of it); or each
    of `entries`. Without fields, one that is drawn."""
    attributes, number = work.command.attributes, int(cart.hidden["charges"])
    settings = cart.document.get("discount_settings", {})
    if kind is DISCOUNT and attributes and not settings.get("custom_discounts_enabled"):
        raise IllegalCommand(f"{cart.key} takes no custom discounts; update its discount_settings first")
    entries = entries_of(attributes)
    if entries is None:
        asked = {name: value for name, value in attributes.items() if name != "item"}
        one = laid(work, cart.key, kind, number + 1, asked or None, _item(cart, kind, attributes))
        return checked_most([*charges, one], kind)
    for index, each in enumerate(entries):
        with entry(index):
            one = laid(work, cart.key, kind, number + index + 1, each, _item(cart, kind, _related(each, kind)))
            charges = checked_most([*charges, one], kind)
    return charges


def _update(work: Work, cart: Resource, kind: ChargeKind, charges: Sequence[Charge]) -> Sequence[Charge]:
    """The one of this `id` (the last without; a new one where there is none) is written anew, as it is drawn where
    nothing is asked for."""
    if not charges and "id" not in work.command.attributes:
        return _add(work, cart, kind, charges)
    turn = cart.occurrences.get("cart.updated", 0)
    asked = {name: value for name, value in work.command.attributes.items() if name in kind.fields}
    return changed(charges, kind, _one(work, kind, charges), asked or kind.drawn(work, f"{cart.key}/again:{turn}"))


def _remove(work: Work, _cart: Resource, kind: ChargeKind, charges: Sequence[Charge]) -> Sequence[Charge]:
    """The one of this `id` (the last without, if any) is taken off."""
    if not charges and "id" not in work.command.attributes:
        return charges
    return without(charges, kind, _one(work, kind, charges))


def _clear(_work: Work, _cart: Resource, _kind: ChargeKind, _charges: Sequence[Charge]) -> Sequence[Charge]:
    return ()


def _one(work: Work, kind: ChargeKind, charges: Sequence[Charge]) -> object:
    """Raises NotFound when it is not of the item that the caller names."""
    attributes = work.command.attributes
    id = attributes.get("id", charges[-1]["id"] if charges else None)
    item = attributes.get("item")
    if item is not None and not any((each["id"], each["item"]) == (id, item) for each in charges):
        raise NotFound(f"the item has no {kind.type} '{id}'")
    return id


def _item(cart: Resource, kind: ChargeKind, attributes: Mapping[str, Any]) -> str | None:
    """The id of the item that a charge is laid on; None for the whole cart, which only discounts can be."""
    wanted = attributes.get("item")
    if kind is DISCOUNT and wanted in (None, _OF_CART):
        return None
    goods = Contents.of(cart).goods
    if not goods:
        raise IllegalCommand(f"{cart.key} has nothing that could be charged; add_item first")
    if wanted is None:
        return str(goods[0]["id"])
    for item in goods:
        if item["id"] == wanted:
            return str(wanted)
    raise NotFound(f"the cart has no item '{wanted}' that could be charged")


def _related(asked: Mapping[str, Any], kind: ChargeKind) -> Mapping[str, Any]:
    """The item that one of several is related to (`relationships.item.data`)."""
    node: Any = asked
    for name in ("relationships", "item", "data", "id"):
        node = node.get(name) if isinstance(node, Mapping) else None
    if isinstance(node, str):
        return {"item": node}
    if kind is TAX:
        raise InvalidInput("say which item it is on", path=("relationships", "item", "data", "id"))
    return {}
