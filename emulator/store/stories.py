"""Stories: what goes on in the shop, about as often as in real ones. The numbers are ours.

An order story ends with an order, whatever becomes of that; a cart story never does. So a mix says what it means.
"""

from collections.abc import Mapping
from types import MappingProxyType

from emulator.store.kinds import KINDS
from emulator.store.products import GROUP as PRODUCTS
from emulator.store.promotions import PROMOTIONS
from emulator.store.story import Choice, Scenes, Story, leaves, may
from emulator.store.walk import walk

_PRICE_POINTS = (999, 1499, 1999, 2499, 3499, 4999)
_COUPONS = tuple({"type": "promotion_item", "code": code} for code in PROMOTIONS)


def _shopping(*till: Choice) -> Scenes:
    """A visitor, known or not, fills a cart and changes it; `till` is what may come of a filled one."""
    return {
        "arrives": (
            may(6, "cart create", "empty"),
            may(3, "cart create", "known"),
            may(1, "customer create", "registered"),
        ),
        "known": (may(1, "@cart associate", "empty"),),
        "registered": (may(1, "cart create", "empty", customer="@customer"),),
        "empty": (may(1, "@cart add_item", "filled"),),
        "filled": (
            may(4, "@cart add_item", "filled"),
            may(2, "@cart update_item", "filled"),
            may(1, "@cart remove_item", "empty"),
            *(may(0.2, "@cart add_item", "till", entries=[coupon]) for coupon in _COUPONS),
            *till,
        ),
        "till": till,
    }


_ORDERED: Scenes = {
    "owing": (
        may(50, "@order pay", "paid"),
        may(34, "@order authorize", "authorized"),
        may(3, "@order pay_part", "partly paid"),
        may(3, "@order change_address", "owing"),
        may(4, "@order cancel"),
        leaves(6),
    ),
    "partly paid": (may(9, "@order pay", "paid"), leaves(1)),
    "authorized": (may(92, "@order capture", "paid"), may(5, "@order cancel"), leaves(3)),
    "paid": (
        may(86, "@order fulfill", "fulfilled"),
        may(6, "@order update", "paid"),
        may(4, "@order cancel", "cancelled"),
        leaves(4),
    ),
    "cancelled": (may(9, "@order refund"), leaves(1)),
    "fulfilled": (
        may(5, "@order update", "fulfilled"),
        may(5, "@order refund"),
        may(4, "@order refund_part", "partly refunded"),
        leaves(86),
    ),
    "partly refunded": (may(1, "@order refund"), may(1, "@order refund_part"), leaves(8)),
}

_SETTLED: Scenes = {
    "owing": (
        may(4, "transaction authorize_setup", "to be authorized", order="@order"),
        may(4, "transaction purchase_setup", "to be paid", order="@order"),
        may(2, "transaction purchase", "taken", order="@order"),
    ),
    "to be authorized": (may(9, "@transaction confirm", "held"), may(1, "@transaction cancel")),
    "to be paid": (may(9, "@transaction confirm", "taken"), may(1, "@transaction cancel")),
    "held": (may(9, "@transaction capture", "taken"), may(1, "@transaction cancel")),
    "taken": (may(2, "@transaction refund_part", "partly refunded"), may(1, "@transaction refund"), leaves(7)),
    "partly refunded": (may(1, "@transaction refund"), leaves(1)),
}

_CHECKOUT = may(3, "order checkout", "owing", cart="@cart")

_TABLES = (
    Story(
        name="cart",
        scenes=_shopping(
            may(0.5, "@cart update", "till"), may(0.5, "@cart delete"), may(0.2, "@cart clear"), leaves(2)
        ),
    ),
    Story(name="order", scenes={**_shopping(_CHECKOUT), **_ORDERED}),
    Story(name="transaction", scenes={**_shopping(_CHECKOUT), **_SETTLED}),
    Story(
        name="customer",
        scenes={
            "registers": (may(1, "customer create", "known"),),
            "known": (
                may(3, "address create", "settled", customer="@customer"),
                may(2, "@customer update", "known"),
                may(0.5, "@customer delete"),
                leaves(4),
            ),
            "settled": (
                may(1, "address create", "settled", customer="@customer"),
                may(2, "@address update", "settled"),
                may(1, "@address delete", "known"),
                may(1, "@customer update", "settled"),
                leaves(4),
            ),
        },
    ),
    Story(
        name="address",
        scenes={
            "moves in": (may(1, "address create", "there"),),
            "there": (may(2, "@address update", "there"), may(1, "@address delete"), leaves(3)),
        },
    ),
    Story(
        name="product",
        house=("product",),
        scenes={
            "begins": (
                may(12, "product create", "on sale"),
                *(
                    may(0.5, f"product:house-{number} update", price=[{"amount": amount, "currency": "USD"}])
                    for number in range(1, (PRODUCTS.house.count if PRODUCTS.house else 0) + 1)
                    for amount in _PRICE_POINTS
                ),
            ),
            "on sale": (may(3, "@product update", "on sale"), may(1, "@product delete"), leaves(4)),
        },
    ),
    Story(
        name="inventory",
        scenes={
            "begins": (may(1, "product create", "to be counted"),),
            "to be counted": (may(1, "inventory create", "counted", product="@product", quantity=40),),
            "counted": (
                may(1, "stock-transaction create", "sold", product="@product", action="decrement", quantity=5),
            ),
            "sold": (
                may(3, "stock-transaction create", "counted", product="@product", action="increment", quantity=40),
                may(1, "@inventory delete"),
                leaves(2),
            ),
        },
    ),
)

STORIES: Mapping[str, Story] = MappingProxyType(
    {group.type: story for group in KINDS if (story := walk(group)) is not None}
    | {story.name: story for story in _TABLES}
)
"""By name: one for each type of resource that can be made, either told here or a walk through its lifecycle."""

USUAL: Mapping[str, float] = MappingProxyType(
    {"cart": 55, "order": 30, "customer": 7, "address": 4, "product": 3, "inventory": 1}
)
"""What a shop sees without a mix: about two carts of three are abandoned."""
