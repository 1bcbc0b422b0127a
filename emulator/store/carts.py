"""Carts: filled, changed and deleted. A cart stays when it is checked out; the order is another resource."""

from dataclasses import replace

from emulator.domain.errors import UserError
from emulator.domain.resource import Command, Resource
from emulator.store import stock
from emulator.store.associations import associate, associated, dissociate
from emulator.store.cart_charges import charge_handlers
from emulator.store.cart_fields import KNOWN, own_id, written
from emulator.store.cart_lifecycle import FORM, LIFECYCLE
from emulator.store.cart_lines import Basket, line_of
from emulator.store.charges import DISCOUNT, TAX
from emulator.store.contents import Contents
from emulator.store.entries import entries_of, entry
from emulator.store.group import Group, custom_of, present
from emulator.store.house import one_of_the_house
from emulator.store.lifecycle import Step
from emulator.store.prices import NOTHING
from emulator.store.refill import LIFETIME, empty_prices, lasting, refill
from emulator.store.stamps import timestamp
from emulator.store.tender import accepted
from emulator.store.work import Work


def _refine(_work: Work, command: Command, cart: Resource | None) -> str:
    """Taking the last line out of a cart empties it, however it is said."""
    if cart is None or command.verb not in ("remove_item", "update_item") or not cart.hidden["items"]:
        return command.verb
    items, attributes = cart.hidden["items"], command.attributes
    if command.verb == "remove_item":
        going = {items[line_of(items, attributes)]["id"]}
    else:
        asked = entries_of(attributes) or [attributes]
        going = {each.get("item", each.get("id", items[0]["id"])) for each in asked if each.get("quantity") == 0}
    return "clear" if going == {item["id"] for item in items} else command.verb


def _create(work: Work, _resource: Resource | None, step: Step) -> Resource:
    """`id` is the shopper's own, where there is one; `customer` and `account` own the cart."""
    attributes = work.command.attributes
    name = work.name("cart", work.command.alias)
    if attributes.get("id") is not None:
        name = name._replace(id=own_id(attributes["id"]))
        if work.shelves.get("cart", name.id) is not None:
            raise UserError(f"there has been a cart '{name.id}' already; choose another id")
    currency = accepted(work, attributes.get("currency", "USD"))
    owners = {type: associated(work, type, attributes.get(type)) for type in ("customer", "account")}
    fields = written(attributes, work.at)
    return work.add(
        "cart",
        name,
        {
            "name": fields.pop("name", "Cart"),
            "description": fields.pop("description", ""),
            "discount_settings": {
                "custom_discounts_enabled": False,
                "use_rule_promotions": False,
                **fields.pop("discount_settings", {}),
            },
            "currency": currency.code,
            "display_price": empty_prices(currency),
            "expires_at": timestamp("cart", work.at + LIFETIME),
            "items": [],
            **{f"{type}s": owner.link if owner else {} for type, owner in owners.items()},
        },
        document=fields,
        hidden={
            "state": list(step.state),
            "items": [],
            "amounts": list(NOTHING),
            "lines": 0,
            "charges": 0,
            "currency": currency.code,
            TAX.kept: [],
            DISCOUNT.kept: [],
            **{type: owner.key if owner else None for type, owner in owners.items()},
        },
        custom=custom_of(attributes, KNOWN),
    )


def _add_item(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`product` (an id or key) and `quantity`; or `entries` in the provider's words; else one to three drawn
    products."""
    cart = present(resource)
    attributes = work.command.attributes
    basket = Basket(work, cart)
    entries = entries_of(attributes)
    if entries is not None:
        for index, each in enumerate(entries):
            with entry(index):
                basket.add(each)
                stock.check(work, basket.items)
    elif attributes.get("product") is not None:
        basket.add({**attributes, "type": "cart_item", "id": str(attributes["product"])})
        stock.check(work, basket.items)
    else:
        for turn in range(work.pool.draw(cart.key, f"fill:{basket.count}", 3) + 1):
            purpose = f"line:{basket.count}:{turn}"
            product = one_of_the_house(work, "product", cart.key, purpose)
            basket.add_product(product, work.pool.draw(cart.key, f"{purpose}:quantity", 3) + 1)
    return _refilled(work, cart, basket, step)


def _update_item(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`item` (its id; the first line without) gets `quantity` (one more without); or each of `entries` does."""
    cart = present(resource)
    basket = Basket(work, cart)
    entries = entries_of(work.command.attributes)
    if entries is None:
        basket.update(work.command.attributes)
        stock.check(work, basket.items)
    else:
        for index, each in enumerate(entries):
            with entry(index):
                basket.update(each)
                stock.check(work, basket.items)
    return _refilled(work, cart, basket, step)


def _remove_item(work: Work, resource: Resource | None, step: Step) -> Resource:
    """`item` (its id) or `code` (a promotion's) is taken out, the last line without."""
    cart = present(resource)
    basket = Basket(work, cart)
    del basket.items[line_of(basket.items, work.command.attributes)]
    return _refilled(work, cart, basket, step)


def _clear(work: Work, resource: Resource | None, step: Step) -> Resource:
    return refill(work, present(resource), Contents(), step)


def _update(work: Work, resource: Resource | None, step: Step) -> Resource:
    cart = present(resource)
    attributes = work.command.attributes
    changed = work.change(
        cart,
        document=written(attributes, work.at, cart.document),
        meta=lasting(work, cart),
        custom=custom_of(attributes, KNOWN),
        without=("payment_intent_id",) if attributes.get("payment_intent_id") == "" else (),
    )
    work.emit(step.raises, changed)
    return changed


def _delete(work: Work, resource: Resource | None, step: Step) -> Resource:
    gone = work.change(present(resource), deleted=True)
    work.emit(step.raises, gone)
    return gone


def _refilled(work: Work, cart: Resource, basket: Basket, step: Step) -> Resource:
    contents = replace(Contents.of(cart), items=basket.items)
    return refill(work, cart, contents, step, lines=basket.count - cart.hidden["lines"])


GROUP = Group(
    lifecycle=LIFECYCLE,
    forms={"cart": FORM},
    handlers={
        "create": _create,
        "add_item": _add_item,
        "update_item": _update_item,
        "remove_item": _remove_item,
        "clear": _clear,
        "associate": associate,
        "dissociate": dissociate,
        "update": _update,
        "delete": _delete,
        **charge_handlers(),
    },
    refine=_refine,
)
