"""A saved journal, stepped through on every page; a test for every key."""

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.moment import SECOND
from emulator.domain.record import RecordKind
from tui.link import Link
from tui.model.timeline import MarkKind
from tui.screens.forms.line_form import LineForm
from tui.widgets.delivery_table import DeliveryTable
from tui.widgets.moment_bar import MomentBar

DELIVERIES = 60


async def loaded(seen):
    await seen.ready(Link.SAVED, DELIVERIES)
    assert seen.session.reel.at_end
    return seen.session.reel


def test_it_shows_the_end_and_where_that_is(watch, saved):
    async def steps(seen):
        reel = await loaded(seen)
        await seen.sees(f"record {len(reel):,} of {len(reel):,}")
        await seen.sees("saved journal")
        assert {row.state for row in seen.session.window.rows.values()} == {DeliveryState.SUCCEEDED}

    watch(steps, url=saved.url)


def test_records_events_seconds_minutes_and_ends(watch, saved):
    async def steps(seen):
        reel = await loaded(seen)
        end = len(reel)
        for keys, place in ((["comma"], end - 1), (["comma", "comma"], end - 3), (["full_stop"], end - 2)):
            await seen.press(*keys)
            assert reel.place == place
        await seen.press("less_than_sign")
        assert reel.changes[reel.place - 1].kind is RecordKind.EVENT
        last = reel.place
        await seen.press("less_than_sign")
        assert reel.place < last
        await seen.press("greater_than_sign")
        assert reel.place == last
        at = reel.at
        await seen.press("left_curly_bracket")
        assert reel.at == at - 10 * SECOND
        await seen.press("left_parenthesis")
        assert reel.at == at - 70 * SECOND
        await seen.press("right_parenthesis", "right_curly_bracket")
        assert reel.at == at
        await seen.press("circumflex_accent")
        assert (reel.place, len(seen.session.view.numbers)) == (0, 0)
        await seen.press("dollar_sign")
        assert (reel.place, len(seen.session.view.numbers)) == (end, DELIVERIES)

    watch(steps, url=saved.url)


def test_a_moment_is_typed(watch, saved):
    async def steps(seen):
        reel = await loaded(seen)
        for line, reached in (
            ("12", lambda: reel.where.record == 12),
            ("00:00:30.5", lambda: reel.where.since == 30_500_000),
            ("+10s", lambda: reel.where.since == 40_500_000),
            ("-500ms", lambda: reel.where.since == 40 * SECOND),
            ("2026-01-01T00:00:20Z", lambda: reel.where.since == 20 * SECOND),
            ("start", lambda: reel.place == 0),
            ("end", lambda: reel.at_end),
        ):
            await seen.press("at")
            await seen.until(lambda: isinstance(seen.app.screen, LineForm))
            seen.app.screen.input.value = line
            await seen.press("enter")
            await seen.until(lambda reached=reached: reached() and not isinstance(seen.app.screen, LineForm))
        await seen.press("at")
        await seen.until(lambda: isinstance(seen.app.screen, LineForm))
        seen.app.screen.input.value = "tomorrow"
        await seen.press("enter")
        await seen.until(lambda: "is no moment" in seen.app.screen.complaint)
        await seen.press("escape")
        await seen.until(lambda: not isinstance(seen.app.screen, LineForm))
        assert reel.at_end

    watch(steps, url=saved.url)


def test_every_page_shows_the_moment(watch, saved):
    async def steps(seen):
        reel = await loaded(seen)
        reel.to_moment(reel.changes[0].at + 45 * SECOND)
        seen.app.on_page_moved()
        window = seen.session.window
        shown = len(window.rows)
        assert 0 < shown < DELIVERIES
        assert seen.session.view.numbers == sorted(window.rows)
        table = seen.app.screen.query_one(DeliveryTable)
        await seen.press("t")
        await seen.until(lambda: len(table.lines) == len(window.events))
        await seen.timeline()
        await seen.until(lambda: len(seen.look.timeline.happened.marks) == len(window.events))
        await seen.sees(" · 00:00:45.0")
        await seen.press("less_than_sign")
        await seen.until(lambda: len(seen.look.timeline.happened.marks) == len(window.events))
        await seen.press("right_curly_bracket")
        await seen.page("3", "Overview")
        await seen.sees(f"ok {sum(row.state is DeliveryState.SUCCEEDED for row in window.rows.values())}")
        await seen.sees("2026-01-01 00:00:50.0")
        assert "on the wall" not in seen.screen()
        for key, name in (("4", "Integrations"), ("5", "Chaos")):
            await seen.page(key, name)
            before = reel.place
            await seen.press("comma")
            assert reel.place == before - 1

    watch(steps, url=saved.url)


