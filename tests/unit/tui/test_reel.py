"""A journal forwards and backwards: any moment is what its records would have made, however one got there."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind
from tui.model import reel as reels
from tui.model.reel import Reel
from tui.model.window import Window

SECOND = 1_000_000


def told(records: list[Record], capacity: int = 100) -> Window:
    window = Window(capacity)
    for record in records:
        window.tell(record)
    return window


def reel_of(records: list[Record], capacity: int = 100) -> tuple[Reel, Window]:
    window = Window(capacity)
    reel = Reel(window)
    for record in records:
        reel.tell(window.tell(record))
    return reel, window


steps = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.integers(0, 3)),
        st.tuples(st.sampled_from(["attempt", "lost", "again", "notice", "sent"]), st.integers(1, 12)),
    ),
    max_size=40,
)
goings = st.lists(
    st.one_of(
        st.tuples(st.just("to"), st.integers(-1, 60)),
        st.tuples(st.just("step"), st.integers(-8, 8)),
        st.tuples(st.just("event"), st.sampled_from([-1, 1])),
        st.tuples(st.just("time"), st.integers(-20, 20)),
        st.tuples(st.just("record"), st.integers(-2, 60)),
    ),
    max_size=12,
)


def records_of(story: Any, steps: list[tuple[str, int]]) -> list[Record]:
    for nth, (what, number) in enumerate(steps):
        number = min(number, story.numbers) if what != "event" else number
        if what == "event":
            story.event(f"order:{nth % 4}/order.paid:{nth}", to=("shop", "erp", "crm")[:number])
        elif what == "notice" or not number:
            story.step(RecordKind.NOTICE)
        elif what == "sent":
            story.step(RecordKind.SENT, number, state=DeliveryState.SENDING)
        else:
            story.attempt(number, lost=what == "lost", attempt=2 if what == "again" else 1)
    return story.records


def go(reel: Reel, what: str, by: int) -> None:
    ways: dict[str, Callable[[int], None]] = {
        "to": reel.to,
        "step": reel.step,
        "event": reel.step_event,
        "time": lambda seconds: reel.pass_time(seconds * SECOND),
        "record": reel.to_record,
    }
    ways[what](by)


@pytest.mark.parametrize(("every", "far"), [(40_000, 5_000), (3, 1)])
@given(steps=steps, goings=goings, capacity=st.sampled_from([2, 5, 100]))
def test_wherever_one_goes_the_window_is_what_the_records_up_to_there_make_of_it(
    stories, every, far, steps, goings, capacity
):
    records = records_of(stories(), steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reels, "_EVERY", every)
        patch.setattr(reels, "_FAR", far)
        reel, window = reel_of(records, capacity)
        end = (dict(window.rows), dict(window.events))
        numbers, events = set(window.rows), set(window.events)
        for what, by in [*goings, ("to", len(records) + 1)]:
            go(reel, what, by)
            shown = reel.changes[reel.place - 1].seq if reel.place else 0
            expected = told([record for record in records if record.seq <= shown], 1_000)
            assert window.rows == {number: row for number, row in expected.rows.items() if number in numbers}
            assert window.events == {key: event for key, event in expected.events.items() if key in events}
            assert window.seq == shown
            assert list(window.rows) == [number for number in expected.rows if number in numbers]
        assert (window.rows, window.events) == end
        assert len(reel) <= len(records)


@given(steps=steps, goings=goings)
def test_a_moment_holds_all_that_has_happened_until_then(stories, steps, goings):
    records = records_of(stories(), steps)
    reel, window = reel_of(records)
    for what, by in goings:
        go(reel, what, by)
        if records:
            assert reel.changes[0].at <= reel.at <= reel.changes[-1].at
            assert window.now == reel.at
            if what == "time":
                assert reel.place == sum(record.at <= reel.at for record in records)


@pytest.fixture
def shop(story):
    """Two events, half an hour apart, and what became of them: records 1 to 6."""
    story.event("order:1/order.paid:1")
    story.attempt(1)
    story.at += 1800 * SECOND
    story.event("order:2/order.paid:1")
    story.attempt(2)
    return story


def test_from_event_to_event(shop):
    reel, _ = reel_of(shop.records)
    places = []
    for by in (-1, -1, -1, 1, 1, 1):
        reel.step_event(by)
        places.append(reel.where.record)
    assert places == [4, 1, 0, 1, 4, 6]


def test_time_passes_where_nothing_happens(shop):
    reel, window = reel_of(shop.records)
    reel.to_record(3)
    reel.pass_time(60 * SECOND)
    assert (reel.where.record, reel.where.since, window.now) == (3, 62 * SECOND, 63 * SECOND)
    reel.step(1)
    assert reel.where.record == 4
    reel.pass_time(-1)
    assert reel.where.record == 3


def test_where_it_is(shop):
    reel, _ = reel_of(shop.records)
    where = reel.where
    assert (where.record, where.records, where.since, where.share) == (6, 6, 1805 * SECOND, 1.0)
    reel.to(0)
    assert (reel.where.record, reel.where.share) == (0, 0.0)
    assert Reel(Window()).where.share == 1.0


def test_what_was_forgotten_cannot_be_gone_to_and_that_is_known(story):
    for number in range(30):
        story.event(f"order:{number}/order.paid:1")
        story.attempt(number + 1)
    reel, window = reel_of(story.records, capacity=10)
    reel.to(0)
    assert not window.rows
    assert reel.forgotten
    assert reel.changes[0].event == "order:20/order.paid:1"
    reel.to(len(reel))
    assert min(window.rows) == 21


def test_a_long_journal_is_gone_through_from_the_nearest_still(story, monkeypatch):
    monkeypatch.setattr(reels, "_EVERY", 50)
    monkeypatch.setattr(reels, "_FAR", 10)
    for number in range(100):
        story.event(f"order:{number}/order.paid:1")
    reel, window = reel_of(story.records)
    undone = []
    monkeypatch.setattr(Window, "undo", lambda self, change: undone.append(change))
    reel.to(52)
    assert len(undone) <= 50 // 2 + 10
    assert len(window.rows) == 26
