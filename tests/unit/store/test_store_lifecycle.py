"""Lifecycles: what is legal when, and what follows."""

from typing import Any

import pytest

from emulator.domain.errors import IllegalCommand, InvalidInput, NotFound, UnknownWord
from emulator.domain.resource import Command
from emulator.store import transactions
from emulator.store.kinds import KINDS
from emulator.store.order_lifecycle import LIFECYCLE

# What was done before | then | where that leads | what it raises
LEGAL = [
    ("", "authorize", "processing authorized unfulfilled", "transaction.created order.authorized"),
    ("", "authorize_part", "incomplete partially_authorized unfulfilled", "transaction.created order.updated"),
    ("", "pay", "complete paid unfulfilled", "transaction.created order.paid order.updated"),
    ("", "pay_part", "incomplete partially_paid unfulfilled", "transaction.created order.updated"),
    ("", "cancel", "cancelled unpaid unfulfilled", "order.cancelled order.updated"),
    ("", "update", "incomplete unpaid unfulfilled", "order.updated"),
    ("", "change_address", "incomplete unpaid unfulfilled", "order.updated"),
    ("authorize", "capture", "complete paid unfulfilled", "transaction.updated order.paid order.updated"),
    ("authorize", "cancel", "cancelled authorized unfulfilled", "order.cancelled order.updated"),
    (
        "authorize_part",
        "authorize",
        "processing authorized unfulfilled",
        "transaction.created order.authorized",
    ),
    (
        "authorize_part authorize",
        "capture",
        "complete paid unfulfilled",
        "transaction.updated transaction.updated order.paid order.updated",
    ),
    ("authorize_part", "capture", "incomplete partially_paid unfulfilled", "transaction.updated order.updated"),
    ("authorize_part", "pay", "processing authorized unfulfilled", "transaction.created order.authorized"),
    ("authorize_part", "pay_part", "incomplete partially_authorized unfulfilled", "transaction.created order.updated"),
    ("authorize_part pay", "capture", "complete paid unfulfilled", "transaction.updated order.paid order.updated"),
    (
        "authorize_part pay_part",
        "capture",
        "incomplete partially_paid unfulfilled",
        "transaction.updated order.updated",
    ),
    ("pay_part", "authorize_part", "incomplete partially_authorized unfulfilled", "transaction.created order.updated"),
    ("pay_part", "pay", "complete paid unfulfilled", "transaction.created order.paid order.updated"),
    ("pay_part", "authorize", "processing authorized unfulfilled", "transaction.created order.authorized"),
    ("pay", "fulfill", "complete paid fulfilled", "order.fulfilled order.updated"),
    ("pay", "refund", "complete refunded unfulfilled", "transaction.updated order.refunded order.updated"),
    ("pay", "refund_part", "complete paid unfulfilled", "transaction.updated order.updated"),
    ("pay refund_part", "refund", "complete refunded unfulfilled", "transaction.updated order.refunded order.updated"),
    ("pay cancel", "refund", "cancelled refunded unfulfilled", "transaction.updated order.refunded order.updated"),
    ("pay fulfill", "refund", "complete refunded fulfilled", "transaction.updated order.refunded order.updated"),
    ("pay fulfill", "update", "complete paid fulfilled", "order.updated"),
    ("pay fulfill", "anonymize", "complete paid fulfilled", "order.updated"),
    ("cancel", "anonymize", "cancelled unpaid unfulfilled", "order.updated"),
    ("pay refund", "anonymize", "complete refunded unfulfilled", "order.updated"),
    ("", "delete", "incomplete unpaid unfulfilled", "order.deleted"),
]

ILLEGAL = [
    ("", "fulfill"),
    ("", "capture"),
    ("", "refund"),
    ("", "anonymize"),
    ("authorize", "pay"),
    ("authorize", "fulfill"),
    ("authorize", "refund"),
    ("pay", "pay"),
    ("pay", "authorize"),
    ("pay", "anonymize"),
    ("pay fulfill", "fulfill"),
    ("pay fulfill", "cancel"),
    ("pay fulfill", "change_address"),
    ("pay refund", "refund"),
    ("pay refund", "fulfill"),
    ("cancel", "cancel"),
    ("cancel", "pay"),
    ("authorize cancel", "capture"),
    ("pay cancel", "fulfill"),
    ("delete", "update"),
]


@pytest.mark.parametrize(("before", "verb", "state", "raises"), LEGAL)
def test_a_legal_command_moves_the_order_and_raises_its_events(
    world: Any, before: str, verb: str, state: str, raises: str
) -> None:
    order = world.order(*before.split())
    change = world.do("order", verb, order.id)
    assert [event.key for event in change.events if event.resource_type != "stock-transaction"] == raises.split()
    document = change.subject.document
    assert f"{document['status']} {document['payment']} {document['shipping']}" == state
    assert list(change.subject.hidden["state"]) == state.split()


@pytest.mark.parametrize(("before", "verb"), ILLEGAL)
def test_an_illegal_command_says_what_is_legal_and_changes_nothing(world: Any, before: str, verb: str) -> None:
    order = world.order(*before.split())
    with pytest.raises(IllegalCommand, match=r"legal now: |nothing more can be done") as caught:
        world.do("order", verb, order.id)
    assert "order:1" in str(caught.value)
    assert world.shelves.by_key("order:1") == order


def test_a_refusal_names_the_state_and_the_way_on(world: Any) -> None:
    order = world.order("pay", "fulfill")
    with pytest.raises(IllegalCommand) as caught:
        world.do("order", "cancel", order.id)
    assert str(caught.value) == (
        "cannot cancel order:1: it is complete, paid, fulfilled;"
        " legal now: update, refund, refund_part, anonymize, delete"
    )


