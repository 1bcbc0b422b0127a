"""The window: rows and events folded from records, bounded, and undone in order."""

from emulator.domain.delivery import DeliveryState, FaultNote
from emulator.domain.record import RecordKind
from tui.model.window import Window

DELAY = {"rule": "slow", "fault": "delay", "detail": "1s late"}


def window_of(story, **kwargs):
    window = Window(**kwargs)
    for record in story.records:
        window.tell(record)
    return window


def test_a_delivery_is_what_its_records_say(story):
    (number,) = story.event("order:1/order.paid:1", faults=[DELAY])
    story.step(RecordKind.SENT, number, state=DeliveryState.SENDING)
    story.attempt(number, status=500, due=99, error="no")
    row = window_of(story).rows[number]
    assert (row.event_key, row.resource, row.integration) == ("order.paid", "order:1", "shop")
    assert row.state is DeliveryState.WAITING
    assert (row.status, row.succeeded, row.error, row.due) == (500, False, "no", 99)
    assert row.faults == (FaultNote("slow", "delay", "1s late"),)
    assert row.lateness is None


def test_it_has_arrived_when_the_receiver_took_it_though_we_behave_as_if_not(story):
    (number,) = story.event()
    story.attempt(number, lost=True)
    story.attempt(number, attempt=2)
    row = window_of(story).rows[number]
    assert [arrival.heard for arrival in row.arrivals] == [True, True]
    assert row.arrived_at == row.arrivals[0].at
    assert row.state is DeliveryState.SUCCEEDED


def test_an_event_knows_its_deliveries_and_one_without_any_is_there(story):
    story.event("order:1/order.paid:1", to=("shop", "erp"))
    story.event("order:2/order.paid:1", to=())
    window = window_of(story)
    assert window.events["order:1/order.paid:1"].deliveries == (1, 2)
    assert window.events["order:2/order.paid:1"].deliveries == ()


def test_what_is_told_twice_counts_once(story):
    (number,) = story.event()
    story.attempt(number, status=500)
    story.attempt(number, attempt=2)
    window = window_of(story)
    before = window.rows[number]
    for record in story.records[2:]:
        window.tell(record)
    assert window.rows[number] == before


def test_a_snapshot_of_what_is_known_tells_it_anew(story):
    (number,) = story.event()
    story.attempt(number)
    window = window_of(story)
    before = dict(window.rows), dict(window.events)
    for record in story.records:
        window.tell(record)
    assert (window.rows, window.events) == before


def test_older_deliveries_may_come_later(story):
    story.event("order:1/order.paid:1")
    story.event("order:2/order.paid:1")
    window = Window()
    for record in [*story.records[2:], *story.records[:2]]:
        window.tell(record)
    assert sorted(window.rows) == [1, 2]
    assert window.seq == story.seq


def test_steps_of_a_delivery_that_is_not_there_are_passed_over(story):
    (number,) = story.event()
    story.attempt(number)
    window = Window()
    change = window.tell(story.records[-1])
    assert (change.before, change.after, window.rows) == (None, None, {})


def test_it_forgets_the_oldest_and_the_events_that_were_theirs(story):
    for n in range(1, 31):
        story.event(f"order:{n}/order.paid:1", to=("shop", "erp"))
    window = window_of(story, capacity=20)
    assert len(window.rows) <= 20
    assert max(window.rows) == 60
    assert window.forgotten == min(window.rows) - 1
    assert {row.event for row in window.rows.values()} <= set(window.events)
    assert "order:1/order.paid:1" not in window.events


def test_it_knows_which_events_nobody_is_sent(story):
    story.event("order:1/order.paid:1", to=())
    story.event("order:2/order.paid:1")
    window = window_of(story, capacity=20)
    assert set(window.unsent) == {"order:1/order.paid:1"}
    rows, events = dict(window.rows), dict(window.events)
    window.restore({}, {})
    assert not window.unsent
    window.restore(rows, events)
    assert set(window.unsent) == {"order:1/order.paid:1"}
    for n in range(3, 40):
        story.event(f"order:{n}/order.paid:1", to=())
        window.tell(story.records[-1])
    assert set(window.unsent) == {identity for identity, event in window.events.items() if not event.deliveries}
    story.plan("order:39/order.paid:1")
    window.tell(story.records[-1])
    assert "order:39/order.paid:1" not in window.unsent


def test_changes_are_undone_in_the_reverse_of_their_order_and_made_again(story):
    for n in range(1, 4):
        story.event(f"order:{n}/order.paid:1")
    story.attempt(1, status=500)
    story.attempt(1, attempt=2)
    window = Window()
    states = [(dict(window.rows), dict(window.events))]
    changes = []
    for record in story.records:
        changes.append(window.tell(record))
        states.append((dict(window.rows), dict(window.events)))
    for place in range(len(changes) - 1, -1, -1):
        window.undo(changes[place])
        assert (window.rows, window.events) == states[place]
    for place, change in enumerate(changes, start=1):
        window.put(change)
        assert (window.rows, window.events) == states[place]
