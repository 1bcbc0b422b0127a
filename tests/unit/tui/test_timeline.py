"""What happened against what arrived: which marks there are, where they stand, and how one moves among them."""

from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind
from tui.model.arrival import Arrival, arrival_of
from tui.model.event_row import EventRow
from tui.model.row import Row
from tui.model.ticks import ticks
from tui.model.timeline import MarkKind, Timeline, timeline
from tui.model.timeline_grid import SIGNS, cell_at, grid, text_of
from tui.model.trouble import Trouble, troubles
from tui.model.viewport import Viewport, next_mark, previous_mark, times_of, whole

SECOND = 1_000_000
NOON = 12 * 3600 * SECOND


class Story:
    """Deliveries and the requests of each, told one after the other."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def delivery(self, event: str, at: int, *requests: tuple[int, str], **known: Any) -> "Story":
        """Of `order:1/paid`, which happened at `at` seconds. Requests left at some seconds and went `ok`, `lost`,
        `refused`, or are a `copy`."""
        number = len(self.rows) + 1
        resource, _, verb = event.partition("/")
        given = {"integration": "shop", "state": DeliveryState.SUCCEEDED, **known}
        given["arrivals"] = tuple(
            Arrival(
                delivery=number,
                attempt=attempt,
                copy=int(how == "copy"),
                at=when * SECOND,
                succeeded=how in ("ok", "copy"),
                lost=how == "lost",
            )
            for attempt, (when, how) in enumerate(requests, 1)
        )
        if requests:
            given.setdefault("succeeded", requests[-1][1] in ("ok", "copy"))
        self.rows.append(
            Row(
                number=number,
                event=f"{resource}/order.{verb}:1",
                event_key=f"order.{verb}",
                resource=resource,
                job=1,
                job_id=f"job-{number}",
                created_at=at * SECOND,
                **given,
            )
        )
        return self

    def timeline(self, resource: str | None = None, late_after: int = 10, now: int = 100) -> Timeline:
        return timeline(self.rows, late_after=late_after * SECOND, now=now * SECOND, resource=resource)

    def troubles(self, late_after: int = 10) -> list[Trouble]:
        return troubles(self.rows, late_after=late_after * SECOND)


def kinds(found: Timeline, lane: int = 1) -> list[tuple[int, int, str]]:
    """Second, number and kind of each mark."""
    return [(mark.at // SECOND, mark.number, mark.kind.value) for mark in found.lanes[lane].marks]


def test_what_nobody_is_sent_happened_and_is_counted_among_the_others() -> None:
    story = Story().delivery("order:1/created", 0, (1, "ok")).delivery("order:1/paid", 20, (21, "ok"))
    unsent = [
        EventRow(f"{resource}/order.updated:1", "order.updated", resource, "id", at * SECOND)
        for resource, at in (("order:1", 10), ("order:2", 30))
    ]
    found = timeline(story.rows, unsent, late_after=10 * SECOND, now=100 * SECOND)
    assert kinds(found, 0) == [
        (0, 1, "happened"),
        (10, 2, "sent to nobody"),
        (20, 3, "happened"),
        (30, 1, "sent to nobody"),
    ]
    assert kinds(found) == [(1, 1, "in order"), (21, 3, "in order")], "the numbers are the same on every lane"
    of_one = timeline(story.rows, unsent, late_after=10 * SECOND, now=100 * SECOND, resource="order:2")
    assert kinds(of_one, 0) == [(30, 1, "sent to nobody")]
    drawn = grid(found, whole(found), 40)
    assert text_of(drawn.lanes[0], 40).split() == ["1", "¬2", "3", "¬1"]


def test_an_attempt_that_ended_is_an_arrival() -> None:
    data = {"succeeded": False, "lost": True, "started_at": 7, "status": None, "processing_time": 0.5}
    found = arrival_of(Record(1, 9, RecordKind.ATTEMPTED, 4, "shop", 2, 1, DeliveryState.WAITING, None, data))
    assert found == Arrival(4, 2, 1, at=7, succeeded=False, lost=True, status=None, latency=0.5)
    assert found.heard
    assert not found._replace(lost=False).heard


def test_events_are_numbered_on_their_resource_as_they_happened() -> None:
    story = Story().delivery("order:1/paid", 2).delivery("order:1/created", 1).delivery("order:2/created", 3)
    assert kinds(story.timeline(), 0) == [(1, 1, "happened"), (2, 2, "happened"), (3, 1, "happened")]
    assert kinds(story.timeline("order:2"), 0) == [(3, 1, "happened")]


def test_an_event_for_two_integrations_happened_once_and_arrived_at_each() -> None:
    story = Story().delivery("o/created", 1, (2, "ok")).delivery("o/created", 1, (5, "ok"), integration="erp")
    found = story.timeline()
    assert len(found.happened.marks) == 1
    assert [(lane.name, len(lane.marks)) for lane in found.arrived] == [("erp", 1), ("shop", 1)]
    assert found.span == (1 * SECOND, 5 * SECOND)


def test_what_came_after_a_newer_one_was_overtaken_and_says_by_whom() -> None:
    story = Story()
    story.delivery("o/created", 1, (9, "ok")).delivery("o/paid", 2, (4, "ok")).delivery("x/created", 3, (5, "ok"))
    found = story.timeline()
    assert kinds(found) == [(4, 2, "in order"), (5, 1, "in order"), (9, 1, "overtaken")]
    late = found.lanes[1].marks[-1]
    assert (late.passed_by, late.passed_by_resource, late.lateness) == (2, "o", 8 * SECOND)


def test_one_of_the_same_resource_is_named_before_others_that_passed_earlier() -> None:
    story = Story()
    story.delivery("o/created", 1, (9, "ok")).delivery("x/created", 2, (3, "ok")).delivery("o/paid", 3, (5, "ok"))
    late = story.timeline().lanes[1].marks[-1]
    assert (late.passed_by, late.passed_by_resource) == (2, "o")


def test_what_only_others_passed_is_told_apart_and_late_is_said_first() -> None:
    story = Story().delivery("o/created", 1, (9, "ok")).delivery("x/created", 2, (3, "ok"))
    assert [mark.kind for mark in story.timeline().lanes[1].marks] == [MarkKind.IN_ORDER, MarkKind.PASSED]
    late = story.timeline(late_after=5).lanes[1].marks[-1]
    assert (late.kind, late.passed_by, late.passed_by_resource) == (MarkKind.LATE, 1, "x")


def test_integrations_do_not_overtake_each_other() -> None:
    story = Story().delivery("o/created", 1, (9, "ok")).delivery("o/paid", 2, (4, "ok"), integration="erp")
    assert [mark.kind for lane in story.timeline().arrived for mark in lane.marks] == [MarkKind.IN_ORDER] * 2


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([(2, "ok"), (3, "copy")], [(2, "in order"), (3, "came again")]),
        ([(2, "lost"), (7, "ok")], [(2, "in order"), (7, "came again")]),
        ([(2, "refused"), (7, "ok")], [(2, "failed"), (7, "in order")]),
        ([(2, "ok"), (3, "refused")], [(2, "in order"), (3, "failed")]),
        ([(12, "ok")], [(12, "late")]),
        ([(11, "ok")], [(11, "in order")]),
    ],
)
def test_every_request_has_its_mark(requests: list[tuple[int, str]], expected: list[tuple[int, str]]) -> None:
    found = kinds(Story().delivery("o/created", 1, *requests).timeline())
    assert [(at, kind) for at, _, kind in found] == expected


def test_another_job_of_the_same_event_comes_again() -> None:
    story = Story().delivery("o/created", 1, (2, "ok")).delivery("o/created", 50, (51, "ok"))
    assert kinds(story.timeline()) == [(2, 1, "in order"), (51, 1, "came again")]
    assert kinds(story.timeline(), 0) == [(1, 1, "happened")]


@pytest.mark.parametrize(
    ("state", "due", "expected"),
    [
        (DeliveryState.WAITING, 30, (30, 1, "pending")),
        (DeliveryState.PLANNED, 40, (40, 1, "pending")),
        (DeliveryState.SENDING, None, (100, 1, "pending")),
        (DeliveryState.HELD, 30, (100, 1, "held")),
        (DeliveryState.DROPPED, None, (1, 1, "dropped")),
        (DeliveryState.CANCELLED, None, (1, 1, "cancelled")),
    ],
)
def test_what_is_not_there_has_its_mark_too(
    state: DeliveryState, due: int | None, expected: tuple[int, int, str]
) -> None:
    story = Story().delivery("o/created", 1, state=state, due=None if due is None else due * SECOND)
    assert kinds(story.timeline()) == [expected]


def test_what_is_exhausted_has_its_failures_alone() -> None:
    story = Story().delivery("o/created", 1, (2, "refused"), (3, "refused"), state=DeliveryState.EXHAUSTED)
    assert kinds(story.timeline()) == [(2, 1, "failed"), (3, 1, "failed")]


def test_resources_are_listed_by_their_trouble() -> None:
    story = Story()
    story.delivery("quiet/created", 1, (2, "ok"))
    story.delivery("busy/created", 1, (20, "ok"), (21, "copy")).delivery("busy/paid", 2, (3, "ok"))
    story.delivery("down/created", 1, (2, "refused"), state=DeliveryState.WAITING)
    assert story.troubles() == [
        Trouble("busy", events=2, out_of_order=1, twice=1, late=1, failed=0),
        Trouble("down", events=1, out_of_order=0, twice=0, late=0, failed=1),
        Trouble("quiet", events=1, out_of_order=0, twice=0, late=0, failed=0),
    ]


def test_nothing_at_all_is_no_trouble() -> None:
    found = Story().timeline()
    assert (found.span, found.arrived, found.happened.marks) == ((0, 0), (), ())
    assert grid(found, whole(found), 80).lanes[0].cells == ()
    assert Story().troubles() == []


# On the grid


def drawn(story: Story, viewport: Viewport, width: int = 40, **options: Any) -> list[str]:
    made = grid(story.timeline(), viewport, width, **options)
    return [text_of(lane, width).rstrip() for lane in made.lanes]


def test_lanes_share_an_axis_and_numbers_link_them() -> None:
    story = Story()
    story.delivery("o/created", 1, (9, "ok")).delivery("o/paid", 2, (4, "ok"), (6, "copy")).delivery("o/done", 3)
    story.rows[-1] = story.rows[-1]._replace(state=DeliveryState.WAITING, due=12 * SECOND)
    lanes = drawn(story, Viewport(0, 20 * SECOND))
    assert lanes == [
        "  1 2 3",
        "        2   +2    «1    …3",
    ]
    assert drawn(story, Viewport(0, 20 * SECOND), ascii_only=True)[1] == "        2   +2    <1    .3"


def test_what_falls_together_is_counted_with_the_worst_of_its_kinds() -> None:
    story = Story()
    for second in range(1, 6):
        story.delivery(f"o{second}/created", second, (second, "refused" if second == 3 else "ok"))
    made = grid(story.timeline(), Viewport(0, 400 * SECOND), 40)
    (cell,) = made.lanes[1].cells
    assert (cell.text, cell.how_many, cell.kind) == ("[5]", 5, MarkKind.FAILED)
    assert cell_at(made.lanes[1], 2) == cell
    assert cell_at(made.lanes[1], 3) is None


def test_marks_out_of_view_are_counted_on_each_side() -> None:
    story = Story()
    for second in (1, 5, 9):
        story.delivery(f"o{second}/created", second, (second, "ok"))
    lane = grid(story.timeline(), Viewport(4 * SECOND, 2 * SECOND), 40).lanes[0]
    assert (lane.before, len(lane.cells), lane.after) == (1, 1, 1)


times = st.lists(st.integers(0, 200), min_size=1, max_size=40, unique=True)


@given(times, st.integers(1, 90), st.integers(-50, 200), st.integers(1, 400))
def test_every_mark_in_view_is_in_one_cell_and_cells_touch_only_as_bars(
    seconds: list[int], width: int, start: int, span: int
) -> None:
    story = Story()
    for second in seconds:
        story.delivery(f"o{second}/created", second, (second, "ok"))
    made = grid(story.timeline(), Viewport(start * SECOND, span * SECOND), width)
    for lane in made.lanes:
        in_view = [second for second in seconds if start <= second < start + span]
        assert sum(cell.how_many for cell in lane.cells) == len(in_view)
        assert lane.before + len(in_view) + lane.after == len(seconds)
        assert len(text_of(lane, width)) == width
        ends = [cell.column + len(cell.text) for cell in lane.cells]
        apart = 0 if lane.dense else 1
        assert all(end + apart <= cell.column for end, cell in zip(ends, lane.cells[1:], strict=False))
        assert all(cell.column >= 0 for cell in lane.cells)


def test_every_kind_has_a_sign_of_its_own_and_one_in_ascii() -> None:
    assert set(SIGNS) == set(MarkKind)
    for which in (0, 1):
        signs = [both[which] for both in SIGNS.values() if both[which]]
        assert len(signs) == len(set(signs)) == len(MarkKind) - 2
    assert all(sign.isascii() for _, sign in SIGNS.values())


# The axis


def labels(viewport: Viewport, width: int = 60, **options: Any) -> list[str]:
    return [tick.label for tick in ticks(viewport, width, **options)]


def test_ticks_are_round_clock_times() -> None:
    assert labels(Viewport(NOON + 1, 60 * SECOND)) == ["12:00:10", "12:00:20", "12:00:30", "12:00:40", "12:00:50"]
    assert labels(Viewport(NOON, 3600 * SECOND), 40) == ["12:00", "12:15", "12:30", "12:45"]
    assert labels(Viewport(NOON, 50_000), 60) == ["12:00:00.000", "12:00:00.020", "12:00:00.040"]
    assert labels(Viewport(0, 3 * 86_400 * SECOND), 40) == ["1970-01-01", "1970-01-02", "1970-01-03"]


def test_ticks_are_round_in_the_zone_of_the_clock() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    assert labels(Viewport(NOON, 12 * 3600 * SECOND), 40, zone=zone) == ["18:00", "21:00", "00:00", "03:00"]


def test_ticks_can_count_from_a_moment() -> None:
    assert labels(Viewport(NOON - 20 * SECOND, 60 * SECOND), since=NOON) == ["-15s", "0", "+15s", "+30s"]


@given(st.integers(-(10**15), 10**15), st.integers(1000, 10**14), st.integers(1, 300), st.booleans())
def test_labels_never_touch_and_never_leave_the_axis(start: int, span: int, width: int, counted: bool) -> None:
    viewport = Viewport(start, span)
    end = -1
    found = ticks(viewport, width, since=start + 12_345 if counted else None)
    for tick in found:
        assert viewport.start <= tick.at < viewport.end
        assert tick.column > end
        end = tick.column + len(tick.label)
    assert end <= width
    assert len(found) <= width


# Moving


def test_zooming_keeps_what_is_under_the_cursor_where_it_is() -> None:
    viewport = Viewport(0, 100 * SECOND)
    around = 30 * SECOND
    near = viewport.zoomed(0.5, around)
    assert near == Viewport(15 * SECOND, 50 * SECOND)
    assert near.column(around, 100) == viewport.column(around, 100)
    assert near.zoomed(2, around) == viewport
    assert viewport.zoomed(0, around).span == 1000


@given(st.integers(1000, 10**13), st.integers(0, 10**13), st.floats(0.01, 100), st.integers(1, 300))
def test_a_column_begins_where_it_says(span: int, start: int, factor: float, width: int) -> None:
    viewport = Viewport(start, span).zoomed(factor, start + span // 3)
    for column in (0, width // 2, width - 1):
        at = viewport.moment(column, width)
        assert viewport.column(at, width) == column or viewport.span < width
        assert viewport.column(at - 1, width) < max(1, column) or viewport.span < width


def test_panning_and_showing() -> None:
    viewport = Viewport(100, 1000)
    assert viewport.panned(0.5) == Viewport(600, 1000)
    assert viewport.showing(1099) == viewport
    assert viewport.showing(1100) == Viewport(600, 1000)


def test_stepping_goes_from_mark_to_mark() -> None:
    story = Story().delivery("o/created", 1, (2, "ok")).delivery("x/created", 4, (4, "ok"))
    every = times_of(story.timeline())
    assert every == [1 * SECOND, 2 * SECOND, 4 * SECOND]
    assert times_of(story.timeline(), 1) == [2 * SECOND, 4 * SECOND]
    assert next_mark(every, SECOND) == 2 * SECOND
    assert next_mark(every, 4 * SECOND) is None
    assert previous_mark(every, 4 * SECOND) == 2 * SECOND
    assert previous_mark(every, SECOND) is None


def test_the_whole_of_it_is_in_view() -> None:
    story = Story().delivery("o/created", 1, (90, "ok"))
    viewport = whole(story.timeline())
    assert viewport.start < 1 * SECOND
    assert viewport.end > 90 * SECOND
    lone = whole(Story().delivery("o/created", 5).timeline(now=5))
    assert lone.start < 5 * SECOND < lone.end


def test_a_lane_of_many_marks_has_a_bar_for_each_column_in_the_colour_of_the_worst() -> None:
    story = Story()
    for second in range(8):
        story.delivery(f"o{second}/created", second, (second, "refused" if second == 5 else "ok"), succeeded=True)
        story.delivery(f"p{second}/created", second // 4, (second // 4, "ok"))
    made = grid(story.timeline(), Viewport(0, 8 * SECOND), 8)
    happened, arrived = made.lanes
    assert happened.dense
    assert text_of(happened, 8) == "██▂▂▂▂▂▂"
    assert [cell.how_many for cell in happened.cells] == [5, 5, 1, 1, 1, 1, 1, 1]
    assert [cell.kind for cell in arrived.cells][5] is MarkKind.FAILED
    assert cell_at(arrived, 5) == arrived.cells[5]
    assert not grid(story.timeline(), Viewport(6 * SECOND, 8 * SECOND), 8).lanes[0].dense