def test_the_bar_goes_where_it_is_clicked(watch, saved):
    async def steps(seen):
        reel = await loaded(seen)
        bar = seen.app.screen.query_one(MomentBar)
        await seen.until(lambda: bar._bar[1] > 10)
        first, width = bar._bar
        await seen.pilot.click(bar, offset=(1 + first, 0))
        await seen.until(lambda: reel.where.since == 0)
        first, width = bar._bar
        await seen.pilot.click(bar, offset=(first + width, 0))
        await seen.until(lambda: reel.at_end)

    watch(steps, url=saved.url)


def test_a_live_server_has_neither_the_line_nor_the_keys(watch, shop):
    async def steps(seen):
        await seen.ready(Link.LIVE, DELIVERIES)
        assert not seen.app.screen.query_one(MomentBar).display
        await seen.press("comma", "at", "dollar_sign")
        assert not isinstance(seen.app.screen, LineForm)
        assert len(seen.session.view.numbers) == DELIVERIES

    watch(steps, url=shop)


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
def test_the_line_fits(watch, saved, size):
    async def steps(seen):
        await loaded(seen)
        await seen.press("comma", "circumflex_accent", "dollar_sign", "less_than_sign")
        await seen.sees("record ")

    watch(steps, url=saved.url, size=size, ascii_only=True)


def test_a_chosen_resource_stays_chosen_at_moments_at_which_it_is_not_there(watch, saved):
    async def steps(seen):
        await loaded(seen)
        await seen.timeline()
        await seen.press("down")
        chosen = seen.list.chosen
        await seen.press("circumflex_accent")
        await seen.sees(f"Nothing has happened with {chosen} yet.")
        while not seen.session.window.rows:
            await seen.press("greater_than_sign", "full_stop")
        await seen.press("dollar_sign")
        await seen.until(lambda: sum(mark.kind is MarkKind.HAPPENED for mark in seen.look.timeline.happened.marks) == 5)
        assert seen.list.chosen == chosen
        await seen.press("circumflex_accent")
        await seen.until(lambda: seen.look.mark is None and not seen.list._troubles)
        await seen.press("down")
        assert seen.list.chosen is None
        await seen.sees("Nothing has happened yet.")

    watch(steps, url=saved.url)


def test_the_details_are_those_of_the_moment(watch, saved):
    async def steps(seen):
        reel = await loaded(seen)
        steps = {number: [change.kind for change in reel.changes if change.number == number] for number in range(1, 9)}
        wanted = [RecordKind.PLANNED, RecordKind.SENT, RecordKind.ATTEMPTED]
        number = next(number for number, kinds in steps.items() if kinds[:3] == wanted)
        planned, _, ended = [
            next(
                place for place, change in enumerate(reel.changes, 1) if (change.number, change.kind) == (number, kind)
            )
            for kind in wanted
        ]
        seen.deliveries.show_delivery(number)
        await seen.press("enter", *["right_square_bracket"] * 3)
        await seen.reads("Nothing more is to come.")
        reel.to(planned)
        seen.app.on_page_moved()
        await seen.reads("to come       attempt 1")
        assert not any("took" in line for line in seen.shown())
        await seen.press("w")
        await seen.reads(f"planned #{number}")
        reel.to(ended)
        seen.app.on_page_moved()
        await seen.reads("delivered")
        await seen.press("comma")
        await seen.reads("sending")
        await seen.press("left_square_bracket", "left_square_bracket", "left_square_bracket", "left_square_bracket")
        await seen.reads("No attempt has ended yet.")
        reel.to(planned - 1)
        seen.app.on_page_moved()
        await seen.reads(f"There was no delivery {number} yet at record")
        await seen.press("dollar_sign")
        await seen.reads("answered 200")

    watch(steps, url=saved.url)
