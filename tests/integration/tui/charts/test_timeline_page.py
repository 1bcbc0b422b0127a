"""The timeline in front of a shop whose orders arrive late, out of order and twice; a test for every key."""

import asyncio

import pytest
from textual import events

from tui.link import Link
from tui.model.timeline import MarkKind
from tui.screens.deliveries import Deliveries
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.lanes import Lanes

DELIVERIES = 60


def test_resources_are_listed_by_trouble_and_chosen_with_up_and_down(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        totals = [trouble.total for trouble in seen.resources.sorted]
        assert totals == sorted(totals, reverse=True)
        assert totals[0] > 0
        assert seen.list.chosen is None
        assert len(sent(seen)) == 30
        await seen.press("down")
        worst = seen.resources.sorted[0].resource
        assert seen.list.chosen == worst
        await seen.until(lambda: len(sent(seen)) == 5)
        assert {mark.resource for lane in seen.look.timeline.lanes for mark in lane.marks} == {worst}
        await seen.press("j", "j", "k")
        assert seen.list.chosen == seen.resources.sorted[1].resource
        await seen.press("end")
        assert seen.list.chosen == seen.resources.sorted[-1].resource
        for there, back in (("pagedown", "pageup"), ("ctrl+f", "ctrl+b")):
            await seen.press("home", there)
            assert seen.list.chosen == seen.resources.sorted[-1].resource
            await seen.press(back, "up")
            assert seen.list.chosen is None
        await seen.press("G", "g")
        assert seen.list.chosen is None

    watch(steps, url=shop)


def sent(seen):
    """The events on the timeline that somebody is sent."""
    return [mark for mark in seen.look.timeline.happened.marks if mark.kind is MarkKind.HAPPENED]


def test_events_that_nobody_is_sent_are_there_too_and_lead_to_the_tree(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.press("slash")
        await seen.type("type:order")
        await seen.press("enter")
        await seen.timeline()
        await seen.sees("1 sent to nobody")
        mark = next(mark for mark in seen.look.timeline.happened.marks if mark.event_key == "cart.updated")
        assert mark.kind is MarkKind.UNSENT
        seen.look.stand_on(0, mark)
        await seen.press("right", "left")
        assert seen.look.mark == mark
        await seen.sees("sent to nobody: enter, then w, says why")
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, Deliveries))
        assert seen.table.cursor.event == mark.event
        await seen.press("w")
        await seen.reads("does not observe cart.updated")

    watch(steps, url=shop, size=(160, 40))


