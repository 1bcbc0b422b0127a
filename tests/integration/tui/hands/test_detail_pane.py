"""The detail pane: every tab and every key of it, where it stands, and what it follows."""

import asyncio
import json
import time

import pytest
from rich.cells import cell_len

from emulator.domain.integration import WebhookConfiguration
from tui.widgets.detail.find_bar import FindBar
from tui.widgets.detail.tab import Tab
from tui.widgets.split import Split

SECRET = "sesame-123456"


@pytest.fixture
def paid(client, shop):
    """Two deliveries of one order, created and paid, that have arrived."""
    shop()
    client.trigger("order.paid")
    assert client.settle()


def test_enter_opens_it_keys_turn_its_tabs_and_escape_closes_it(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        split = dashboard.deliveries.query_one(Split)
        assert not split.is_open
        await dashboard.press("enter")
        await dashboard.reads('"type": "order"')
        assert (dashboard.pane.here, dashboard.table.has_focus) == (Tab.PAYLOAD, True)
        await dashboard.press("right_square_bracket")
        await dashboard.reads("POST http://127.0.0.1")
        await dashboard.press("right")
        await dashboard.reads("Attempt 1: answered 200")
        await dashboard.reads('"taken": true')
        await dashboard.press("right")
        await dashboard.reads("Nothing more is to come.")
        await dashboard.press("right")
        await dashboard.reads("No rule has touched this delivery.")
        await dashboard.press("right")
        await dashboard.reads("Since order:1/order.created:1")
        await dashboard.reads('~     "payment"')
        await dashboard.press("right")
        await dashboard.reads("delivered with attempt 1")
        await dashboard.press("left_square_bracket", "left")
        assert dashboard.pane.here is Tab.FAULT
        await dashboard.press("enter")
        assert dashboard.view.has_focus
        await dashboard.press("left")
        assert dashboard.pane.here is Tab.ATTEMPTS
        await dashboard.press("escape")
        assert not split.is_open
        assert dashboard.table.has_focus

    watch(steps)


def test_it_follows_the_cursor_and_stays_when_news_come(watch, paid, client):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter")
        await dashboard.reads('"payment": "paid"')
        await dashboard.press("up")
        await dashboard.reads('"payment": "unpaid"')
        client.trigger("order.paid")
        await dashboard.live(4)
        assert dashboard.table.cursor.number == 1
        for above, below in (("K", "J"), ("shift+up", "shift+down")):
            await dashboard.press("enter", below)
            await dashboard.reads('"payment": "paid"')
            await dashboard.press(above)
            await dashboard.reads('"payment": "unpaid"')

    watch(steps)


def test_a_delivery_that_goes_on_is_looked_at_again(watch, client, shop, receiver):
    receiver.status = 500
    shop(observes=("order.created",))
    client.trigger("order.created")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press(
            "enter", "left_square_bracket", "left_square_bracket", "left_square_bracket", "left_square_bracket"
        )
        assert dashboard.pane.here is Tab.ATTEMPTS
        await dashboard.reads("to come       attempt 2  due in")
        receiver.status = 200
        client.retry("1")
        await dashboard.reads("✓ 200  attempt ")

    watch(steps)


@pytest.mark.parametrize(
    ("size", "classes"), [((160, 40), {"-beside"}), ((100, 40), set()), ((80, 24), {"-over"}), ((20, 5), {"-over"})]
)
def test_it_stands_beside_the_table_below_it_or_in_its_place(watch, paid, size, classes):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter")
        await dashboard.reads('"type": "order"')
        split = dashboard.deliveries.query_one(Split)
        assert {name for name in ("-beside", "-over") if split.has_class(name)} == classes
        table, pane = dashboard.table.region, dashboard.pane.region
        if "-beside" in classes:
            assert pane.x >= table.right
        elif "-over" in classes:
            assert not dashboard.table.display or table.area == 0
            assert dashboard.view.has_focus
        else:
            assert pane.y >= table.bottom
            cursor = dashboard.table.lines.place_of(dashboard.table.cursor)
            assert 0 <= cursor - dashboard.table.scroll_offset.y < table.height - 1

    watch(steps, size=size)


def test_a_terminal_made_small_and_large_again_keeps_what_is_read(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter")
        await dashboard.reads('"type": "order"')
        for size in ((20, 5), (200, 60), (80, 24), (1, 1), (120, 36)):
            await dashboard.pilot.resize_terminal(*size)
            await dashboard.pilot.pause()
        await dashboard.reads('"type": "order"')
        await dashboard.sees("Payload")

    watch(steps)


def test_the_secret_is_shown_when_asked_for_and_masked_for_the_next_row(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter", "enter", "u")
        await dashboard.reads(f"X-MOLTIN-SECRET-KEY: {SECRET}")
        await dashboard.press("u")
        await dashboard.reads("X-MOLTIN-SECRET-KEY: *********3456")
        await dashboard.press("u")
        await dashboard.reads(f"X-MOLTIN-SECRET-KEY: {SECRET}")
        await dashboard.press("K")
        await dashboard.reads("order.created")
        await dashboard.reads("The secret is masked; u shows it.")
        assert SECRET not in "\n".join(dashboard.shown())

    watch(steps)


def test_a_text_is_found_and_gone_on_to_from_place_to_place(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter", "enter")
        await dashboard.reads('"type": "order"')
        await dashboard.press("slash", *"email", "enter")
        first = dashboard.view.cursor
        assert "email" in dashboard.shown()[first]
        assert dashboard.view.has_focus
        await dashboard.press("slash", "ctrl+u", *"country", "enter", "n")
        second = dashboard.view.cursor
        assert "country" in dashboard.shown()[second]
        await dashboard.press("N")
        assert "country" in dashboard.shown()[dashboard.view.cursor]
        assert dashboard.view.cursor != second
        await dashboard.press("slash", "ctrl+u", *"nothing", "enter")
        await dashboard.sees("not here")
        await dashboard.press("escape")
        assert not dashboard.deliveries.query_one(FindBar).has_class("-shown")
        assert dashboard.deliveries.query_one(Split).is_open

    watch(steps)


def test_lines_fold_and_are_copied(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter", "enter")
        await dashboard.reads('"customer": {')
        view = dashboard.view
        whole = len(view.sheet)
        lines = dashboard.shown()
        at = next(index for index, line in enumerate(lines) if '"customer": {' in line)
        await dashboard.press("home", *["down"] * at, "space")
        assert "2 members" in dashboard.shown()[at]
        await dashboard.press("enter", "down", "c")
        await dashboard.told("The value is on the clipboard")
        assert f'"{dashboard.app.clipboard}"' in dashboard.shown()[at + 1]
        await dashboard.press("C")
        assert dashboard.app.clipboard == "data.customer.name"
        await dashboard.press("minus")
        assert len(view.sheet) < 6
        for key in ("plus", "equals_sign"):
            await dashboard.press("minus", key)
            assert len(view.sheet) == whole
        await dashboard.press("G")
        assert view.cursor == len(view.sheet) - 1
        await dashboard.press("pageup", "k", "j", "pagedown", "g")
        assert view.cursor == 0

    watch(steps)


def test_a_click_folds_turns_and_opens(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        place = dashboard.table.lines.place_of(dashboard.table.cursor) + 1
        await dashboard.pilot.click(dashboard.table, offset=(5, place))
        await dashboard.reads('"customer": {')
        whole = len(dashboard.view.sheet)
        await dashboard.pilot.click(dashboard.view, offset=(3, 0))
        assert len(dashboard.view.sheet) < whole
        await dashboard.pilot.click("TabStrip", offset=(13, 0))
        await dashboard.reads("POST http://127.0.0.1")

    watch(steps)


def test_an_event_that_nobody_is_sent_says_why(watch, client, shop):
    shop(observes=("order.paid",))
    client.trigger("order.created")

    async def steps(dashboard):
        await dashboard.until(lambda: dashboard.desk.session.window.events)
        await dashboard.press("t")
        await dashboard.until(lambda: dashboard.table.cursor is not None)
        await dashboard.press("home")
        line = dashboard.table.cursor
        while "order.created" not in line.event:
            await dashboard.press("down")
            line = dashboard.table.cursor
        await dashboard.press("enter")
        await dashboard.reads("shop: not observed")
        await dashboard.reads("does not observe order.created")
        await dashboard.press("right_square_bracket")
        await dashboard.reads('"type": "order"')
        await dashboard.press("right_square_bracket")
        await dashboard.reads("This is the first event of order:1")

    watch(steps)


def test_what_is_opened_just_as_everything_begins_anew_stays_open(watch, paid):
    """The page hears of the beginning with the next tick, which may come later than the key."""

    async def steps(dashboard):
        await dashboard.live(2)
        app, tick = dashboard.app, dashboard.app._tick
        app._tick = lambda: None
        dashboard.session.begun += 1
        await dashboard.press("enter")
        app._tick = tick
        await dashboard.until(lambda: dashboard.deliveries._begun == dashboard.session.begun)
        await dashboard.reads('"type": "order"')

    watch(steps)


def test_w_goes_to_why_and_the_trees_lines_have_their_details(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("w")
        await dashboard.reads("delivered with attempt 1")
        await dashboard.press("escape", "t", "home")
        while "order.paid" not in dashboard.table.cursor.event:
            await dashboard.press("down")
        await dashboard.press("right", "down", "space", "down")
        assert dashboard.table.cursor.kind == "attempt"
        await dashboard.press("enter")
        await dashboard.reads("Attempt 1: answered 200")
        await dashboard.press("up", "left")
        assert dashboard.table.lines.place_of(dashboard.table.cursor) is not None

    watch(steps)


def test_two_that_are_marked_are_compared(watch, paid, client):
    client.trigger("order.paid")
    assert client.settle()

    async def steps(dashboard):
        await dashboard.live(4)
        await dashboard.press("home", "m", "down", "m", "down", "m")
        assert dashboard.table.marked == (2, 3)
        await dashboard.press("m", "up", "up", "m")
        assert dashboard.table.marked == (2, 1)
        await dashboard.press("d")
        await dashboard.reads("The payloads of #1 and #2, which are marked")
        await dashboard.reads("changed")
        await dashboard.press("m")
        await dashboard.reads("This is the first event of order:1")

    watch(steps)


def test_a_fault_is_told_with_its_rule(watch, client, shop):
    shop(observes=("order.created",))
    client.add_rule({"id": "lost-ack", "match": {"event": "order.created"}, "ack_loss": {"times": 1}})
    client.trigger("order.created")

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("enter", *["right_square_bracket"] * 4)
        await dashboard.reads("ack_loss by rule lost-ack")
        await dashboard.reads("documented: the provider's text allows it")
        await dashboard.reads("    id: lost-ack")

    watch(steps)


def test_a_server_that_goes_away_is_said_in_the_pane_and_it_goes_on_when_it_is_back(watch, paid, local):
    async def steps(dashboard):
        await dashboard.live(2)
        asked = dashboard.desk.client.get

        async def down(*words, **query):
            from tui.client import Unreachable

            raise Unreachable("no emulator answers there")

        dashboard.desk.client.get = down
        await dashboard.press("enter")
        await dashboard.reads("no emulator answers there.")
        dashboard.desk.client.get = asked
        await dashboard.reads('"type": "order"')

    watch(steps)


def test_a_slow_server_is_waited_for_in_words_and_not_with_another_rows_details(watch, paid):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter")
        await dashboard.reads('"payment": "paid"')
        asked, answered = dashboard.desk.client.get, asyncio.Event()

        async def slow(path, **query):
            if path.startswith("deliveries/"):
                await answered.wait()
            return await asked(path, **query)

        dashboard.desk.client.get = slow
        await dashboard.press("up")
        await dashboard.reads("Asking the server.")
        answered.set()
        await dashboard.reads('"payment": "unpaid"')

    watch(steps)


def test_what_was_erased_is_not_shown_any_more(watch, paid, client):
    async def steps(dashboard):
        await dashboard.live(2)
        await dashboard.press("enter", "m")
        await dashboard.reads('"payment": "paid"')
        client.reset(keep_integrations=True)
        await dashboard.reads("Nothing is chosen.")
        assert dashboard.table.marked == ()
        client.trigger("order.created")
        await dashboard.live(1)
        await dashboard.reads('"payment": "unpaid"')

    watch(steps)


EVIL = "\x1b[31mred\x1b[0m \u202eabc שלום مرحبا 👩‍👩‍👧‍👦 日本\x07"


def test_what_others_wrote_does_not_reach_the_terminal(watch, client, shop, receiver):
    receiver.status = 500
    receiver.answer = ("\n".join(f"{number} {EVIL}" for number in range(10_000))).encode()
    shop(observes=("order.created",))
    client.trigger("order.created", override={"data.customer.name": EVIL})

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("enter", "enter")
        await dashboard.reads('"customer": {')
        await dashboard.press("slash", *"red", "enter")
        assert not {"\x1b", "\u202e", "\x07"} & set("".join(dashboard.shown()))
        await dashboard.sees("\\u001b[31mred")
        await dashboard.press("escape", "right", "right")
        await dashboard.reads("answered 500")
        await dashboard.press("G", "g", "pagedown", "pagedown")
        assert not {"\x1b", "\u202e", "\x07"} & set(dashboard.screen())
        assert all(cell_len(line) <= 120 for line in dashboard.screen().splitlines())

    watch(steps)


@pytest.mark.parametrize("settings", [{"body_limit": 20_000_000}], indirect=True)
def test_a_payload_of_five_megabytes_opens_and_scrolls_at_once(watch, client, shop):
    shop(observes=("order.created",))
    many = [{"sku": f"sku-{number}", "text": "x" * 190, "amount": {"n": number}} for number in range(22_000)]
    client.trigger("order.created", raw={"data": {"type": "order", "id": "big", "items": many}})

    async def steps(dashboard):
        await dashboard.live()
        await dashboard.press("enter", "enter")
        await dashboard.reads('"items"')
        payload = dashboard.pane.telling.payload
        assert len(json.dumps(payload)) > 5_000_000
        began = time.thread_time()
        dashboard.pane.draw_again()
        dashboard.view.render_lines(dashboard.view.size.region)
        assert time.thread_time() - began < 0.1
        await dashboard.press("plus", "G")
        began = time.thread_time()
        for _ in range(50):
            dashboard.view.action_move_page(-1)
            dashboard.view.render_lines(dashboard.view.size.region)
        assert (time.thread_time() - began) / 50 < 0.05
        await dashboard.press("slash", *"sku-21999", "enter")
        assert "sku-21999" in dashboard.shown()[dashboard.view.cursor]

    watch(steps)


def test_a_gone_integration_and_what_others_are_called_do_no_harm(watch, client, shop, receiver):
    name = "שלום 👩‍👩‍👧‍👦 [bold]"
    shop(name, observes=("order.created",), configuration=WebhookConfiguration(url=receiver.url))
    client.trigger("order.created")
    assert client.settle()
    client.delete_integration(name)

    async def steps(dashboard):
        await dashboard.until(lambda: len(dashboard.desk.session.view.numbers) == 1)
        await dashboard.press("enter", "right_square_bracket")
        await dashboard.reads("Nothing can be sent to")
        await dashboard.sees("[bold]")

    watch(steps)
