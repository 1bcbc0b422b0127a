"""The life of a cart: empty or filled, and deleted when nobody wants it. There is no key cart.created.

Everything that changes what a cart shows raises `cart.updated`: items, and what is laid upon them (tax items do, says
the provider; that custom discounts and associations do too is ours).
"""

from emulator.store.cart_lines import ITEM_PLACES
from emulator.store.form import form
from emulator.store.lifecycle import Lifecycle, row

LIFECYCLE = Lifecycle(
    type="cart",
    axes=(("empty", "filled"),),
    rows=(
        row(None, "create", "empty"),
        row("*", "add_item", "filled", "cart.updated"),
        row("filled", "update_item", "filled", "cart.updated"),
        row("filled", "remove_item", "filled", "cart.updated"),
        row("filled", "clear", "empty", "cart.updated"),
        row("filled", "add_tax", "filled", "cart.updated"),
        row("filled", "update_tax", "filled", "cart.updated"),
        row("filled", "remove_tax", "filled", "cart.updated"),
        row("filled", "clear_taxes", "filled", "cart.updated"),
        row("filled", "add_discount", "filled", "cart.updated"),
        row("filled", "update_discount", "filled", "cart.updated"),
        row("filled", "remove_discount", "filled", "cart.updated"),
        row("filled", "clear_discounts", "filled", "cart.updated"),
        row("*", "associate", "=", "cart.updated"),
        row("*", "dissociate", "=", "cart.updated"),
        row("*", "update", "=", "cart.updated"),
        row("*", "delete", "=", "cart.deleted"),
    ),
)

FORM = form(
    "cart",
    places=frozenset(
        {
            *("currency", "display_price", "name", "description", "expires_at", "customers", "accounts", "items"),
            "discount_settings",
        }
    ),
    item_places=ITEM_PLACES,
)