def test_what_went_wrong_has_a_sign_and_a_sentence(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        found = {mark.kind for lane in seen.look.timeline.arrived for mark in lane.marks}
        assert {MarkKind.OVERTAKEN, MarkKind.DUPLICATE, MarkKind.LATE} <= found
        await seen.press("home", "down")
        await seen.until(lambda: len(sent(seen)) == 5)
        for part in ("happened", "erp", "shop", "1 overtaken", "1 came again"):
            await seen.sees(part)
        wanted = {MarkKind.OVERTAKEN: "which happened later", MarkKind.DUPLICATE: "came again 00:"}
        for _ in seen.resources.sorted:
            for kind, sentence in list(wanted.items()):
                for lane, marks in enumerate(seen.look.timeline.lanes):
                    mark = next((mark for mark in marks.marks if mark.kind is kind), None)
                    if mark is not None:
                        seen.look.stand_on(lane, mark)
                        seen.app.screen._draw()
                        await seen.sees(sentence)
                        await seen.sees(f"delivery #{mark.delivery}")
                        wanted.pop(kind, None)
            if not wanted:
                break
            await seen.press("down")
            await seen.until(lambda: seen.look.mark.resource == seen.list.chosen)
        assert not wanted

    watch(steps, url=shop, size=(160, 40))


def test_left_and_right_step_through_time_and_tab_goes_to_another_lane(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        look = seen.look
        times = [look.mark.at]
        assert look.following
        for _ in range(70):
            await seen.press("left")
            times.append(look.mark.at)
        assert times == sorted(times, reverse=True)
        assert not look.following
        while look.mark.kind is not MarkKind.HAPPENED or look.mark.number > 1:
            await seen.press("left")
        event = look.mark.event
        before = look.cursor
        await seen.press("right", "left")
        assert look.cursor == before
        await seen.press("tab")
        assert (look.mark.event, look.lane) == (event, "erp")
        await seen.press("shift+tab", "shift+tab")
        assert (look.mark.event, look.lane) == (event, "shop")

    watch(steps, url=shop)


def test_zoom_pan_all_and_follow(watch, going_on, client):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        look = seen.look
        whole = look.viewport
        await seen.press("plus")
        assert look.viewport.span == round(whole.span / 2)
        assert look.viewport.start <= look.mark.at < look.viewport.end
        await seen.press("equals_sign", "minus")
        assert look.viewport.span == pytest.approx(whole.span / 2, abs=2)
        start = look.viewport.start
        await seen.press("shift+left", "h")
        assert look.viewport.start < start
        earlier = look.viewport.start
        await seen.press("l", "shift+right")
        assert look.viewport.start > earlier
        await seen.press("0")
        assert look.viewport == whole
        await seen.press("plus", "h", "left")
        assert not look.following
        await seen.press("f")
        newest = look.mark.at
        assert look.following
        await asyncio.to_thread(client.trigger, "order.fulfilled")
        await asyncio.to_thread(client.settle)
        await seen.until(lambda: look.mark.at > newest)
        assert look.viewport.start <= look.mark.at < look.viewport.end
        assert look.viewport.span < whole.span

    watch(steps, url=going_on)


def test_enter_shows_the_delivery_among_all_of_them(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        await seen.press(*["left"] * 20)
        while not seen.look.mark.delivery:
            await seen.press("left")
        number = seen.look.mark.delivery
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, Deliveries))
        table = seen.app.screen.query_one(DeliveryTable)
        await seen.until(lambda: table.cursor.number == number)
        assert not table.following
        await seen.timeline()
        await seen.press("shift+tab", *["left"] * 40)
        while seen.look.mark.kind is not MarkKind.HAPPENED:
            await seen.press("left")
        event = seen.look.mark.event
        await seen.press("enter")
        await seen.until(lambda: seen.session.window.rows[table.cursor.number].event == event)

    watch(steps, url=shop)


def test_a_filter_that_hides_the_delivery_is_taken_away(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.press("slash", *"number", "colon", "9", "9", "9", "enter")
        await seen.until(lambda: not seen.session.view.numbers)
        await seen.timeline()
        await seen.press("tab")
        number = seen.look.mark.delivery
        await seen.press("enter")
        await seen.until(lambda: isinstance(seen.app.screen, Deliveries))
        table = seen.app.screen.query_one(DeliveryTable)
        await seen.until(lambda: table.cursor is not None and table.cursor.number == number)

    watch(steps, url=shop)


def test_the_mouse_points_at_marks_turns_the_wheel_and_chooses(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        await seen.pilot.click(seen.list, offset=(2, 2))
        assert seen.list.chosen == seen.resources.sorted[0].resource
        await seen.until(lambda: len(sent(seen)) == 5)
        lanes = seen.app.screen.query_one(Lanes)
        lane = lanes._grid.lanes[0]
        x = lanes.size.width - lanes._width - 6 + lane.cells[0].column
        await seen.pilot.click(lanes, offset=(x, 1))
        assert seen.look.mark == lane.cells[0].marks[0]
        span = seen.look.viewport.span
        await seen.pilot._post_mouse_events([_wheel(up=True)], lanes, offset=(x, 1))
        await seen.until(lambda: seen.look.viewport.span < span)
        await seen.pilot._post_mouse_events([_wheel(up=False)], lanes, offset=(x, 1))
        await seen.until(lambda: seen.look.viewport.span == pytest.approx(span, abs=2))

    watch(steps, url=shop)


def _wheel(*, up):
    return events.MouseScrollUp if up else events.MouseScrollDown


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 5)])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_it_fits(watch, shop, size, ascii_only):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        await seen.timeline()
        await seen.press("down", "left", "plus", "f", "0")
        shown = seen.screen()
        assert all(len(line) <= size[0] for line in shown.splitlines())
        if size[1] > 5:
            for part in ("happened", "erp", "shop", "all of them", "overtaken"):
                await seen.sees(part)
        if ascii_only and size[1] > 5:
            assert set(seen.app.screen.query_one(Lanes)._axis().text) <= set(" 0123456789:.")
            drawn = "".join(strip.text for y in range(9) if (strip := seen.app.screen.query_one(Lanes).render_line(y)))
            assert drawn.isascii()

    watch(steps, url=shop, size=size, ascii_only=ascii_only)


def test_before_anything_has_happened(watch, local):
    async def steps(seen):
        await seen.until(lambda: seen.session.link is Link.LIVE)
        await seen.page("2", "Timeline")
        await seen.sees("Nothing has happened yet.")
        await seen.press("down", "left", "right", "tab", "plus", "h", "0", "f", "enter")
        await seen.sees("Nothing has happened yet.")

    watch(steps, url=local.url)
