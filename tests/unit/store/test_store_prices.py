"""Prices: integer arithmetic that adds up, and currencies that write it their own way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.errors import IllegalCommand, NotFound, UnknownWord
from emulator.store.entries import EntryRefused
from emulator.store.money import Currency, formatted, half_up
from emulator.store.prices import NOTHING, WHOLE_RATE, line_prices, spread, total, worth

AMOUNTS = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        (Currency("EUR", "{price} €", ",", "."), 123_456_789, "1.234.567,89 €"),
        (Currency("KWD", "KD {price}", decimal_places=3), 1_005, "KD 1.005"),
        (Currency("HUF", "{price} Ft", ",", " ", 1), -12_345_6, "-12 345,6 Ft"),
        (Currency("VND", "₫{price}", ",", ".", 0), 1_000_000, "₫1.000.000"),
        ("XTS", 250, "XTS 2.50"),
    ],
)
def test_a_currency_writes_amounts_its_own_way(currency: Currency | str, amount: int, text: str) -> None:
    assert formatted(amount, currency)["formatted"] == text


@pytest.mark.parametrize(("numerator", "denominator", "whole"), [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (15, 10, 2)])
def test_halves_are_rounded_away_from_nothing(numerator: int, denominator: int, whole: int) -> None:
    assert half_up(numerator, denominator) == whole


@pytest.mark.parametrize(
    ("value", "asked", "with_tax", "tax"),
    [
        (999, {"rate": 200_000}, 1_199, 200),
        (999, {"rate": 200_000, "includes_tax": True}, 999, 166),
        (999, {"rate": 200_000, "discount": -99}, 1_080, 180),
        (250, {"rate": 90_000}, 273, 23),  # 22.5 is rounded up
        (999, {}, 999, 0),
    ],
)
def test_tax_is_of_what_the_discount_leaves(value: int, asked: dict[str, Any], with_tax: int, tax: int) -> None:
    found = worth(value, **asked)
    assert (found.with_tax, found.tax) == (with_tax, tax)


@given(value=AMOUNTS, off=st.integers(0, 100), rate=st.integers(0, WHOLE_RATE), includes_tax=st.booleans())
def test_a_line_always_adds_up(value: int, off: int, rate: int, includes_tax: bool) -> None:
    found = worth(value, includes_tax=includes_tax, discount=-half_up(value * off, 100), rate=rate)
    assert found.with_tax == found.without_tax + found.tax
    assert min(found.with_tax, found.without_tax, found.tax) >= 0
    stated = found.with_tax if includes_tax else found.without_tax
    assert stated == found.without_discount + found.discount


@given(sizes=st.lists(AMOUNTS, min_size=1, max_size=20), share=st.integers(0, 100))
def test_parts_of_a_discount_add_up_and_none_is_more_than_its_line(sizes: list[int], share: int) -> None:
    amount = -half_up(sum(sizes) * share, 100)
    parts = spread(amount, sizes)
    assert sum(parts) == amount
    assert all(0 <= -part <= size for part, size in zip(parts, sizes, strict=True))


@given(st.lists(st.builds(worth, AMOUNTS), max_size=10))
def test_a_total_is_the_sum_of_every_kind(lines: Any) -> None:
    found = total(lines)
    assert found == tuple(sum(kind) for kind in zip(NOTHING, *lines, strict=True))


def test_the_price_of_one_piece_is_rounded() -> None:
    prices = line_prices(worth(1_000), 3, "USD")
    assert (prices["with_tax"]["unit"]["amount"], prices["with_tax"]["value"]["amount"]) == (333, 1_000)


class TestPromotion:
    def test_each_is_of_what_those_before_it_left(self, world: Any) -> None:
        cart = world.do("cart", "create").subject
        goods = [{"type": "custom_item", "name": "Lamp", "quantity": 1, "price": {"amount": 1_000}}]
        codes = [{"type": "promotion_item", "code": code} for code in ("SAVE5", "WELCOME10")]
        cart = world.do("cart", "add_item", cart.id, entries=[*goods, *codes]).subject
        prices = cart.document["meta"]["display_price"]
        assert {code: price["amount"] for code, price in prices["discounts"].items()} == {
            "SAVE5": -500,
            "WELCOME10": -50,
        }
        assert prices["with_tax"]["amount"] == 450
        assert cart.hidden["items"][0]["discounts"][0]["is_cart_discount"] is True

    def test_a_fixed_one_takes_no_more_than_there_is(self, world: Any) -> None:
        cart = world.do("cart", "create").subject
        goods = {"type": "custom_item", "name": "Pin", "quantity": 1, "price": {"amount": 120}}
        cart = world.do(
            "cart", "add_item", cart.id, entries=[goods, {"type": "promotion_item", "code": "SAVE5"}]
        ).subject
        assert cart.document["meta"]["display_price"]["with_tax"]["amount"] == 0
        order = world.do("order", "checkout", cart=cart.id).subject
        paid = world.do("order", "pay", order.id)
        assert paid.subject.document["payment"] == "paid"
        assert world.do("order", "refund", order.id).subject.document["payment"] == "refunded"

    def test_it_goes_with_nothing_to_take_it_from(self, world: Any) -> None:
        cart = world.do("cart", "create").subject
        cart = world.do("cart", "add_item", cart.id, entries=[{"type": "promotion_item", "code": "SAVE5"}]).subject
        assert cart.document["meta"]["display_price"]["with_tax"]["amount"] == 0
        with pytest.raises(IllegalCommand, match="is empty; add_item first"):
            world.do("order", "checkout", cart=cart.id)
        with pytest.raises(IllegalCommand, match="has nothing that could be charged"):
            world.do("cart", "add_tax", cart.id)

    def test_an_unknown_code_is_refused_with_the_nearest(self, world: Any) -> None:
        cart = world.do("cart", "create").subject
        with pytest.raises(EntryRefused, match="did you mean 'SAVE5'") as caught:
            world.do("cart", "add_item", cart.id, entries=[{"type": "promotion_item", "code": "SAVE6"}])
        assert isinstance(caught.value.reason, UnknownWord)
        assert caught.value.status == 404


def test_charges_go_with_their_item(world: Any) -> None:
    cart = world.do("cart", "create").subject
    goods = [{"type": "custom_item", "name": name, "quantity": 1, "price": {"amount": 100}} for name in ("a", "b")]
    cart = world.do("cart", "add_item", cart.id, entries=goods).subject
    first, second = (item["id"] for item in cart.hidden["items"])
    for item in (first, second):
        cart = world.do("cart", "add_tax", cart.id, item=item, rate=0.1).subject
    cart = world.do("cart", "remove_item", cart.id, item=first).subject
    assert [tax["item"] for tax in cart.hidden["tax_items"]] == [second]
    with pytest.raises(NotFound, match="the item has no tax_item"):
        world.do("cart", "remove_tax", cart.id, id=cart.hidden["tax_items"][0]["id"], item="another")
    cart = world.do("cart", "clear", cart.id).subject
    assert cart.hidden["tax_items"] == []
