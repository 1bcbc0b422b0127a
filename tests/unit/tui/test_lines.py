"""Lines: the tree of events, deliveries and attempts, as a list that can be asked by place."""

import pytest

from tui.model.lines import Flat, Line, LineKind, Tree
from tui.model.view import View
from tui.model.window import Window


@pytest.fixture
def window(story):
    story.event("order:1/order.paid:1", to=("shop", "erp"))
    story.event("order:2/order.paid:1", to=())
    story.event("order:3/order.paid:1", to=("shop",))
    story.attempt(1, status=500)
    story.attempt(1, attempt=2)
    window = Window()
    for record in story.records:
        window.tell(record)
    return window


@pytest.fixture
def view(window):
    view = View(window)
    view.look_for(None)
    return view


def every(lines):
    return [lines.at(place) for place in range(len(lines))]


def event(n):
    return Line(LineKind.EVENT, f"order:{n}/order.paid:1")


def delivery(n, number):
    return Line(LineKind.DELIVERY, f"order:{n}/order.paid:1", number)


def test_flat_has_the_deliveries_of_the_view(view):
    lines = Flat(view)
    assert [line.number for line in every(lines)] == [1, 2, 3]
    assert lines.place_of(Line(LineKind.DELIVERY, number=2)) == 1


def test_a_closed_tree_has_every_event_also_those_that_nobody_is_sent(window, view):
    tree = Tree(window, view)
    tree.look(None)
    assert every(tree) == [event(1), event(2), event(3)]


def test_what_is_open_shows_what_is_inside(window, view):
    tree = Tree(window, view)
    tree.toggle(event(1))
    tree.toggle(event(3))
    tree.toggle(delivery(1, 1))
    tree.look(None)
    attempts = [Line(LineKind.ATTEMPT, "order:1/order.paid:1", 1, nth) for nth in (0, 1)]
    assert every(tree) == [
        event(1),
        delivery(1, 1),
        *attempts,
        delivery(1, 2),
        event(2),
        event(3),
        delivery(3, 3),
    ]
    for place, line in enumerate(every(tree)):
        assert tree.place_of(line) == place


def test_a_filter_leaves_events_whose_deliveries_fit_and_lone_ones_that_do(window, view):
    def of_erp_or_nobody(row):
        return row.integration in ("erp", "")

    view.look_for(of_erp_or_nobody)
    tree = Tree(window, view)
    tree.look(of_erp_or_nobody)
    assert every(tree) == [event(1), event(2)]


def test_what_is_gone_leads_to_what_is_near(window, view):
    tree = Tree(window, view)
    tree.look(None)
    assert tree.place_of(delivery(1, 2)) == 0
    assert tree.place_of(event(9)) == 2


def test_every_event_can_be_opened_and_closed(window, view):
    tree = Tree(window, view)
    tree.open_all(opened=True)
    tree.look(None)
    assert len(tree) == 6
    tree.open_all(opened=False)
    tree.look(None)
    assert len(tree) == 3
