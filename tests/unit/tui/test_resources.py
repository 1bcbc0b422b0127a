"""Resources by their trouble: the same as counting everything anew, however it came about, and in little pieces."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.record import RecordKind
from tui.model.resources import Resources
from tui.model.timeline import LATE_AFTER
from tui.model.trouble import troubles
from tui.model.window import Window


def take(window: Window, resources: Resources) -> None:
    """As the dashboard does, ten times a second."""
    changed, window.changed = window.changed, set()
    resources.heard(changed)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.integers(0, 3)),
        st.tuples(st.sampled_from(["attempt", "lost", "refused", "look", "work"]), st.integers(1, 15)),
    ),
    max_size=50,
)


@given(steps=steps, capacity=st.sampled_from([3, 1_000]))
def test_the_counts_are_those_of_all_rows_together(stories, steps, capacity):
    story, window = stories(), Window(capacity)
    resources = Resources(window)
    written = 0
    for nth, (what, number) in enumerate(steps):
        match what:
            case "event":
                story.event(f"order:{number}/order.paid:{nth}", to=("shop", "erp"))
            case "look":
                take(window, resources)
            case "work":
                resources.work(0.0)
            case _ if story.numbers:
                story.attempt(min(number, story.numbers), lost=what == "lost", status=500 if what == "refused" else 200)
            case _:
                pass
        for record in story.records[written:]:
            window.tell(record)
        written = len(story.records)
    take(window, resources)
    while not resources.work(1.0):
        pass
    resources.sort()
    assert resources.sorted == troubles(window.rows.values(), late_after=LATE_AFTER)
    for trouble in resources.sorted:
        assert resources.rows_of(trouble.resource) == [
            window.rows[number] for number in sorted(window.rows) if window.rows[number].resource == trouble.resource
        ]


def test_work_ends_when_its_time_is_over(story):
    window = Window()
    resources = Resources(window)
    for number in range(200):
        story.event(f"order:{number}/order.paid:1")
    for record in story.records:
        window.tell(record)
    take(window, resources)
    ticking = iter(range(1_000_000))
    slices = 1
    while not resources.work(3.0, clock=lambda: next(ticking)):
        slices += 1
    assert 3 <= slices <= 20
    assert resources.unsorted
    resources.sort()
    assert (len(resources.sorted), resources.unsorted, resources.working) == (200, False, False)


def test_nothing_grows_while_nobody_looks(story):
    window = Window(capacity=10)
    resources = Resources(window)
    for number in range(200):
        story.event(f"order:{number}/order.paid:1")
    for record in story.records:
        window.tell(record)
        take(window, resources)
    assert len(resources._changed) <= 20


def test_what_is_stepped_back_before_is_gone(story):
    window = Window()
    resources = Resources(window)
    story.event("order:1/order.paid:1")
    story.step(RecordKind.NOTICE)
    changes = [window.tell(record) for record in story.records]
    take(window, resources)
    resources.work(1.0)
    assert resources.rows_of("order:1")
    for change in reversed(changes):
        window.undo(change)
    take(window, resources)
    resources.work(1.0)
    resources.sort()
    assert resources.sorted == []
    resources.clear()
    assert not resources.working


def test_resources_whose_events_nobody_is_sent_are_listed_too(story):
    window = Window()
    resources = Resources(window)
    story.event("order:1/order.paid:1")
    story.event("order:1/order.updated:1", to=())
    story.event("cart:1/cart.updated:1", to=())
    for record in story.records:
        window.tell(record)
    take(window, resources)
    assert resources.work(1.0)
    resources.sort()
    assert [(trouble.resource, trouble.events, trouble.total) for trouble in resources.sorted] == [
        ("cart:1", 1, 0),
        ("order:1", 2, 0),
    ]
    assert not resources.working
    story.event("cart:2/cart.updated:1", to=())
    window.tell(story.records[-1])
    assert resources.working, "there is another one"
    assert resources.work(1.0)
    assert resources.unsorted
