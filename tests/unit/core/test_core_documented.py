"""The `documented` profile does what the provider says may happen, and all of it within 30 minutes."""

from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.record import RecordKind
from emulator.loading.profiles import load_profile


def rules() -> list[dict[str, Any]]:
    return [rule.describe() for rule in load_profile("documented").rules]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers())
def test_thousands_of_events_are_all_first_delivered_and_done_within_30_minutes(stage: Any, seed: int) -> None:
    events = stage.life(1000, resources=100, apart=SECOND // 2)
    run = stage.run(*rules(), events=events, seed=seed)
    happened = {event.identity: event.at for event in events}
    of = {record.delivery: happened[record.data["event"]] for record in run.of(RecordKind.PLANNED)}
    ends: dict[int, int] = {}
    for record in run.records:
        assert record.delivery in of
        if record.kind is RecordKind.ATTEMPTED:
            ends[record.delivery] = record.at
    assert set(run.last_states().values()) == {"succeeded"}
    assert len(ends) == 1000
    assert max(end - of[number] for number, end in ends.items()) <= 30 * MINUTE


def test_all_of_what_it_promises_happens(stage: Any) -> None:
    events = stage.life(1000, resources=100, apart=SECOND // 2)
    run = stage.run(*rules(), events=events, seed=42)
    order = run.order()
    accepted = [event.identity for event in events]
    place = {event: n for n, event in enumerate(accepted)}
    overtaken = sum(place[later] < place[earlier] for earlier, later in pairwise(order))
    per_event = Counter(send.delivery.event for send in run.sends)
    late = [send.due - events[place[send.delivery.event]].at for send in run.sends if send.attempt == 1]
    assert overtaken > 100
    assert 80 < sum(count > 1 for count in per_event.values()) < 220
    assert sum(lateness > SECOND for lateness in late) > 300
    assert sum(lateness > MINUTE for lateness in late) > 5
    assert sum(send.barrier is not None for send in run.sends) > 10
