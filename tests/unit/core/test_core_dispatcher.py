"""The dispatcher: every delivery settles once, whatever its sends come to."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.dispatcher import LOST_ACKNOWLEDGEMENT
from emulator.core.retry import RetryPolicy
from emulator.domain.delivery import DeliveryKey, Send
from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import RecordKind

DELAY = {"id": "late", "probability": 0.5, "delay": {"distribution": "uniform", "lower": "0s", "upper": "2m"}}
MIXED = {"id": "mixed", "probability": 0.5, "reorder": {"window": 4}}
TWICE = {"id": "twice", "probability": 0.4, "duplicate": {"copies": 2, "spacing": "1s"}}
ANEW = {"id": "anew", "probability": 0.2, "duplicate": {"copies": 1, "identity": "new_job"}}
TOGETHER = {"id": "together", "probability": 0.3, "overlap": {"count": 2}}
UNHEARD = {"id": "unheard", "probability": 0.4, "ack_loss": {"times": 2}}
LOST = {"id": "lost", "probability": 0.1, "drop": {}}
ALL = [DELAY, MIXED, TWICE, ANEW, TOGETHER, UNHEARD, LOST]
GOOD = Outcome(succeeded=True, status=200)
BAD = Outcome(succeeded=False, status=500, error="the receiver is broken")


@settings(max_examples=80)
@given(
    seed=st.integers(),
    count=st.integers(1, 25),
    failing=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    rules=st.lists(st.sampled_from(ALL), unique_by=lambda rule: rule["id"]),
)
def test_every_delivery_settles_once_and_time_never_goes_back(
    stage: Any, seed: int, count: int, failing: float, rules: list[dict[str, Any]]
) -> None:
    run = stage.run(*rules, events=stage.life(count, resources=3), seed=seed, answer=stage.answers(seed, failing))
    numbers = {record.delivery for record in run.of(RecordKind.PLANNED)}
    assert set(run.last_states().values()) <= {"succeeded", "exhausted", "dropped"}
    assert set(run.last_states()) == numbers
    for number in numbers:
        mine = [record for record in run.records if record.delivery == number]
        finals = [record for record in mine if record.copy == 0 and record.state and record.state.final]
        became = [record for record in finals if record.kind in (RecordKind.ATTEMPTED, RecordKind.PLANNED)]
        assert len(became) == 1, "settled more than once"
    assert [record.seq for record in run.records] == list(range(1, len(run.records) + 1))
    times = [record.at for record in run.records]
    assert times == sorted(times)
    places = [(send.delivery, send.attempt, send.copy) for send in run.sends]
    assert len(places) == len(set(places)), "a send was made twice"


@settings(max_examples=60)
@given(seed=st.integers(), failing=st.sampled_from([0.0, 0.5, 1.0]))
def test_a_record_is_written_when_it_happens_and_not_when_its_send_is_due(
    stage: Any, seed: int, failing: float
) -> None:
    """A release that tells of a later time must not drag all later records there."""
    rules = [MIXED, TOGETHER, {"id": "late", "delay": {"value": "20m"}}, TWICE]
    events = stage.life(10, apart=SECOND // 10)
    run = stage.run(*rules, events=events, seed=seed, answer=stage.answers(seed, failing))
    assert all(record.at <= events[-1].at for record in run.of(RecordKind.RELEASED))
    for record in run.of(RecordKind.SENT):
        send = next(
            send
            for send in run.sends
            if (send.attempt, send.copy) == (record.attempt, record.copy) and record.at == send.due
        )
        assert send.delivery.integration == record.integration


@given(st.integers())
def test_copies_never_decide(stage: Any, seed: int) -> None:
    copies_fail = lambda send: BAD if send.copy else GOOD  # noqa: E731
    originals_fail = lambda send: GOOD if send.copy else BAD  # noqa: E731
    rule = {"id": "x", "duplicate": {"copies": 3, "spacing": "0s"}}
    fine = stage.run(rule, events=[stage.event(1)], seed=seed, answer=copies_fail)
    assert fine.last_states() == {1: "succeeded"}
    assert len(fine.sends) == 4
    broken = stage.run(rule, events=[stage.event(1)], seed=seed, answer=originals_fail)
    assert broken.last_states() == {1: "exhausted"}
    assert [send.attempt for send in broken.sends if not send.copy] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("outcome", [GOOD, BAD])
def test_a_copy_that_ends_before_its_original_does_not_decide(stage: Any, outcome: Outcome) -> None:
    dispatcher = stage.dispatcher({"id": "x", "duplicate": {"spacing": "0s"}})
    event, shop = stage.event(1), stage.integration()
    dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    (original, copy), _ = dispatcher.take_due(event.at, 2)
    assert (original.copy, copy.copy) == (0, 1)
    [record] = dispatcher.resolve(copy, outcome, shop, started_at=event.at, now=event.at)
    assert record.state == "sending"
    records = dispatcher.resolve(original, BAD, shop, started_at=event.at, now=event.at)
    assert [record.kind for record in records] == [RecordKind.ATTEMPTED, RecordKind.ADDED]


def test_a_receiver_that_never_answers_well_is_tried_six_times_at_the_pinned_waits(stage: Any) -> None:
    run = stage.run(events=[stage.event(1)], answer=lambda send: BAD)
    waits = [(later.due - earlier.due) / SECOND for earlier, later in zip(run.sends, run.sends[1:], strict=False)]
    assert len(waits) == 5
    for wait, pinned in zip(waits, (5, 30, 120, 300, 600), strict=True):
        assert pinned * 0.8 <= wait <= pinned * 1.2


def test_a_lost_acknowledgement_is_a_failed_attempt_and_uses_up_no_retry(stage: Any) -> None:
    fails_after_two = lambda send: BAD if send.attempt > 2 else GOOD  # noqa: E731
    run = stage.run({"id": "x", "ack_loss": {"times": 2}}, events=[stage.event(1)], answer=fails_after_two)
    attempts = run.of(RecordKind.ATTEMPTED)
    assert [record.data["error"] for record in attempts[:2]] == [LOST_ACKNOWLEDGEMENT] * 2
    assert [record.data["status"] for record in attempts[:2]] == [None, None]
    assert [record.data["lost"] for record in attempts[:2]] == [True, True]
    assert len(attempts) == 2 + 6
    assert run.last_states() == {1: "exhausted"}


def test_acknowledgements_are_lost_of_answers_that_were_good(stage: Any) -> None:
    run = stage.run({"id": "x", "ack_loss": {"times": 1}}, events=[stage.event(1)], answer=lambda send: BAD)
    assert not any(record.data.get("lost") for record in run.of(RecordKind.ATTEMPTED))


def test_a_lost_acknowledgement_comes_again_although_nothing_is_retried(stage: Any) -> None:
    rule = {"id": "x", "ack_loss": {"times": 1}}
    run = stage.run(rule, events=[stage.event(1)], retry=RetryPolicy(waits=()))
    assert [send.attempt for send in run.sends] == [1, 2]
    assert run.last_states() == {1: "succeeded"}


def test_copies_follow_the_original_that_they_copy(stage: Any) -> None:
    rules = [{"id": "x", "hold": {}}, {"id": "y", "duplicate": {"copies": 2, "spacing": "1s"}}]
    dispatcher, shop, event = stage.dispatcher(*rules), stage.integration(), stage.event(1)
    dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    assert dispatcher.next_due is None
    later = event.at + MINUTE
    dispatcher.release(None, later)
    sends, _ = dispatcher.take_due(later + MINUTE, 10)
    assert [(send.copy, send.due - later) for send in sends] == [(0, 0), (1, SECOND), (2, 2 * SECOND)]


@pytest.fixture
def one(stage: Any) -> Any:
    """`one(*rules)`: a dispatcher that has accepted one event for one integration."""

    def make(*rules: dict[str, Any], **options: Any) -> Any:
        dispatcher, event = stage.dispatcher(*rules, **options), stage.event(1)
        dispatcher.admit(dispatcher.draft(event, [stage.integration()], event.at))
        return dispatcher, event, stage.integration()

    return make


def finish(dispatcher: Any, integration: Any, outcome: Outcome = GOOD) -> list[Send]:
    """Lets time run until nothing is left that time alone can move."""
    made = []
    while (due := dispatcher.next_due) is not None:
        sends, _ = dispatcher.take_due(due, 1)
        for send in sends:
            made.append(send)
            dispatcher.resolve(send, outcome, integration, started_at=due, now=due)
    return made


def test_retried_by_hand_the_planned_attempt_goes_now_and_only_once(one: Any) -> None:
    dispatcher, event, shop = one({"id": "x", "delay": {"value": "25m"}})
    [job] = dispatcher.jobs()
    [record] = dispatcher.again(job, shop, event.at + SECOND)
    assert (record.kind, record.due, record.at) == (RecordKind.RELEASED, event.at + SECOND, event.at + SECOND)
    assert [send.attempt for send in finish(dispatcher, shop)] == [1]
    assert dispatcher.settled


def test_time_does_not_stop_where_a_send_was_before_it_was_moved(one: Any) -> None:
    held_later = {"id": "y", "hold": {}, "match": {"attempt": 2}}
    dispatcher, event, shop = one({"id": "x", "delay": {"value": "25m"}}, held_later)
    [job] = dispatcher.jobs()
    dispatcher.again(job, shop, event.at)
    [send], _ = dispatcher.take_due(event.at, 1)
    dispatcher.resolve(send, BAD, shop, started_at=event.at, now=event.at)
    assert dispatcher.next_due is None, "the second attempt is held, and the first has gone"


def test_retried_by_hand_while_only_copies_are_left_makes_an_attempt_that_decides(one: Any) -> None:
    dispatcher, event, shop = one({"id": "x", "duplicate": {"copies": 1, "spacing": "1m"}})
    [send], _ = dispatcher.take_due(event.at, 1)
    dispatcher.resolve(send, GOOD, shop, started_at=event.at, now=event.at)
    [job] = dispatcher.jobs()
    dispatcher.again(job, shop, event.at + SECOND)
    assert [(send.attempt, send.copy) for send in finish(dispatcher, shop)] == [(2, 0), (1, 1)]
    assert dispatcher.settled
    assert not list(dispatcher.jobs())


def test_retried_by_hand_out_of_a_hold_its_copies_of_either_kind_come_along(one: Any) -> None:
    rules = [{"id": "h", "hold": {}}, {"id": "d", "duplicate": {"copies": 1, "identity": "new_job"}}]
    dispatcher, event, shop = one(*rules, {"id": "s", "duplicate": {"copies": 1}})
    job = next(job for job in dispatcher.jobs() if job.key.job == 1)
    dispatcher.again(job, shop, event.at)
    assert [(send.delivery.job, send.copy) for send in finish(dispatcher, shop)] == [(1, 0), (1, 1), (2, 0)]
    assert not list(dispatcher.jobs())


def test_a_follower_that_went_by_hand_does_not_go_again_with_its_original(one: Any) -> None:
    dispatcher, event, shop = one({"id": "h", "hold": {}}, {"id": "d", "duplicate": {"identity": "new_job"}})
    follower = next(job for job in dispatcher.jobs() if job.key.job == 2)
    dispatcher.again(follower, shop, event.at)
    assert [send.delivery.job for send in finish(dispatcher, shop)] == [2]
    dispatcher.release(None, event.at + SECOND)
    assert [send.delivery.job for send in finish(dispatcher, shop)] == [1]
    assert not list(dispatcher.jobs())


def test_a_group_keeps_together_although_one_of_it_was_moved_away(stage: Any) -> None:
    dispatcher, shop = stage.dispatcher({"id": "x", "overlap": {"count": 3}}), stage.integration()
    events = stage.life(3, apart=1)
    for event in events:
        dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    moved = dispatcher.job(DeliveryKey(events[1].identity, "shop"))
    dispatcher.again(moved, shop, events[-1].at)
    sends, _ = dispatcher.take_due(events[-1].at, 1)
    assert [send.delivery.event for send in sends] == [events[0].identity, events[2].identity]


@pytest.mark.parametrize("state", ["planned", "held", "sending", "waiting", "succeeded with a copy to come"])
def test_cancelling_settles_whatever_state_it_is_in(one: Any, state: str) -> None:
    rules = {
        "held": [{"id": "x", "hold": {}}],
        "succeeded with a copy to come": [{"id": "x", "duplicate": {"spacing": "1m"}}],
    }
    dispatcher, event, shop = one(*rules.get(state, []))
    sends = []
    if state in ("sending", "waiting", "succeeded with a copy to come"):
        sends, _ = dispatcher.take_due(event.at, 1)
    if state in ("waiting", "succeeded with a copy to come"):
        outcome = BAD if state == "waiting" else GOOD
        dispatcher.resolve(sends.pop(), outcome, shop, started_at=event.at, now=event.at)
    [job] = dispatcher.jobs()
    assert state.startswith(job.state)
    [record] = dispatcher.cancel("shop", "the integration was disabled", event.at)
    expected = "succeeded" if state.startswith("succeeded") else "cancelled"
    assert (record.kind, record.state, record.data["why"]) == (
        RecordKind.SETTLED,
        expected,
        "the integration was disabled",
    )
    assert dispatcher.next_due is None
    for send in sends:
        [ended] = dispatcher.resolve(send, GOOD, shop, started_at=event.at, now=event.at)
        assert ended.state == "cancelled"
    assert dispatcher.settled
    assert dispatcher.pending == 0


def test_one_that_hangs_holds_up_nobody_else(stage: Any) -> None:
    dispatcher = stage.dispatcher(max_in_flight=2)
    slow, quick = stage.integration("slow"), stage.integration("quick")
    for event in stage.life(5, apart=1):
        dispatcher.admit(dispatcher.draft(event, [slow, quick], event.at))
    now = event.at
    sends, _ = dispatcher.take_due(now, 100)
    assert sorted(send.delivery.integration for send in sends) == ["quick"] * 2 + ["slow"] * 2
    done = 0
    for send in [send for send in sends if send.delivery.integration == "quick"]:
        dispatcher.resolve(send, GOOD, quick, started_at=now, now=now)
        more, _ = dispatcher.take_due(now, 100)
        assert [each.delivery.integration for each in more] == ["quick"]
        done += 1
    assert done == 2


def test_room_that_is_made_is_used_at_once(stage: Any) -> None:
    """Another integration went, and its share is the others'; nothing has to end for that."""
    dispatcher, shop = stage.dispatcher(max_in_flight=1), stage.integration()
    for event in stage.life(5, apart=1):
        dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    taken = [len(dispatcher.take_due(event.at, 100)[0])]
    for most in (3, 2):
        dispatcher.max_in_flight = most
        taken.append(len(dispatcher.take_due(event.at, 100)[0]))
    assert taken == [1, 2, 0]


