"""Moving in a time line: from mark to mark, in and out, and along with what comes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.delivery import DeliveryState, FaultNote
from tui.model.arrival import Arrival
from tui.model.event_row import EventRow
from tui.model.mark_told import STYLES, legend, mark_told
from tui.model.row import Row
from tui.model.timeline import MarkKind, Timeline, timeline
from tui.model.timeline_look import TimelineLook

SECOND = 1_000_000


def row(number: int, at: int, *arrived: int, integration: str = "shop", **known: Any) -> Row:
    arrivals = tuple(Arrival(number, attempt, 0, when * SECOND, True) for attempt, when in enumerate(arrived, 1))
    values: dict[str, Any] = {
        "number": number,
        "event": f"order:1/order.paid:{at}",
        "event_key": "order.paid",
        "resource": "order:1",
        "integration": integration,
        "job": 1,
        "job_id": "job",
        "created_at": at * SECOND,
        "state": DeliveryState.SUCCEEDED if arrived else DeliveryState.HELD,
        "arrivals": arrivals,
        "arrived_at": arrivals[0].at if arrivals else None,
    }
    return Row(**{**values, **known})


def line(*rows: Row, now: int = 100) -> Timeline:
    return timeline(rows, late_after=5 * SECOND, now=now * SECOND)


def look_at(*rows: Row) -> TimelineLook:
    look = TimelineLook()
    look.show(line(*rows), another=True)
    return look


moments = st.lists(
    st.tuples(st.integers(0, 20), st.lists(st.integers(0, 30), max_size=3), st.sampled_from(["shop", "erp"])),
    min_size=1,
    max_size=12,
)


@given(moments)
def test_stepping_meets_every_mark_once_in_time_and_comes_back_the_same_way(moments):
    rows = [
        row(number, at, *(at + after for after in afters), integration=to)
        for number, (at, afters, to) in enumerate(moments, 1)
    ]
    look = look_at(*rows)
    everything = sum(len(lane.marks) for lane in look.timeline.lanes)
    while True:
        before = look.cursor
        look.step(1)
        if look.cursor == before:
            break
    there = [look.cursor]
    for _ in range(everything - 1):
        look.step(-1)
        there.append(look.cursor)
    assert len(set(there)) == everything
    times = [look.timeline.lanes[spot.lane].marks[spot.place].at for spot in there]
    assert times == sorted(times, reverse=True)
    for spot in reversed(there[:-1]):
        look.step(1)
        assert look.cursor == spot


def test_it_follows_the_newest_until_one_steps_away_and_again_when_told():
    look = look_at(row(1, 0, 1))
    assert look.mark.at == 1 * SECOND
    look.show(line(row(1, 0, 1), row(2, 3, 4)))
    assert look.mark.at == 4 * SECOND
    look.step(-1)
    look.show(line(row(1, 0, 1), row(2, 3, 4), row(3, 5, 6)))
    assert look.mark.at == 3 * SECOND
    look.follow()
    assert look.mark.at == 6 * SECOND


def test_what_is_to_come_is_not_the_newest():
    assert look_at(row(1, 0, 1), row(2, 3)).mark.at == 3 * SECOND
    assert look_at(row(1, 0, 1), row(2, 3)).lane == ""


def test_the_cursor_stays_with_its_mark_when_that_becomes_another_one():
    look = look_at(row(1, 0, 1), row(2, 2), row(3, 4, 5))
    while look.mark.kind is not MarkKind.HELD:
        look.step(1)
    look.show(line(row(1, 0, 1), row(2, 2, 50), row(3, 4, 5)))
    assert (look.mark.delivery, look.mark.kind) == (2, MarkKind.OVERTAKEN)
    look.show(line(row(1, 0, 1)))
    assert look.mark.delivery == 1
    look.show(line())
    assert look.mark is None
    for step in (look.step, look.other_lane):
        step(1)
    look.follow()
    assert look.cursor is None


def test_an_event_is_found_on_every_lane_that_has_it():
    look = look_at(row(1, 0, 1), row(2, 0, 3, integration="erp"), row(3, 9, 9))
    look.step(-20)
    seen = []
    while look.mark.event != "order:1/order.paid:0":
        look.step(-1)
    for _ in range(3):
        look.other_lane(1)
        seen.append(look.lane)
    assert sorted(seen) == ["", "erp", "shop"]
    look.other_lane(-1)
    assert look.lane == seen[-2]


def test_zooming_keeps_the_cursor_where_it_is_and_panning_leaves_it():
    look = look_at(*(row(number, number, number + 1) for number in range(1, 20)))
    look.step(-1)
    column = look.viewport.column(look.mark.at, 1_000)
    look.zoom(0.5)
    assert look.viewport.column(look.mark.at, 1_000) == pytest.approx(column, abs=1)
    look.pan(-5)
    assert look.mark.at >= look.viewport.end
    look.zoom(2.0)
    look.step(-1)
    assert look.viewport.start <= look.mark.at < look.viewport.end
    look.see_all()
    first, last = look.timeline.span
    assert look.viewport.start <= first <= last < look.viewport.end


def test_a_single_mark_has_a_second_around_it():
    look = look_at(row(1, 7, 7))
    assert look.viewport.span == SECOND
    assert look.viewport.start < look.mark.at < look.viewport.end


def test_another_time_line_is_looked_at_from_the_beginning():
    look = look_at(row(1, 0, 1), row(2, 3, 4))
    look.step(-1)
    look.zoom(0.1)
    look.show(line(row(3, 50, 51)), another=True)
    assert (look.following, look.all_of_it, look.mark.at) == (True, True, 51 * SECOND)


def said(look: TimelineLook, row: Row | None) -> str:
    told = mark_told(look.mark, look.lane, row, now=100 * SECOND, zone=None, ascii_only=True)
    return " · ".join(part.text for part in told)


def test_a_mark_says_which_event_it_is_when_it_came_and_why(monkeypatch):
    note = FaultNote(rule="slow", fault="delay", detail="38s late")
    late = row(1, 0, 38, 40, faults=(note,))
    look = look_at(late, row(2, 1, 2))
    look.stand_on(1, next(mark for mark in look.timeline.lanes[1].marks if mark.kind is MarkKind.OVERTAKEN))
    assert said(look, late).startswith("1 order.paid of order:1 to shop, delivery #1 · happened ")
    assert "38s after it happened" in said(look, late)
    assert "after 2, which happened later · because of delay +38s" in said(look, late)
    look.step(1)
    assert "came again " in said(look, late)
    assert ", attempt 2" in said(look, late)
    look.stand_on(0, look.timeline.happened.marks[0])
    assert said(look, None).startswith("1 order.paid of order:1 · happened ")


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"state": DeliveryState.HELD}, "held: held"),
        ({"state": DeliveryState.PLANNED, "due": 130 * SECOND}, "pending: in 30s"),
        ({"state": DeliveryState.DROPPED, "faults": (FaultNote("gone", "drop", "dropped"),)}, "dropped: never sent"),
        ({"state": DeliveryState.CANCELLED}, "cancelled: its integration was disabled or deleted"),
    ],
)
def test_what_did_not_come_says_why(known, sentence):
    one = row(1, 0, **known)
    look = look_at(one)
    look.stand_on(1, look.timeline.lanes[1].marks[0])
    assert sentence in said(look, one)


def test_a_failed_request_says_what_was_answered():
    refused = Arrival(1, 1, 0, 2 * SECOND, False, status=503)
    broken = Arrival(1, 2, 0, 3 * SECOND, False)
    one = row(1, 0, state=DeliveryState.EXHAUSTED, arrivals=(refused, broken), error="nobody\x1b is there", attempt=2)
    look = look_at(one)
    look.stand_on(1, look.timeline.lanes[1].marks[0])
    assert said(look, one).endswith(": 503")
    look.stand_on(1, look.timeline.lanes[1].marks[1])
    assert said(look, one).endswith(", attempt 2: nobody\\u001b is there")


def test_an_event_that_nobody_is_sent_says_so():
    unsent = EventRow("order:1/order.updated:1", "order.updated", "order:1", "id", 3 * SECOND)
    look = TimelineLook()
    look.show(timeline([], [unsent], late_after=5 * SECOND, now=9 * SECOND))
    assert said(look, None).startswith("1 order.updated of order:1 · happened ")
    assert said(look, None).endswith(" · sent to nobody: enter, then w, says why")


def test_the_legend_says_how_late_is_late():
    assert "late, more than 5s" in " ".join(part.text for part in legend())


def test_every_kind_is_in_the_legend_in_ascii_too():
    assert set(STYLES) == set(MarkKind)
    for ascii_only in (False, True):
        text = " ".join(part.text for part in legend(ascii_only=ascii_only))
        assert all(kind.value in text for kind in MarkKind if kind not in (MarkKind.HAPPENED, MarkKind.IN_ORDER))
        assert text.isascii() or not ascii_only
