"""Integrations told: how they fare, in signs, words and counts."""

from typing import Any

from emulator.domain.delivery import DeliveryState
from tui.model.integration_told import Tally, integration_cells, integration_text, queue_cells, state_cell, tally_of
from tui.model.window import Window

SHOP: dict[str, Any] = {
    "key": "shop",
    "name": "shop",
    "id": "1",
    "integration_type": "aws_sqs",
    "enabled": True,
    "observes": ["order.paid", "order.*"],
    "configuration": {"url": "http://127.0.0.1:1/q", "aws_secret_access_key": "hidden"},
}


def test_deliveries_are_counted_by_what_became_of_them(story: Any) -> None:
    (first,) = story.event(to=("shop",))
    second, third = story.event("order:2/order.paid:1", to=("shop", "erp"))
    story.attempt(first, status=200, state=DeliveryState.SUCCEEDED)
    story.attempt(second, status=500, state=DeliveryState.EXHAUSTED)
    story.attempt(third, status=500, state=DeliveryState.WAITING)
    window = Window()
    for record in story.records:
        window.tell(record)
    assert tally_of(window.rows.values()) == Tally({"shop": 1}, {"shop": 1})


def test_a_line_says_everything_but_secrets() -> None:
    cells = integration_cells(SHOP, Tally({"shop": 1200}, {"shop": 3}), [], ascii_only=False)
    assert [text for text, _ in cells] == [
        "shop",
        "sqs",
        "✓ on",
        "1,200",
        "3",
        "order.paid order.*",
        "http://127.0.0.1:1/q",
    ]
    assert "hidden" not in integration_text(SHOP)


def test_off_counts_before_paused_and_paused_all_is_paused_one() -> None:
    assert state_cell(SHOP, ["shop"], ascii_only=False)[0] == "‖ paused"
    assert state_cell(SHOP, ["*"], ascii_only=True)[0] == "= paused"
    assert state_cell(SHOP, ["erp"], ascii_only=True)[0] == "+ on"
    assert state_cell({**SHOP, "enabled": False}, ["*"], ascii_only=True)[0] == "x off"


def test_a_name_that_was_changed_is_told_with_the_one_that_plans_know() -> None:
    assert integration_text({**SHOP, "name": "store"}).startswith("store (registered as shop). ")


def test_a_queues_line_has_its_depth() -> None:
    queue = {"name": "a\u202e", "integration_type": "stomp", "waiting": 1200, "in_flight": 0, "address": "stomp://b:1"}
    assert [text for text, _ in queue_cells(queue)] == ["a\\u202e", "stomp", "1,200", "0", "stomp://b:1"]