def test_parked_sends_are_not_forgotten_behind_those_that_were_moved(stage: Any) -> None:
    """Each end frees one place; a place given to a send that has gone otherwise is a place lost."""
    dispatcher, shop = stage.dispatcher(max_in_flight=1), stage.integration()
    events = stage.life(4, apart=1)
    for event in events:
        dispatcher.admit(dispatcher.draft(event, [shop], event.at))
    now = events[-1].at
    flying, _ = dispatcher.take_due(now, 100)
    for job in list(dispatcher.jobs()):
        if not job.flying and job.key.event != events[-1].identity:
            dispatcher.again(job, shop, now)
    made = []
    while flying:
        made += flying
        for send in flying:
            dispatcher.resolve(send, GOOD, shop, started_at=now, now=now)
        flying, _ = dispatcher.take_due(now, 100)
    assert len(made) == 4
    assert dispatcher.settled


def test_paused_nothing_leaves_and_nothing_is_due(one: Any) -> None:
    dispatcher, event, shop = one()
    dispatcher.pause("shop")
    assert dispatcher.next_due is None
    assert dispatcher.take_due(event.at + MINUTE, 10) == ([], [])
    assert dispatcher.settled
    assert dispatcher.pending == 1
    dispatcher.resume("shop")
    assert dispatcher.next_due == event.at
    assert len(finish(dispatcher, shop)) == 1


def test_whoever_is_paused_by_name_stays_so_when_all_others_go_on(one: Any) -> None:
    dispatcher, _, _ = one()
    dispatcher.pause("*")
    dispatcher.pause("shop")
    dispatcher.resume("*")
    assert dispatcher.next_due is None
    assert dispatcher.paused == {"shop"}


def test_what_is_held_but_for_a_copy_of_an_earlier_attempt_is_not_settled(stage: Any, one: Any) -> None:
    dispatcher, event, shop = one({"id": "x", "duplicate": {"spacing": "1m"}})
    [send], _ = dispatcher.take_due(event.at, 1)
    dispatcher.resolve(send, GOOD, shop, started_at=event.at, now=event.at)
    dispatcher.planner = dispatcher.planner.with_rules(stage.rules([{"id": "h", "hold": {}}]))
    [job] = dispatcher.jobs()
    dispatcher.again(job, shop, event.at)
    assert not dispatcher.settled
    assert [(send.attempt, send.copy) for send in finish(dispatcher, shop)] == [(1, 1)]
    assert dispatcher.settled
