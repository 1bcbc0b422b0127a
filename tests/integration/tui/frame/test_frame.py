"""What is around the pages: the keys between them, help, the filter's line, the table's keys, colours, other keys."""

from typing import Any

import pytest
from textual.widgets import Input

from emulator.harness.client import ControlClient
from tui.model.lines import LineKind
from tui.screens.help import Help
from tui.themes import THEMES
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.first_run import FirstRun

LIVES = 6


@pytest.fixture
def busy(client: ControlClient, webhook: Any) -> None:
    """Some orders, sent to nobody who answers, and an event that nobody is sent."""
    webhook(observes=("order.created", "order.paid"))
    client.trigger("order.paid", count=LIVES)
    client.trigger("customer.created")


def table(seen: Any) -> DeliveryTable:
    found: DeliveryTable = seen.app.screen.query_one(DeliveryTable)
    return found


async def filled(seen: Any) -> None:
    await seen.until(lambda: len(seen.desk.session.view.numbers) == 2 * LIVES and table(seen).cursor is not None)


def test_the_pages_have_numbers(watch: Any) -> None:
    async def steps(seen: Any) -> None:
        for key, name in (
            ("2", "Timeline"),
            ("3", "Overview"),
            ("4", "Integrations"),
            ("5", "Chaos"),
            ("1", "Deliveries"),
        ):
            await seen.page(key, name)

    watch(steps)


def test_help_shows_the_keys_of_the_page_and_closes(watch: Any) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        for key, close in (("question_mark", "escape"), ("f1", "question_mark"), ("question_mark", "q")):
            await seen.press(key)
            await seen.until(lambda: isinstance(seen.app.screen, Help))
            words = seen.app.export_screenshot(simplify=True).replace("&#160;", " ")
            for word in ("Keys here", "Filter", "Quit"):
                assert word in words
            await seen.press(close)
            await seen.until(lambda: not isinstance(seen.app.screen, Help))

    watch(steps)


def test_q_quits(watch: Any) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await seen.press("q")
        await seen.until(lambda: seen.app._exit)

    watch(steps)


def test_first_it_says_what_to_type_and_then_shows_what_happens(
    watch: Any, client: ControlClient, webhook: Any
) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        first = seen.app.screen.query_one(FirstRun)
        await seen.until(lambda: "no integration is registered" in first._said)
        assert first.display
        webhook("erp")
        await seen.until(lambda: "Registered: erp" in first._said)
        client.trigger("order.paid")
        await seen.until(lambda: not first.display and seen.desk.session.view.numbers)

    watch(steps)


def test_the_table_moves_and_follows(watch: Any, client: ControlClient, busy: None) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await filled(seen)
        numbers = seen.desk.session.view.numbers
        at = lambda: table(seen).cursor.number  # noqa: E731
        assert at() == numbers[-1], "it follows the newest"
        for key, place in (
            ("up", -2),
            ("k", -3),
            ("down", -2),
            ("home", 0),
            ("j", 1),
            ("g", 0),
            ("end", -1),
            ("up", -2),
        ):
            await seen.press(key)
            assert at() == numbers[place], key
        for key in ("pageup", "ctrl+b"):
            await seen.press("end", key)
            assert at() < numbers[-1], key
        for key in ("pagedown", "ctrl+f"):
            await seen.press("home", key)
            assert at() > numbers[0], key
        await seen.press("home")
        client.trigger("order.created")
        await seen.until(lambda: len(seen.desk.session.view.numbers) > 2 * LIVES)
        await seen.press("up")
        assert at() == numbers[0], "who has moved up is left alone"
        for key in ("f", "G"):
            await seen.press("home", key)
            assert at() == seen.desk.session.view.numbers[-1], key

    watch(steps, size=(100, 12))


def test_the_tree_has_events_that_nobody_is_sent(watch: Any, busy: None) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await filled(seen)
        flat = len(table(seen).lines)
        await seen.press("t")
        events = seen.desk.session.window.events
        assert len(table(seen).lines) == len(events) > 0
        assert {table(seen).lines.at(place).kind for place in range(len(events))} == {LineKind.EVENT}
        assert any(event.key == "customer.created" and not event.deliveries for event in events.values())
        await seen.press("t")
        assert len(table(seen).lines) == flat

    watch(steps)


def test_a_filter_acts_while_it_is_typed(watch: Any, busy: None) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await filled(seen)
        shown = seen.desk.session.view
        await seen.press("slash")
        await seen.type("event:order.paid")
        await seen.until(lambda: len(shown.numbers) == LIVES)
        await seen.type(" resource:order:1")
        await seen.until(lambda: len(shown.numbers) == 1)
        await seen.press("enter")
        assert isinstance(seen.app.focused, DeliveryTable)
        assert len(shown.numbers) == 1, "it is kept"
        await seen.press("slash", "down")
        assert isinstance(seen.app.focused, DeliveryTable)
        await seen.press("slash", "escape")
        await seen.until(lambda: len(shown.numbers) == 2 * LIVES)
        await seen.press("slash", "enter")
        assert isinstance(seen.app.focused, DeliveryTable), "an empty one is none"

    watch(steps)


def test_a_wrong_filter_says_where_and_leaves_what_was_there(watch: Any, busy: None) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await filled(seen)
        await seen.press("slash")
        await seen.type("status:faild")
        await seen.until(lambda: "did you mean" in seen.app.export_screenshot(simplify=True).replace("&#160;", " "))
        assert "(column 8)" in seen.app.export_screenshot(simplify=True).replace("&#160;", " ")
        await seen.press("ctrl+u")
        await seen.until(lambda: len(seen.desk.session.view.numbers) == 2 * LIVES)

    watch(steps)


def test_text_is_looked_for_in_bodies_by_the_server(watch: Any, client: ControlClient, busy: None) -> None:
    order = client.events(key="order.paid")["data"][0]["resource_id"]  # in no column of the table

    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await filled(seen)
        await seen.press("slash")
        seen.app.screen.query_one(Input).value = f'"{order.upper()}"'
        numbers = seen.desk.session.view
        await seen.until(lambda: 0 < len(numbers.numbers) < 2 * LIVES)
        assert {seen.desk.session.window.rows[number].resource for number in numbers.numbers} == {f"order:{LIVES}"}

    watch(steps)


def test_keys_can_be_others_and_every_theme_can_be_worn(watch: Any, busy: None) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("1", "Deliveries")
        await filled(seen)
        seen.app.set_keymap({"deliveries.tree": "ctrl+t", "table.up": "w"})
        before = table(seen).cursor.number
        await seen.press("w")
        assert table(seen).cursor.number < before
        await seen.press("ctrl+t")
        assert table(seen).cursor.kind is LineKind.EVENT
        for name in THEMES:
            seen.app.theme = name
            await seen.press("up")
            assert "order" in seen.app.export_screenshot(simplify=True)

    watch(steps)


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (200, 60), (1, 1)])
def test_it_stands_in_any_size(watch: Any, busy: None, size: tuple[int, int]) -> None:
    async def steps(seen: Any) -> None:
        await seen.until(lambda: seen.desk.session.status and len(seen.desk.session.view.numbers) == 2 * LIVES)
        for key in ("2", "3", "4", "5", "1", "t", "enter", "escape", "slash", "x", "escape", "question_mark"):
            await seen.press(key)
        await seen.pilot.resize_terminal(60, 20)
        await seen.press("escape")

    watch(steps, size=size)