@pytest.mark.parametrize("type", sorted(KINDS.types))
def test_every_table_is_sound(type: str) -> None:
    """Each row can be reached from nothing, has a handler, and speaks only of its own states."""
    group = KINDS.get(type)
    assert group is not None
    lifecycle = group.lifecycle
    assert set(group.handlers) == lifecycle.verbs
    reached, verbs = {None}, set()
    waiting: list[Any] = [None]
    while waiting:
        state = waiting.pop()
        for verb in lifecycle.legal(state):
            step = lifecycle.step(state, verb, "it")
            verbs.add(verb)
            assert all(word in axis for word, axis in zip(step.state, lifecycle.axes, strict=True))
            if step.state not in reached:
                reached.add(step.state)
                waiting.append(step.state)
    assert verbs == lifecycle.verbs


def test_the_events_of_transactions_are_raised_by_their_orders() -> None:
    """So that a trigger goes on from an order, and a transaction's own commands raise them through it."""
    of_payments = {key for row in LIFECYCLE.rows for key in row.raises if key.startswith("transaction.")}
    assert of_payments == {"transaction.created", "transaction.updated"}
    assert transactions.LIFECYCLE.raised == frozenset()


@pytest.mark.parametrize("verb", ["authorize", "pay", "refund"])
def test_amounts_decide_between_in_part_and_in_full(world: Any, verb: str) -> None:
    order = world.order(*(["pay"] if verb == "refund" else []))
    total = order.hidden["total"]
    part = world.do("order", verb, order.id, amount=total - 1)
    assert part.events[-1].key == "order.updated"
    with pytest.raises(InvalidInput, match="has 1 left"):
        world.do("order", verb, order.id, amount=2)
    with pytest.raises(InvalidInput, match="whole number of minor units"):
        world.do("order", verb, order.id, amount=0)
    whole = world.do("order", f"{verb}_part", order.id)
    assert {"order.authorized", "order.paid", "order.refunded"} & {event.key for event in whole.events}


def test_unknown_words_are_refused_with_the_nearest(world: Any) -> None:
    with pytest.raises(UnknownWord, match="did you mean 'order'"):
        world.run([Command(type="ordr", verb="pay")])
    with pytest.raises(UnknownWord, match="did you mean 'fulfill'"):
        world.run([Command(type="order", verb="fulfil")])
    with pytest.raises(NotFound, match="there is no order 'nope'"):
        world.do("order", "pay", "nope")
    with pytest.raises(IllegalCommand, match="cannot pay a new order: it does not exist yet; legal now: checkout"):
        world.do("order", "pay")


def test_a_deleted_resource_is_found_but_stays_as_it_is(world: Any) -> None:
    world.trigger("customer.deleted")
    with pytest.raises(IllegalCommand, match="customer:1 is deleted"):
        world.do("customer", "update", "customer:1")


class TestCart:
    def test_its_items_come_and_go(self, world: Any) -> None:
        cart = world.do("cart", "create").subject
        products = [world.do("product", "create", price=[{"amount": n, "currency": "USD"}]).subject for n in (100, 7)]
        world.do("cart", "add_item", cart.id, product=products[0].id, quantity=2)
        world.do("cart", "add_item", cart.id, product=products[1].key)
        filled = world.do("cart", "add_item", cart.id, product=products[0].id).subject
        assert [(item["product_id"], item["quantity"]) for item in filled.hidden["items"]] == [
            (products[0].id, 3),
            (products[1].id, 1),
        ]
        assert filled.document["meta"]["display_price"]["with_tax"]["amount"] == 307
        first, second = (item["id"] for item in filled.hidden["items"])
        assert world.do("cart", "update_item", cart.id, item=second, quantity=5).subject.document["meta"][
            "display_price"
        ]["with_tax"] == {"amount": 335, "currency": "USD", "formatted": "$3.35"}
        world.do("cart", "remove_item", cart.id, item=first)
        with pytest.raises(NotFound, match="the cart has no item"):
            world.do("cart", "remove_item", cart.id, item=first)
        empty = world.do("cart", "update_item", cart.id, item=second, quantity=0).subject
        assert (empty.hidden["state"], empty.hidden["items"]) == (["empty"], [])
        with pytest.raises(
            IllegalCommand, match="it is empty; legal now: add_item, associate, dissociate, update, delete"
        ):
            world.do("cart", "remove_item", cart.id)

    def test_it_stays_when_it_is_checked_out(self, world: Any) -> None:
        order = world.order()
        cart = world.last("cart")
        assert order.hidden["cart"] == cart.key
        again = world.do("order", "checkout", cart=cart.id).subject
        assert again.key == "order:2"
        assert again.hidden["total"] == order.hidden["total"]

    def test_an_empty_one_cannot_be_checked_out(self, world: Any) -> None:
        cart = world.do("cart", "create").subject
        with pytest.raises(IllegalCommand, match="cart:1 is empty; add_item first"):
            world.do("order", "checkout", cart=cart.id)
        with pytest.raises(InvalidInput, match="made from a cart"):
            world.do("order", "checkout")

    def test_it_keeps_its_currency(self, world: Any) -> None:
        cart = world.do("cart", "create", currency="GBP").subject
        world.do("cart", "add_item", cart.id)
        order = world.do("order", "checkout", cart=cart.id).subject
        assert order.document["meta"]["display_price"]["with_tax"]["formatted"].startswith("£")
        with pytest.raises(InvalidInput, match="no currency 'GPB'; did you mean 'GBP'"):
            world.do("cart", "create", currency="GPB")
