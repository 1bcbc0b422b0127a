"""The view: whatever changes in whatever order, it shows what the filter fits, newest last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.delivery import DeliveryState
from tui.model.row import Row
from tui.model.view import View
from tui.model.window import Window


def row(number, state=DeliveryState.PLANNED):
    return Row(
        number=number,
        event=f"order:{number}/order.paid:1",
        event_key="order.paid",
        resource=f"order:{number}",
        integration="shop",
        job=1,
        job_id=str(number),
        created_at=number,
        state=state,
    )


def failed(row):
    return row.state is DeliveryState.EXHAUSTED


steps = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([DeliveryState.PLANNED, DeliveryState.EXHAUSTED, None])), max_size=80
)


@given(steps, st.integers(0, 80), st.integers(1, 9))
def test_it_shows_what_fits_after_any_changes(changes, asked_at, at_once):
    window = Window()
    view = View(window)
    pending = set()
    for place, (number, state) in enumerate(changes):
        if place == asked_at:
            view.look_for(failed)
        if state is None:
            window.rows.pop(number, None)
        else:
            window.rows[number] = row(number, state)
        pending.add(number)
        if place % at_once == 0:
            view.update(pending)
            pending = set()
    if asked_at >= len(changes):
        view.look_for(failed)
    view.update(pending)
    assert view.numbers == sorted(number for number, known in window.rows.items() if failed(known))


def test_a_new_filter_shows_the_newest_at_once_and_the_rest_as_it_works():
    window = Window()
    window.rows = {number: row(number) for number in range(1, 10_001)}
    view = View(window)
    view.look_for(lambda row: row.number % 2 == 0)
    assert view.working
    assert view.numbers[-1] == 10_000
    assert len(view.numbers) < 5_000
    while view.work():
        pass
    assert view.numbers == list(range(2, 10_001, 2))


def test_what_the_window_forgets_leaves_the_view():
    window = Window()
    window.rows = {number: row(number) for number in range(1, 11)}
    view = View(window)
    view.look_for(None)
    for number in range(1, 5):
        del window.rows[number]
    window.forgotten = 4
    assert view.update(())
    assert view.numbers == [5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize(("number", "place"), [(3, 0), (4, 1), (5, 1), (99, 2)])
def test_the_nearest_to_a_delivery_that_may_be_gone(number, place):
    view = View(Window())
    view.numbers = [3, 5, 9]
    assert view.nearest(number) == place
    view.numbers = []
    assert view.nearest(number) is None
