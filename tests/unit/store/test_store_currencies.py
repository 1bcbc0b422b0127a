"""Currencies: prices are written as the shop's currency of their code says."""

from typing import Any

import pytest

from emulator.domain.errors import IllegalCommand, InvalidInput
from emulator.store.integrity import resource_findings

KRONER = {"code": "NOK", "format": "{price} kr", "decimal_point": ",", "thousand_separator": ".", "decimal_places": 2}


def _paid_in(world: Any, code: str) -> str:
    product = world.do("product", "create", price=[{"amount": 123456, "currency": code}]).subject
    cart = world.do("cart", "create", currency=code).subject
    world.do("cart", "add_item", cart.id, product=product.id, quantity=1)
    order = world.do("order", "checkout", cart=cart.id).subject
    for resource in (product, world.shelves.by_key(cart.key), order):
        assert list(resource_findings(resource, world.shelves)) == []
    return str(order.document["meta"]["display_price"]["with_tax"]["formatted"])


def test_a_currency_of_the_shops_own_writes_its_own_way(world: Any) -> None:
    world.do("currency", "create", **KRONER)
    assert _paid_in(world, "NOK") == "1.234,56 kr"


def test_one_of_the_usual_ones_may_be_written_otherwise(world: Any) -> None:
    assert _paid_in(world, "EUR") == "€1,234.56"
    world.shelves.put(world.shop.furnished("currency", world.shelves, world.now))
    euro = next(one for one in world.shelves.page("currency", limit=50)[0] if one.document["code"] == "EUR")
    world.do("currency", "update", euro.id, format="{price} €", decimal_point=",", thousand_separator=" ")
    assert _paid_in(world, "EUR") == "1 234,56 €"


def test_what_the_shop_has_not_is_refused(world: Any) -> None:
    with pytest.raises(InvalidInput, match="the shop has no currency 'USB'; did you mean 'USD'"):
        world.do("cart", "create", currency="USB")
    world.do("currency", "create", **KRONER)
    with pytest.raises(IllegalCommand, match="has the currency NOK already"):
        world.do("currency", "create", **KRONER)
    nok = world.last("currency")
    world.do("currency", "delete", nok.id)
    with pytest.raises(InvalidInput, match="no currency 'NOK'"):
        world.do("cart", "create", currency="NOK")
